// The GPUs of this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lgv {

struct CudaDevice {
    int32_t index = 0;       // CUDA's, for use_cuda_device
    std::string name;
    int32_t capability = 0;  // 10 * major + minor
    int32_t multiprocessors = 0;
    int64_t memory_bytes = 0;
    int64_t shared_bytes = 0;  // that a block may have
    int64_t l2_bytes = 0;

    // NVIDIA H200, compute capability 9.0, 132 multiprocessors, 143 GB
    std::string description() const;
};

struct CudaDevices {
    std::vector<CudaDevice> all;  // those that the kernels run on: compute capability 8.0 and up
    std::string why;              // a sentence, where there are none
};

// A missing driver or a broken GPU is a sentence, never an error.
CudaDevices cuda_devices();

// Makes it the GPU of this thread: what it allocates and makes belongs to it.
void use_cuda_device(int32_t index);

// The sentence for what cudaGetDeviceCount returned. Versions as CUDA writes them (13000 is 13.0; 0: there is no driver).
std::string why_no_cuda_device(int32_t error, int32_t driver_version, int32_t runtime_version);

}  // namespace lgv
