#include "device/cuda/stream.h"

#include <utility>

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
void CudaStream::follow(const CudaEvent& event) const { check(cudaStreamWaitEvent(stream_, event.handle(), 0)); }

}  // namespace lgv
