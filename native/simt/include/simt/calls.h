// What the words of CUDA (language.h) and the primitives (primitives.h) call. Everything here speaks for the thread that is running.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "simt/runtime.h"

// The words that take part in how memory is seen are compiled as functions of their own, which the compiler's instrumentation leaves alone.
#define SIMT_WORD inline __attribute__((noinline, no_sanitize("thread")))
// The caller's place in the source, as a last, defaulted parameter.
#define SIMT_HERE ::simt::Place here = ::simt::Place::current()

namespace simt {

// A place in the source: a line as the compiler names it, or (line 0) a return address, which debug information turns into one.
struct Place {
    const void* at = nullptr;
    int line = 0;

    static constexpr Place current(const char* file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
    static Place of(const void* return_address) { return {return_address, 0}; }
    bool operator==(const Place&) const = default;
};

// threadIdx and its like read these.
struct ThreadView {
    uint3 index = {};
    unsigned number = 0, lane = 0, warp = 0;  // number: in the block
};
struct Running {
    ThreadView* thread = nullptr;  // null: no kernel is running
    uint3 block_index = {};
    dim3 grid, block;
};
extern constinit thread_local Running running;  // of the thread of the host that runs the kernel: others run host code meanwhile

// Memory. They say whether it may be touched: if not, there is a finding, and the word leaves it alone (a load then gives NaN).
enum class Access : uint8_t { read, write, atomic };
bool access(const void* address, size_t bytes, Access how, Place place);
bool shared_access(uint32_t address, size_t bytes, Access how, Place place);
void* shared_pointer(uint32_t address);
uint32_t shared_address(const void* pointer, Place place);
void* atomic_pointer(void* address, size_t bytes, Place place);  // null: must not be touched
void* dynamic_shared();
void* static_shared(const void* key, size_t bytes, size_t alignment, const char* name);

// Meetings. `together` runs once, by the last lane that comes: arguments[lane] of those in the mask (of all 128 threads, for a warpgroup).
using Together = void (*)(void** arguments, uint32_t mask, Place place);
void warp_meeting(const char* what, uint32_t mask, bool aligned, void* argument, Together together, Place place);
void warpgroup_meeting(const char* what, void* argument, Together together, Place place);
uint64_t shuffle(uint32_t mask, uint64_t bits, int source, bool own, const char* what, Place place);
uint32_t ballot(uint32_t mask, bool predicate, const char* what, Place place);
void memory_meeting(uint32_t mask, Place place);  // __syncwarp

// Barriers of the block. threads 0: all of them.
enum class Reduction { any, all, count };
void barrier(int id, int threads, bool wait, Place place);
int barrier_reduce(Reduction reduction, bool predicate, Place place);

// Asynchronous copies.
void cp_async(uint32_t to, const void* from, int bytes, int source_bytes, Place place);
void cp_async_commit();
void cp_async_wait(int groups, Place place);
void bulk_load(uint32_t to, const void* from, uint32_t bytes, uint32_t barrier, Place place);
void bulk_store(void* to, uint32_t from, uint32_t bytes, Place place);
void bulk_commit();
void bulk_wait(int groups, Place place);
void fence_proxy_async();

// mbarriers.
void mbarrier_init(uint32_t address, uint32_t arrivals, Place place);
void mbarrier_arrive(uint32_t address, Place place);
void mbarrier_arrive_expect(uint32_t address, uint32_t bytes, Place place);
bool mbarrier_try_wait(uint32_t address, uint32_t parity, Place place);
void mbarrier_wait(uint32_t address, uint32_t parity, Place place);

// Matrices.
void ldmatrix_x4(uint32_t* result, uint32_t address, bool transposed, Place place);
void mma_m16n8k16_bf16(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Place place);
void wgmma_fence(Place place);
void wgmma_m64k16_bf16(float* d, int n, const uint32_t* a_registers, uint64_t a, uint64_t b, bool accumulate, bool transpose_a, bool transpose_b, Place place);
void wgmma_commit(Place place);
void wgmma_wait(int groups, Place place);

// An intrinsic that hardware only approximates: the exact number, off by up to so many units in the last place.
float approximate(float exact, int units);

// A launch: the call that runs one thread, and the arguments one by one, for an engine that reads them itself.
struct Argument {
    const void* data;  // inside the pack
    size_t bytes;
};
struct Launch {
    const void* kernel = nullptr;
    dim3 grid, block;
    int64_t dynamic_shared_bytes = 0;
    void (*thread)(const void* pack) = nullptr;
    std::shared_ptr<const void> pack;
    std::vector<Argument> arguments;
};
// Runs it, or writes it down where the stream is being captured.
void launch(Launch launch, cudaStream_t stream);

}  // namespace simt
