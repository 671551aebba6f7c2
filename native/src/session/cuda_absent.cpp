// What a library says that was built without CUDA. Linked in place of cuda_backend.cu.
#include "base/error.h"
#include "session/backend.h"

namespace lgv {

std::unique_ptr<Backend> open_cuda(int32_t index, Precision) {
    fail(Code::no_device, "no CUDA device ", index, ": this library was built without CUDA. Use --device cpu, or build it where nvcc is found (-DLANGEVIN_CUDA=fetch)");
}

std::string predict_cuda(const GpuMachine& machine, const Network&, const Weights&, int64_t, int32_t, int32_t) {
    fail(Code::unsupported, "what a program would cost on an ", machine.title, " is counted from its kernels, and this library was built without CUDA: build it where nvcc is",
         " found (-DLANGEVIN_CUDA=fetch); a GPU is not needed");
}

std::string why_not_cuda() { return "this library was built without CUDA"; }

}  // namespace lgv
