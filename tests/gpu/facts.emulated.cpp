// lgv_gpu_facts on the emulator (with --tiny), to see that it runs and that the emulator finds nothing wrong with it.
#include "facts.cu"
