#include "ops/dropout/dropout.kernel.h"

namespace lgv {

extern const DropoutKernels dropout_avx512;
constinit const DropoutKernels dropout_avx512{apply};

}  // namespace lgv
