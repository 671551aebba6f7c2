#include "device/cuda/stream.h"

#include <ios>
#include <utility>

#include "base/error.h"
#include "device/cuda/runtime.h"

namespace lgv {

CudaEvent::CudaEvent() { check(cudaEventCreateWithFlags(&event_, cudaEventDefault)); }
CudaEvent::CudaEvent(CudaEvent&& other) noexcept : event_(std::exchange(other.event_, nullptr)) {}
CudaEvent& CudaEvent::operator=(CudaEvent&& other) noexcept {
    std::swap(event_, other.event_);
    return *this;
}
CudaEvent::~CudaEvent() {
    if (event_ != nullptr) (void)cudaEventDestroy(event_);
}

void CudaEvent::record(Stream stream) { check(cudaEventRecord(event_, stream)); }

bool CudaEvent::done() const {
    const cudaError_t result = cudaEventQuery(event_);
    if (result == cudaErrorNotReady) {
        (void)cudaGetLastError();  // an answer, not an error
        return false;
    }
    check(result);
    return true;
}

void CudaEvent::wait() const { check(cudaEventSynchronize(event_)); }

void follow(Stream stream, const CudaEvent& event) { check(cudaStreamWaitEvent(stream, event.handle(), 0)); }

Stream foreign_stream(uint64_t handle, int32_t index) {
    const auto stream = reinterpret_cast<Stream>(handle);
    const auto refuse_unless = [handle](cudaError_t result) {
        if (result == cudaSuccess) return;
        (void)cudaGetLastError();  // told here, so not again
        fail(Code::argument, "stream 0x", std::hex, handle, ": CUDA knows no stream of this handle (", cudaGetErrorName(result), "); wanted a cudaStream_t, or 0");
    };
    int device = 0;
    refuse_unless(cudaStreamGetDevice(stream, &device));
    expect(device == index, Code::argument, "stream 0x", std::hex, handle, std::dec, " is of cuda:", device, ", this device is cuda:", index);
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    refuse_unless(cudaStreamIsCapturing(stream, &status));
    expect(status == cudaStreamCaptureStatusNone, Code::argument, "stream 0x", std::hex, handle, " is being captured as a graph: order it before or after that");
    return stream;
}

double milliseconds_between(const CudaEvent& from, const CudaEvent& to) {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, from.handle(), to.handle()));
    return double(milliseconds);
}

CudaStream::CudaStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
CudaStream::CudaStream(CudaStream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
CudaStream& CudaStream::operator=(CudaStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    return *this;
}
CudaStream::~CudaStream() {
    if (stream_ != nullptr) (void)cudaStreamDestroy(stream_);
}

void CudaStream::wait() const { check(cudaStreamSynchronize(stream_)); }

}  // namespace lgv
