// The stand-in runtime: errors, the device, memory. Streams, events and graphs are in streams.cpp.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "machine.h"
#include "streams.h"
#include "symbols.h"

namespace simt {

namespace {

thread_local cudaError_t last_error = cudaSuccess;  // each thread of the host has its own

}  // namespace

cudaError_t remember(cudaError_t error) {
    if (error != cudaSuccess) last_error = error;
    return error;
}

}  // namespace simt

using simt::enqueue;
using simt::machine;
using simt::remember;

cudaError_t cudaGetLastError() { return std::exchange(simt::last_error, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return simt::last_error; }

const char* cudaGetErrorName(cudaError_t error) {
    switch (error) {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
        case cudaErrorNoDevice: return "cudaErrorNoDevice";
        case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
        case cudaErrorInvalidResourceHandle: return "cudaErrorInvalidResourceHandle";
        case cudaErrorIllegalState: return "cudaErrorIllegalState";
        case cudaErrorNotReady: return "cudaErrorNotReady";
        case cudaErrorIllegalAddress: return "cudaErrorIllegalAddress";
        case cudaErrorLaunchTimeout: return "cudaErrorLaunchTimeout";
        case cudaErrorAssert: return "cudaErrorAssert";
        case cudaErrorHardwareStackError: return "cudaErrorHardwareStackError";
        case cudaErrorIllegalInstruction: return "cudaErrorIllegalInstruction";
        case cudaErrorMisalignedAddress: return "cudaErrorMisalignedAddress";
        case cudaErrorInvalidAddressSpace: return "cudaErrorInvalidAddressSpace";
        case cudaErrorInvalidPc: return "cudaErrorInvalidPc";
        case cudaErrorLaunchFailure: return "cudaErrorLaunchFailure";
        case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
        case cudaErrorStreamCaptureInvalidated: return "cudaErrorStreamCaptureInvalidated";
        case cudaErrorStreamCaptureUnjoined: return "cudaErrorStreamCaptureUnjoined";
    }
    return "an unknown error";
}

const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }

// ---- the device

cudaError_t cudaGetDeviceCount(int* count) {
    const std::lock_guard lock(machine.mutex);
    *count = 1;
    return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
    const std::lock_guard lock(machine.mutex);
    *device = 0;
    return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : remember(cudaErrorInvalidDevice); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
    const std::lock_guard lock(machine.mutex);
    if (device != 0) return remember(cudaErrorInvalidDevice);
    *properties = {.name = "SIMT emulator",
                   .totalGlobalMem = machine.heap.total(),
                   .sharedMemPerBlock = 48 * 1024,
                   .sharedMemPerBlockOptin = size_t(machine.config.shared_limit),
                   .sharedMemPerMultiprocessor = size_t(machine.config.shared_limit) + 1024,
                   .warpSize = 32,
                   .maxThreadsPerBlock = 1024,
                   .multiProcessorCount = 132,
                   .l2CacheSize = 50 << 20,
                   .major = machine.config.capability / 10,
                   .minor = machine.config.capability % 10};
    return cudaSuccess;
}

cudaError_t cudaDriverGetVersion(int* version) {
    const std::lock_guard lock(machine.mutex);
    *version = 13000;
    return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
    const std::lock_guard lock(machine.mutex);
    *total = machine.heap.total();
    *free = *total - machine.heap.used();
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
    const std::lock_guard lock(machine.mutex);
    if (simt::anyone_captures()) return remember(cudaErrorStreamCaptureUnsupported);
    simt::finish_all_streams();
    return cudaSuccess;
}

// ---- memory

namespace {

bool inside_device_memory(const void* p, size_t bytes) {
    const simt::Allocation* allocation = machine.heap.find(p);
    return allocation != nullptr && allocation->live && allocation->contains(p, bytes);
}

cudaMemcpyKind kind_of(const void* to, const void* from, cudaMemcpyKind kind) {
    if (kind != cudaMemcpyDefault) return kind;
    const bool to_device = machine.heap.contains(to), from_device = machine.heap.contains(from);
    return to_device ? (from_device ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice) : (from_device ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost);
}

bool can_copy(const void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return true;
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice, from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    return (to_device ? inside_device_memory(to, bytes) : !machine.heap.contains(to)) && (from_device ? inside_device_memory(from, bytes) : !machine.heap.contains(from));
}

void copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    switch (kind) {
        case cudaMemcpyHostToDevice: simt::copy_to_device(to, from, bytes); break;
        case cudaMemcpyDeviceToDevice: simt::copy_on_device(to, from, bytes); break;
        default: std::memmove(to, from, bytes);
    }
}

}  // namespace

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* p) {
    const std::lock_guard lock(machine.mutex);
    auto* const address = const_cast<void*>(p);
    if (inside_device_memory(p, 1)) *attributes = {cudaMemoryTypeDevice, 0, address, nullptr};
    else if (machine.heap.is_pinned(p, 1)) *attributes = {cudaMemoryTypeHost, 0, address, address};
    else *attributes = {cudaMemoryTypeUnregistered, -2, nullptr, address};  // cudaInvalidDeviceId
    return cudaSuccess;
}

cudaError_t cudaMalloc(void** out, size_t bytes) {
    const std::lock_guard lock(machine.mutex);
    if (simt::spoil_captures()) return remember(cudaErrorStreamCaptureUnsupported);
    *out = machine.heap.allocate(bytes);
    return *out == nullptr ? remember(cudaErrorMemoryAllocation) : cudaSuccess;
}

cudaError_t cudaFree(void* p) {
    const std::lock_guard lock(machine.mutex);
    if (p == nullptr) return cudaSuccess;
    if (!simt::anyone_captures()) simt::finish_all_streams();  // as the real one does
    if (machine.heap.release(p)) return cudaSuccess;
    simt::fail(simt::Kind::bad_free, simt::Place{}, "cudaFree of ", machine.heap.describe(p));
    return remember(cudaErrorInvalidValue);
}

cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) {
    const std::lock_guard lock(machine.mutex);
    *out = std::aligned_alloc(4096, (std::max<size_t>(bytes, 1) + 4095) / 4096 * 4096);
    if (*out == nullptr) return remember(cudaErrorMemoryAllocation);
    std::memset(*out, 0xff, bytes);
    machine.heap.pin(*out, bytes);
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void** out, size_t bytes) { return cudaHostAlloc(out, bytes, cudaHostAllocDefault); }

cudaError_t cudaFreeHost(void* p) {
    const std::lock_guard lock(machine.mutex);
    if (p == nullptr) return cudaSuccess;
    if (!simt::anyone_captures()) simt::finish_all_streams();
    machine.heap.unpin(p);
    std::free(p);
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    const std::lock_guard lock(machine.mutex);
    kind = kind_of(to, from, kind);
    simt::finish_blocking_streams();
    if (!can_copy(to, from, bytes, kind)) return remember(cudaErrorInvalidValue);
    copy(to, from, bytes, kind);
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
    const std::lock_guard lock(machine.mutex);
    kind = kind_of(to, from, kind);
    if (!can_copy(to, from, bytes, kind)) return remember(cudaErrorInvalidValue);
    return enqueue(stream, [=] { copy(to, from, bytes, kind); });
}

cudaError_t cudaMemset(void* p, int value, size_t bytes) {
    const std::lock_guard lock(machine.mutex);
    const cudaError_t queued = cudaMemsetAsync(p, value, bytes, nullptr);
    return queued == cudaSuccess ? cudaStreamSynchronize(nullptr) : queued;
}

cudaError_t cudaMemsetAsync(void* p, int value, size_t bytes, cudaStream_t stream) {
    const std::lock_guard lock(machine.mutex);
    if (bytes > 0 && !inside_device_memory(p, bytes)) return remember(cudaErrorInvalidValue);
    return enqueue(stream, [=] {
        if (bytes > 0) simt::fill_device(p, value, bytes);
    });
}

// ---- kernels

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
    const std::lock_guard lock(machine.mutex);
    const bool possible = kernel != nullptr && value >= 0 && (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize || value <= machine.config.shared_limit);
    return possible ? cudaSuccess : remember(cudaErrorInvalidValue);
}

cudaError_t cudaFuncGetName(const char** name, const void* kernel) {
    const std::lock_guard lock(machine.mutex);
    const std::string& symbol = simt::symbol_of(kernel);
    if (symbol.empty()) return remember(cudaErrorInvalidValue);
    *name = symbol.c_str();
    return cudaSuccess;
}
