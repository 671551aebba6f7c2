// A queue of work on the GPU, and marks in it.
#pragma once

#include "device/cuda/memory.h"

struct CUevent_st;

namespace lgv {

class CudaEvent {
public:
    CudaEvent();
    CudaEvent(CudaEvent&& other) noexcept;
    CudaEvent& operator=(CudaEvent&& other) noexcept;
    ~CudaEvent();

    // Marks the place that the stream's queue has reached; marked again, it forgets the place before.
    void record(Stream stream);

    bool done() const;  // whether the GPU has come by the place (true where there is none yet)
    void wait() const;  // until it has

    CUevent_st* handle() const { return event_; }

private:
    CUevent_st* event_ = nullptr;
};

// GPU time between two places that it has come by.
double milliseconds_between(const CudaEvent& from, const CudaEvent& to);

// Streams of this kind do not wait for the default stream.
class CudaStream {
public:
    CudaStream();
    CudaStream(CudaStream&& other) noexcept;
    CudaStream& operator=(CudaStream&& other) noexcept;
    ~CudaStream();

    Stream handle() const { return stream_; }
    operator Stream() const { return stream_; }

    // Until all that was queued is done. A fault of it is thrown here.
    void wait() const;

    // What is queued here from now on comes after the event's place in its own stream.
    void follow(const CudaEvent& event) const;

private:
    Stream stream_ = nullptr;
};

}  // namespace lgv
