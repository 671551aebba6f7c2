#include "device/cuda/graph.h"

#include <memory>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "device/cuda/runtime.h"

namespace lgv {

namespace {

struct DestroyGraph {
    void operator()(cudaGraph_t graph) const { (void)cudaGraphDestroy(graph); }
};
using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;

Graph capture(Stream stream, const std::function<void(Stream)>& work) {
    // ThreadLocal: other threads go on allocating.
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    cudaGraph_t graph = nullptr;
    try {
        work(stream);
    } catch (...) {
        (void)cudaStreamEndCapture(stream, &graph);  // what was captured so far, or nothing and an error that comes of the one that goes on
        (void)cudaGetLastError();
        if (graph != nullptr) (void)cudaGraphDestroy(graph);
        throw;
    }
    const cudaError_t result = cudaStreamEndCapture(stream, &graph);
    if (result != cudaSuccess) {
        const char* const name = cudaGetErrorName(result);
        (void)cudaGetLastError();
        fail(Code::fault, "CUDA: ", name, ": what was to become a graph waits, allocates, or leaves a stream behind that it made wait");
    }
    return Graph(graph);
}

}  // namespace

CudaGraph::CudaGraph(Stream stream, const std::function<void(Stream)>& work) {
    const Graph graph = capture(stream, work);
    size_t nodes = 0;
    check(cudaGraphGetNodes(graph.get(), nullptr, &nodes));
    nodes_ = int64_t(nodes);
    check(cudaGraphInstantiate(&exec_, graph.get(), 0));
}

CudaGraph::CudaGraph(CudaGraph&& other) noexcept : exec_(std::exchange(other.exec_, nullptr)), nodes_(std::exchange(other.nodes_, 0)) {}

CudaGraph& CudaGraph::operator=(CudaGraph&& other) noexcept {
    std::swap(exec_, other.exec_);
    std::swap(nodes_, other.nodes_);
    return *this;
}

CudaGraph::~CudaGraph() {
    if (exec_ != nullptr) (void)cudaGraphExecDestroy(exec_);
}

void CudaGraph::launch(Stream stream) const { check(cudaGraphLaunch(exec_, stream)); }

}  // namespace lgv
