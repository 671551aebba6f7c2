// The CUDA runtime, as host code sees it: the toolkit's own header, or the emulator's stand-in, which has the same names (a stream does at once what it is
// given, device memory is guarded memory of the process).
#pragma once

#include <string>

#ifdef LANGEVIN_SIMT
#include "simt/runtime.h"
#else
#include <cuda_runtime_api.h>
#ifdef __CUDACC__
#include <cuda_runtime.h>
#endif
#endif

namespace lgv {

// Throws Error::memory or Error::fault with CUDA's own name for what happened, unless nothing did. `kernel`: the entry that was launched, named in the message.
// What is thrown is not said again by the next call, but for faults of a kernel: those end the process's use of the GPU, and CUDA repeats them.
void check(cudaError_t result, const void* kernel = nullptr);

// A kernel as the source names it, from its symbol: group_norm_forward_rows<float>.
std::string kernel_name(const char* symbol);

}  // namespace lgv
