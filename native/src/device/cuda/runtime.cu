#include "device/cuda/runtime.h"

#include <cxxabi.h>

#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace lgv {

namespace {

// What a kernel did wrong while it ran: CUDA tells it to whoever calls next.
bool is_of_a_running_kernel(cudaError_t result) {
    switch (result) {
        case cudaErrorIllegalAddress:
        case cudaErrorLaunchTimeout:
        case cudaErrorAssert:
        case cudaErrorHardwareStackError:
        case cudaErrorIllegalInstruction:
        case cudaErrorMisalignedAddress:
        case cudaErrorInvalidAddressSpace:
        case cudaErrorInvalidPc:
        case cudaErrorLaunchFailure: return true;
        default: return false;
    }
}

void remove(std::string& text, std::string_view part) {
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
}

}  // namespace

std::string kernel_name(const char* symbol) {
    int status = 0;
    char* demangled = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
    std::string name = demangled == nullptr ? symbol : demangled;
    std::free(demangled);
    remove(name, "(anonymous namespace)::");
    remove(name, "lgv::");
    if (name.starts_with("void ")) name.erase(0, 5);
    int depth = 0;  // the parameters begin at the first parenthesis outside of the template's arguments
    for (size_t i = 0; i < name.size(); ++i) {
        if (name[i] == '<') ++depth;
        if (name[i] == '>') --depth;
        if (name[i] == '(' && depth == 0) name.resize(i);
    }
    return name;
}

void check(cudaError_t result, const void* kernel) {
    if (result == cudaSuccess) return;
    (void)cudaGetLastError();  // told here, so not again
    std::string where;
    if (kernel != nullptr) {
        const char* symbol = nullptr;
        where = cudaFuncGetName(&symbol, kernel) == cudaSuccess ? kernel_name(symbol) : "a kernel";
        (void)cudaGetLastError();
    }
    const std::string what = text(cudaGetErrorName(result), ": ", cudaGetErrorString(result));
    if (is_of_a_running_kernel(result)) {
        fail(Code::fault, "CUDA: ", what, kernel == nullptr ? "" : text(" (told when ", where, " was queued)"),
             "; a kernel that was queued before did it, and this process can use the GPU no more. With profiling on, CUDA_LAUNCH_BLOCKING=1 names it");
    }
    fail(result == cudaErrorMemoryAllocation ? Code::memory : Code::fault, "CUDA: ", where, kernel == nullptr ? "" : ": ", what);
}

}  // namespace lgv
