// Work that is queued once and launched many times: one call for a whole step, and the shortest gaps between its kernels.
#pragma once

#include <cstdint>
#include <functional>

#include "device/cuda/memory.h"

struct CUgraphExec_st;

namespace lgv {

class CudaGraph {
public:
    CudaGraph() = default;

    // What `work` queues on `stream` (and on streams that follow it and that it follows again) becomes the graph; none of it runs. Meanwhile this thread may not
    // allocate or wait. What `work` throws comes through, and the stream is as it was before.
    CudaGraph(Stream stream, const std::function<void(Stream)>& work);

    CudaGraph(CudaGraph&& other) noexcept;
    CudaGraph& operator=(CudaGraph&& other) noexcept;
    ~CudaGraph();

    explicit operator bool() const { return exec_ != nullptr; }

    // Queues all of it. It reads and writes the memory that it was captured with.
    void launch(Stream stream) const;

    int64_t nodes() const { return nodes_; }  // kernels and copies

private:
    CUgraphExec_st* exec_ = nullptr;
    int64_t nodes_ = 0;
};

}  // namespace lgv
