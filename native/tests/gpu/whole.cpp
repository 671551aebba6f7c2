// The one thing that a library of all of lgv_cuda shows.
#include <cstdint>

#include "device/cuda/properties.h"

extern "C" __attribute__((visibility("default"))) int32_t lgv_whole_devices() { return int32_t(lgv::cuda_devices().all.size()); }
