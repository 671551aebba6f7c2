#include "device/cuda/properties.h"

#include "base/error.h"
#include "device/cuda/runtime.h"

namespace lgv {

namespace {

constexpr int32_t least_capability = 80;

std::string version(int32_t number) { return text(number / 1000, '.', number % 1000 / 10); }
std::string capability_text(int32_t capability) { return text(capability / 10, '.', capability % 10); }

}  // namespace

std::string CudaDevice::description() const {
    return text(name, ", compute capability ", capability_text(capability), ", ", multiprocessors, " multiprocessors, ", memory_bytes / 1'000'000'000, " GB");
}

std::string why_no_cuda_device(int32_t error, int32_t driver_version, int32_t runtime_version) {
    const auto result = static_cast<cudaError_t>(error);
    if (driver_version == 0) return "this machine has no NVIDIA driver (libcuda.so.1)";
    if (result == cudaErrorInsufficientDriver) {
        return text("the NVIDIA driver serves CUDA ", version(driver_version), ", and Langevin was built with ", version(runtime_version), ": a newer driver is needed");
    }
    if (result == cudaErrorNoDevice) return "the NVIDIA driver sees no GPU (CUDA_VISIBLE_DEVICES may hide it)";
    return text("the NVIDIA driver does not start: ", cudaGetErrorName(result), ": ", cudaGetErrorString(result));
}

CudaDevices cuda_devices() {
    CudaDevices devices;
    int count = 0;
    const cudaError_t result = cudaGetDeviceCount(&count);
    if (result != cudaSuccess || count == 0) {
        (void)cudaGetLastError();
        int driver = 0, runtime = 0;
        (void)cudaDriverGetVersion(&driver);
        (void)cudaRuntimeGetVersion(&runtime);
        devices.why = why_no_cuda_device(int32_t(result == cudaSuccess ? cudaErrorNoDevice : result), driver, runtime);
        return devices;
    }
    for (int index = 0; index < count; ++index) {
        cudaDeviceProp properties;
        if (const cudaError_t failed = cudaGetDeviceProperties(&properties, index); failed != cudaSuccess) {
            (void)cudaGetLastError();
            devices.why = text("GPU ", index, " does not answer: ", cudaGetErrorName(failed), ": ", cudaGetErrorString(failed));
            continue;
        }
        CudaDevice device{.index = index,
                          .name = properties.name,
                          .capability = 10 * properties.major + properties.minor,
                          .multiprocessors = properties.multiProcessorCount,
                          .memory_bytes = int64_t(properties.totalGlobalMem),
                          .shared_bytes = int64_t(properties.sharedMemPerBlockOptin),
                          .l2_bytes = properties.l2CacheSize};
        if (device.capability >= least_capability) {
            devices.all.push_back(std::move(device));
        } else {
            devices.why = text(device.name, " has compute capability ", capability_text(device.capability), ", and Langevin needs ", capability_text(least_capability));
        }
    }
    if (!devices.all.empty()) devices.why.clear();
    return devices;
}

void use_cuda_device(int32_t index) { check(cudaSetDevice(index)); }

}  // namespace lgv
