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

// What is queued on the stream from now on comes after the event's place in its own stream.
void follow(Stream stream, const CudaEvent& event);

// A stream of somebody else's from its cudaStream_t. Error::argument where it is none of GPU `index`, or is becoming a graph, in which no order with other work has a place.
Stream foreign_stream(uint64_t handle, int32_t index);

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

    void follow(const CudaEvent& event) const { lgv::follow(stream_, event); }

private:
    Stream stream_ = nullptr;
};

}  // namespace lgv
