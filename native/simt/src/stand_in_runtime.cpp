// The stand-in for CUDA's runtime: memory from the emulator's heap, streams that do at once what they are given, graphs that are lists of what a captured
// stream was given.
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "simt/language.h"
#include "simt/runtime.h"

namespace simt {

void dev_upload(void* to, const void* from, size_t bytes);

namespace {

// What the device is said to have, and what the heap can hold of it (each allocation has its guard page).
constexpr size_t device_bytes = size_t(8) << 30;

using Work = std::function<void()>;

struct Capture {
    std::vector<Work> work;
    std::set<cudaStream_t> streams;  // the one that began, and those that followed it
    std::set<cudaStream_t> ahead;    // of these, with something that no other has waited for
    cudaStream_t origin = nullptr;
    cudaError_t spoiled = cudaSuccess;
};

}  // namespace

}  // namespace simt

struct CUstream_st {
    std::shared_ptr<simt::Capture> capture;  // null: work is done at once
    size_t given = 0;                        // of the capture's work, by this stream last
};
struct CUevent_st {
    std::shared_ptr<simt::Capture> capture;  // in which it was recorded
    cudaStream_t stream = nullptr;
    size_t place = 0;
    std::chrono::steady_clock::time_point time;
};
struct CUgraph_st {
    std::vector<simt::Work> work;
};
struct CUgraphExec_st {
    std::vector<simt::Work> work;
};

namespace simt {

namespace {

cudaError_t last = cudaSuccess;
size_t allocated = 0;
std::shared_ptr<Capture> open_capture;  // one at a time is enough

cudaError_t result(cudaError_t error) {
    if (error != cudaSuccess) last = error;
    return error;
}

// What must not happen while a stream is captured spoils the capture.
cudaError_t not_while_capturing() {
    if (!open_capture) return cudaSuccess;
    open_capture->spoiled = cudaErrorStreamCaptureInvalidated;
    return result(cudaErrorStreamCaptureUnsupported);
}

}  // namespace

cudaError_t queue(cudaStream_t stream, Work work) {
    if (stream == nullptr || !stream->capture) {
        if (stream == nullptr && open_capture) return not_while_capturing();  // the default stream waits for the others
        work();
        return cudaSuccess;
    }
    stream->capture->work.push_back(std::move(work));
    stream->given = stream->capture->work.size();
    if (stream != stream->capture->origin) stream->capture->ahead.insert(stream);
    return cudaSuccess;
}

}  // namespace simt

using simt::last;
using simt::not_while_capturing;
using simt::open_capture;
using simt::result;

const char* cudaGetErrorName(cudaError_t error) {
    switch (error) {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorInsufficientDriver: return "cudaErrorInsufficientDriver";
        case cudaErrorNoDevice: return "cudaErrorNoDevice";
        case cudaErrorInvalidDevice: return "cudaErrorInvalidDevice";
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
        case cudaErrorIllegalState: return "cudaErrorIllegalState";
    }
    return "unrecognized error code";
}
const char* cudaGetErrorString(cudaError_t error) { return cudaGetErrorName(error); }
cudaError_t cudaGetLastError() { return std::exchange(last, cudaSuccess); }
cudaError_t cudaPeekAtLastError() { return last; }
cudaError_t cudaFuncGetName(const char** name, const void* function) {
    Dl_info info{};
    if (dladdr(function, &info) == 0 || info.dli_sname == nullptr) return result(cudaErrorInvalidValue);
    *name = info.dli_sname;
    return cudaSuccess;
}

// ---- the device ----

cudaError_t cudaGetDeviceCount(int* count) {
    *count = 1;
    return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int device) {
    if (device != 0) return result(cudaErrorInvalidDevice);
    *out = {.name = {}, .totalGlobalMem = simt::device_bytes, .sharedMemPerBlockOptin = simt::cfg.smem_limit, .major = 9, .minor = 0, .multiProcessorCount = 132, .l2CacheSize = 50 << 20};
    std::snprintf(out->name, sizeof out->name, "Langevin's emulator");
    return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
    *device = 0;
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return result(device == 0 ? cudaSuccess : cudaErrorInvalidDevice); }
cudaError_t cudaDriverGetVersion(int* version) {
    *version = 13000;
    return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }

// ---- memory ----

cudaError_t cudaMemGetInfo(size_t* left, size_t* all) {
    *left = simt::device_bytes - simt::allocated, *all = simt::device_bytes;
    return cudaSuccess;
}
namespace {

struct Allocation {
    void* at;
    size_t bytes;
};
std::vector<Allocation> allocations;

}  // namespace
cudaError_t cudaMalloc(void** out, size_t bytes) {
    if (const cudaError_t error = not_while_capturing(); error != cudaSuccess) return error;
    if (bytes > simt::device_bytes - simt::allocated) return result(cudaErrorMemoryAllocation);
    *out = simt::dev_malloc(bytes);
    simt::allocated += bytes;
    allocations.push_back({*out, bytes});
    return cudaSuccess;
}
cudaError_t cudaFree(void* p) {
    if (p == nullptr) return cudaSuccess;
    if (const cudaError_t error = not_while_capturing(); error != cudaSuccess) return error;
    for (Allocation& one : allocations) {
        if (one.at != p) continue;
        simt::allocated -= one.bytes;
        one = allocations.back();
        allocations.pop_back();
        break;
    }
    simt::dev_free(p);
    return cudaSuccess;
}
cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) {
    if (const cudaError_t error = not_while_capturing(); error != cudaSuccess) return error;
    *out = bytes > simt::device_bytes ? nullptr : std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
    return result(*out == nullptr ? cudaErrorMemoryAllocation : cudaSuccess);
}
cudaError_t cudaFreeHost(void* p) {
    std::free(p);
    return cudaSuccess;
}

namespace {

void copy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    if (kind == cudaMemcpyDeviceToHost) std::memcpy(to, from, bytes);
    else simt::dev_upload(to, from, bytes);
}

}  // namespace
cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    if (const cudaError_t error = not_while_capturing(); error != cudaSuccess) return error;
    copy(to, from, bytes, kind);
    return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
    return simt::queue(stream, [=] { copy(to, from, bytes, kind); });
}
cudaError_t cudaMemsetAsync(void* p, int value, size_t bytes, cudaStream_t stream) {
    return simt::queue(stream, [=] {
        const std::vector<char> values(bytes, char(value));
        simt::dev_upload(p, values.data(), bytes);
    });
}

// ---- streams and events ----

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned) {
    *out = new CUstream_st;
    return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    delete stream;
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return stream == nullptr || stream->capture ? not_while_capturing() : cudaSuccess; }
cudaError_t cudaDeviceSynchronize() { return not_while_capturing(); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned) {
    *out = new CUevent_st;
    return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    *event = {stream == nullptr ? nullptr : stream->capture, stream, stream == nullptr ? 0 : stream->given, std::chrono::steady_clock::now()};
    return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) { return event->capture ? not_while_capturing() : cudaSuccess; }
cudaError_t cudaEventSynchronize(cudaEvent_t event) { return cudaEventQuery(event); }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from, cudaEvent_t to) {
    *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
    if (!event->capture || event->capture != open_capture) return cudaSuccess;  // the work is done already
    if (stream == nullptr) return not_while_capturing();
    if (stream != event->stream) {
        if (!stream->capture) {
            stream->capture = event->capture;
            event->capture->streams.insert(stream);
            event->capture->ahead.insert(stream);
        }
        if (event->stream->given <= event->place) event->capture->ahead.erase(event->stream);
    }
    return cudaSuccess;
}

// ---- graphs ----

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
    if (stream == nullptr) return result(cudaErrorStreamCaptureUnsupported);
    if (open_capture) return result(cudaErrorIllegalState);
    open_capture = std::make_shared<simt::Capture>();
    open_capture->origin = stream;
    open_capture->streams.insert(stream);
    stream->capture = open_capture;
    stream->given = 0;
    return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* out) {
    *out = nullptr;
    if (stream == nullptr || !stream->capture || stream->capture->origin != stream) return result(cudaErrorIllegalState);
    const std::shared_ptr<simt::Capture> capture = std::move(open_capture);
    open_capture.reset();
    for (const cudaStream_t one : capture->streams) one->capture.reset(), one->given = 0;
    if (capture->spoiled != cudaSuccess) return result(capture->spoiled);
    if (!capture->ahead.empty()) return result(cudaErrorStreamCaptureUnjoined);
    *out = new CUgraph_st{std::move(capture->work)};
    return cudaSuccess;
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, size_t* count) {
    if (nodes != nullptr) return result(cudaErrorInvalidValue);  // they have no names here
    *count = graph->work.size();
    return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* out, cudaGraph_t graph, unsigned long long) {
    *out = new CUgraphExec_st{graph->work};
    return cudaSuccess;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
    return simt::queue(stream, [work = exec->work] {
        for (const simt::Work& one : work) one();
    });
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    delete graph;
    return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
    delete exec;
    return cudaSuccess;
}
