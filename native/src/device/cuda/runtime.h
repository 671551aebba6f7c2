// The CUDA runtime, as host code sees it: the toolkit's own header, or the emulator's stand-in, which has the same names (a stream is then a queue that is
// always empty, device memory is guarded memory of the process).
#pragma once

#ifdef LANGEVIN_SIMT
#include "simt/runtime.h"
#else
#include <cuda_runtime_api.h>
#ifdef __CUDACC__
#include <cuda_runtime.h>
#endif
#endif

namespace lgv {

// Throws Error::memory or Error::fault with CUDA's own name for what happened. `kernel`: the entry that was launched, named in the message.
void check(cudaError_t result, const void* kernel = nullptr);

}  // namespace lgv
