// simt_int.h - internals shared by the scheduler (simt.cpp), the shadow/counters (shadow.cpp) and the
// asynchronous units (async.cpp).
#pragma once
#include "simt/language.h"
#include <string>
#include <vector>
namespace simt {
constexpr uint32_t kSmemBase = 1024;            // first shared-window address handed to kernels (1 KiB system area)
constexpr size_t kArena = 232448 + 65536;       // dynamic + static shared memory of one block
constexpr int kMaxBar = 64;                     // mbarriers per block
enum Wait { kNone, kWarp, kBlock, kMbar, kGroup };
struct Cp { uint32_t dst; const char* src; int n, sn; bool early; uint32_t site; Loc loc; };
struct Fiber : ThreadView {
  void* sp = nullptr; char *lo = nullptr, *hi = nullptr;
  enum St { READY, WAIT, DONE } st = DONE;
  Wait wk = kNone; const char* what = ""; Loc loc{"", 0}; unsigned wmask = 0; void* arg = nullptr; int red = 0;
  std::vector<Cp> cpq; std::vector<size_t> cpg;   // cp.async: issued copies, ends of committed groups
  std::vector<size_t> bst; std::vector<std::vector<size_t>> bsg;  // bulk stores: open group, committed groups
  uint32_t proxy_clk = 0;                         // own clock at the last fence.proxy.async
};
struct VarRange { uint32_t off, size; const void* key; const char* name; };
struct Block {
  std::vector<Fiber> f; std::vector<uint32_t> ready; int nthreads = 0, done = 0; bool abort = false;
  std::vector<VarRange> vars; uint32_t dyn_off = 0, dyn_size = 0, static_top = 0;
  uint64_t id = 0, first_id = 0; const char* kernel = "";
};
extern Block blk;
extern char* arena;
inline Fiber& me() { return *static_cast<Fiber*>(ctx.cur); }
uint64_t rnd();
void yield_wait();                      // give up the fiber, state already set
void make_ready(Fiber&);
[[noreturn]] void abandon_block();
bool in_fiber();
// heap
struct Alloc { char* base; size_t size; bool live; void* shadow; std::vector<uint64_t> rd, wr; };
Alloc* find_alloc(const void* p);
std::string where(const void* p);
// shadow / clocks (no-ops unless cfg.check)
uint32_t site_of(Loc); uint32_t site_of_pc(void* pc); std::string site_name(uint32_t s);
void sh_block_begin(); void sh_block_end(); void sh_launch_end();
void sh_full_barrier(); void sh_join(const std::vector<uint32_t>& tids);   // everyone in the list meets
void sh_release(std::vector<uint32_t>& into, Fiber&); void sh_acquire(const std::vector<uint32_t>& from, Fiber&);
void sh_smem_issue(uint32_t off, size_t n, bool write, uint32_t site, bool async_proxy);   // async op starts
void sh_smem_done(uint32_t off, size_t n, bool write, int tid, uint32_t clk, uint32_t site, bool async_proxy);
bool mem_access(uintptr_t a, size_t n, int rw, uint32_t site, Loc loc, bool prim);
void count_access(uintptr_t a, size_t n, int rw, bool shared, uint32_t site);
uint32_t clk_of(const Fiber&);
void proxy_fence(Fiber&); void sh_wg_wait(int group, uint32_t seq);   // each warp acquires its own quarter
// async units
void as_block_begin(); void as_block_end(); bool as_step();   // perform one pending bulk op; false if none
void as_thread_exit(Fiber&);
}  // namespace simt
