#include "ops/dropout/dropout.kernel.h"

namespace lgv {

extern const DropoutKernels dropout_avx2;
constinit const DropoutKernels dropout_avx2{apply};

}  // namespace lgv
