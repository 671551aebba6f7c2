// simt.cpp - fibers, scheduler, barriers, warp rendezvous, device heap, error reports.
#include "simt_int.h"
#include <algorithm>
#include <csetjmp>
#include <dlfcn.h>
#include <pthread.h>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define SIMT_ASAN 1
#endif

// ---- context switch (x86-64 SysV, callee-saved integer registers only; kernels do not change MXCSR)
extern "C" void simt_switch(void** save, void* to);
#if defined(__x86_64__)
asm(R"(.text
.globl simt_switch
.type simt_switch,@function
simt_switch:
  push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15
  mov %rsp,(%rdi); mov %rsi,%rsp
  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp
  pop %rcx; jmp *%rcx
)");
#else
#error "port simt_switch (aarch64: x19-x30, d8-d15, sp) or use ucontext"
#endif

namespace simt {
Ctx ctx; Config cfg; Block blk; char* arena;
static void* main_sp; static bool fiber_on, ptx_on; static sigjmp_buf abort_jmp;
static void (*g_entry)(void*); static void* g_arg;
static uint64_t rng_s = 0x9E3779B97F4A7C15ull;
uint64_t rnd() { rng_s ^= rng_s << 13; rng_s ^= rng_s >> 7; rng_s ^= rng_s << 17; return rng_s; }
bool in_fiber() { return fiber_on; }

// ------------------------------------------------------------------------------------------------- reports
static std::vector<Error> errs; static std::vector<std::string> seen;
int error_count() { return (int)errs.size(); }
const Error& error_at(int i) { return errs[i]; }
void clear_errors() { errs.clear(); seen.clear(); }
bool expect_error(const char* k) { for (auto& e : errs) if (!strcmp(e.kind, k)) return true; return false; }
static const char* base(const char* f) { const char* s = strrchr(f, '/'); return s ? s + 1 : f; }
void fail(const char* kind, Loc l, const char* fmt, ...) {
  char msg[480]; va_list ap; va_start(ap, fmt); vsnprintf(msg, sizeof msg, fmt, ap); va_end(ap);
  std::string key = std::string(kind) + base(l.file) + std::to_string(l.line);
  for (auto& s : seen) if (s == key) return;            // one report per kind and place
  seen.push_back(key);
  Error e; e.kind = kind;
  if (fiber_on || ptx_on) snprintf(e.text, sizeof e.text, "%s: %s [%s:%d, %s block (%u,%u,%u) thread %u]", kind, msg, base(l.file), l.line,
                         blk.kernel, ctx.bid.x, ctx.bid.y, ctx.bid.z, ctx.cur->lin);
  else snprintf(e.text, sizeof e.text, "%s: %s [%s]", kind, msg, blk.kernel);
  errs.push_back(e);
  static bool quiet = getenv("SIMT_QUIET") != nullptr;
  if (!quiet && (int)errs.size() <= cfg.max_reports) fprintf(stderr, "SIMT %s\n", e.text);
}

// ------------------------------------------------------------------------------------------------- device heap
static char *heap_lo, *heap_hi, *heap_top; static std::vector<std::unique_ptr<Alloc>> allocs; static std::vector<int32_t> page_of;
constexpr size_t kHeap = size_t(16) << 30, kPage = 4096;
static void heap_init() {
  if (heap_lo) return;
  heap_lo = (char*)mmap(nullptr, kHeap, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  heap_hi = heap_lo + kHeap; heap_top = heap_lo + kPage;
}
void* dev_malloc(size_t n) {
  heap_init();
  size_t need = (n + 15) & ~size_t(15), pages = (need + kPage - 1) / kPage; if (!pages) pages = 1;
  char* lo = heap_top; heap_top += (pages + 1) * kPage;                       // one PROT_NONE page after every buffer
  if (mprotect(lo, pages * kPage, PROT_READ | PROT_WRITE)) { perror("mprotect"); abort(); }
  memset(lo, 0xA5, pages * kPage);
  char* b = lo + pages * kPage - need; memset(b, 0xFF, n);
  auto a = std::make_unique<Alloc>(); a->base = b; a->size = n; a->live = true; a->shadow = nullptr;
  size_t p0 = (lo - heap_lo) / kPage; if (page_of.size() < p0 + pages + 1) page_of.resize(p0 + pages + 1, -1);
  for (size_t i = 0; i <= pages; ++i) page_of[p0 + i] = (int)allocs.size();
  allocs.push_back(std::move(a));
#ifdef SIMT_ASAN
  ASAN_POISON_MEMORY_REGION(lo, b - lo); ASAN_POISON_MEMORY_REGION(b + n, need - n);
#endif
  return b;
}
Alloc* find_alloc(const void* p) {
  const char* c = (const char*)p; if (!heap_lo || c < heap_lo || c >= heap_hi) return nullptr;
  size_t pg = (c - heap_lo) / kPage; if (pg >= page_of.size() || page_of[pg] < 0) return nullptr;
  return allocs[page_of[pg]].get();
}
static bool check_canary([[maybe_unused]] Alloc& a) {
#ifndef SIMT_ASAN
  char* lo = (char*)((uintptr_t)a.base & ~(kPage - 1)); char* hi = (char*)(((uintptr_t)a.base + a.size + 15) & ~uintptr_t(15));
  for (char* p = lo; p < a.base; ++p) if ((uint8_t)*p != 0xA5) { *p = (char)0xA5; return false; }
  for (char* p = a.base + a.size; p < hi; ++p) if ((uint8_t)*p != 0xA5) { *p = (char)0xA5; return false; }
#endif
  return true;
}
void dev_free(void* p) {
  Alloc* a = find_alloc(p); if (!a || a->base != p || !a->live) { fail("bad-free", {"", 0}, "dev_free of %p", p); return; }
  a->live = false; free(a->shadow); a->shadow = nullptr;
  char* lo = (char*)((uintptr_t)a->base & ~(kPage - 1));
  mprotect(lo, (a->base + a->size - lo + kPage - 1) & ~(kPage - 1), PROT_NONE);   // use after free faults
}
void mark_written(void* d, size_t n);
void dev_upload(void* d, const void* h, size_t n) { memcpy(d, h, n); mark_written(d, n); }
std::string where(const void* p) {
  char b[200];
  if (Alloc* a = find_alloc(p)) {
    snprintf(b, sizeof b, "%p = buffer of %zu bytes at %p, offset %td%s", p, a->size, (void*)a->base, (char*)p - a->base, a->live ? "" : " (freed)");
  } else snprintf(b, sizeof b, "%p (no device buffer: host pointer?)", p);
  return b;
}

// ------------------------------------------------------------------------------------------------- fibers
static size_t stack_size = 0; static char* stacks; static int nstacks;
static void fiber_main() {
  Fiber& f = me();
  g_entry(g_arg);
  f.st = Fiber::DONE; ++blk.done; f.wk = kNone;
  as_thread_exit(f);
  unsigned wb = f.lin & ~31u;
  for (unsigned l = 0; l < 32 && wb + l < (unsigned)blk.nthreads; ++l) {
    Fiber& o = blk.f[wb + l];
    if (o.st == Fiber::WAIT && o.wk == kWarp && (o.wmask >> f.lane & 1)) {
      fail("inactive-lane", o.loc, "%s with mask %08x waits for lane %u, which has returned", o.what, o.wmask, f.lane);
      abandon_block();
    }
  }
  yield_wait();
  abort();
}
#ifdef SIMT_ASAN
static const void* asan_main_bottom; static size_t asan_main_size;
#endif
static void to_main() { void** s = &me().sp; fiber_on = false;
#ifdef SIMT_ASAN
  void* fake;
  __sanitizer_start_switch_fiber(&fake, asan_main_bottom, asan_main_size);
  simt_switch(s, main_sp);
  __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
  simt_switch(s, main_sp);
#endif
}
#ifdef SIMT_ASAN
static void asan_entry() { __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr); fiber_main(); }
#endif
static size_t head;                              // FIFO head of blk.ready for seed 0
static uint32_t pick() {
  if (cfg.seed) { size_t i = rnd() % blk.ready.size(); uint32_t t = blk.ready[i]; blk.ready[i] = blk.ready.back(); blk.ready.pop_back(); return t; }
  uint32_t t = blk.ready[head++]; if (head > 4096) { blk.ready.erase(blk.ready.begin(), blk.ready.begin() + head); head = 0; } return t;
}
void yield_wait() {
  if (head >= blk.ready.size() || cfg.async == 2) { to_main(); return; }
  Fiber &a = me(), &b = blk.f[pick()]; if (&a == &b) return;
  ctx.cur = &b;
#ifdef SIMT_ASAN
  void* fake; __sanitizer_start_switch_fiber(&fake, b.lo, b.hi - b.lo); simt_switch(&a.sp, b.sp); __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
  simt_switch(&a.sp, b.sp);
#endif
}
void make_ready(Fiber& f) { f.st = Fiber::READY; f.wk = kNone; blk.ready.push_back(f.lin); }
void maybe_yield() {
  if (!fiber_on || !cfg.seed || (rnd() & 3)) return;
  make_ready(me()); yield_wait();
}
void preempt() { if (fiber_on && cfg.preempt && rnd() % cfg.preempt == 0) { make_ready(me()); yield_wait(); } }
void abandon_block() { blk.abort = true; if (fiber_on) to_main(); siglongjmp(abort_jmp, 1); }

static void on_segv(int sig, siginfo_t* si, void*) {
  char* p = (char*)si->si_addr;
  if (!fiber_on && !ptx_on) { signal(sig, SIG_DFL); return; }
  for (auto& f : blk.f) if (p >= f.lo - (ptrdiff_t)kPage && p < f.lo) { fail("stack-overflow", {"", 0}, "fiber stack of thread %u overflowed", f.lin); siglongjmp(abort_jmp, 1); }
  if (sig == SIGSEGV && p >= arena - kPage && p < arena + kArena + kPage) fail("oob-shared", {"", 0}, "fault at shared arena offset %td", p - arena);
  else if (p >= heap_lo && p < heap_hi) fail("oob-global", {"", 0}, "guard page hit: %s", where(p).c_str());
  else fail("bad-pointer", {"", 0}, "signal %d at %p", sig, p);
  siglongjmp(abort_jmp, 1);
}
static void init_once() {
  static bool done; if (done) return; done = true;
  auto env = [](const char* n, long d) { const char* s = getenv(n); return s ? atol(s) : d; };
  cfg.seed = env("SIMT_SEED", cfg.seed); cfg.async = env("SIMT_ASYNC", cfg.async); cfg.check = env("SIMT_CHECK", cfg.check);
  cfg.count = env("SIMT_COUNT", cfg.count); cfg.preempt = env("SIMT_PREEMPT", cfg.preempt); cfg.max_reports = env("SIMT_MAXREP", cfg.max_reports);
  char* a = (char*)mmap(nullptr, kArena + 2 * kPage + 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  arena = (char*)(((uintptr_t)a + kPage + 65535) & ~uintptr_t(65535)); mprotect(arena, kArena, PROT_READ | PROT_WRITE);
  heap_init();
#ifdef SIMT_ASAN
  pthread_attr_t at; pthread_getattr_np(pthread_self(), &at); void* lo; pthread_attr_getstack(&at, &lo, &asan_main_size); asan_main_bottom = lo;
#endif
  stack_t ss{}; ss.ss_size = 1 << 16; ss.ss_sp = malloc(ss.ss_size); sigaltstack(&ss, nullptr);
  struct sigaction sa{}; sa.sa_sigaction = on_segv; sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigaction(SIGSEGV, &sa, nullptr); sigaction(SIGBUS, &sa, nullptr);
  stack_size = env("SIMT_STACK", sizeof(void*) *
#ifdef SIMT_ASAN
    16384
#else
    16384
#endif
  );
}
static void describe_waiters(char* out, size_t n) {
  std::vector<std::pair<std::string, std::vector<unsigned>>> g; out[0] = 0;
  for (auto& f : blk.f) {
    char k[200];
    if (f.st == Fiber::DONE) snprintf(k, sizeof k, "returned"); else snprintf(k, sizeof k, "at %s %s:%d", f.what, base(f.loc.file), f.loc.line);
    auto it = std::find_if(g.begin(), g.end(), [&](auto& e) { return e.first == k; });
    if (it == g.end()) g.push_back({k, {f.lin}}); else it->second.push_back(f.lin);
  }
  size_t o = 0;
  for (auto& e : g) if (o < n - 100) o += snprintf(out + o, n - o, "%s%zu thread(s) [%u..%u] %s", o ? "; " : "", e.second.size(), e.second.front(), e.second.back(), e.first.c_str());
}
static bool ptx_mode;
static bool ptx_block() { return false; }
static void run_block(uint64_t seq) {
  rng_s = (cfg.seed + 1) * 0x9E3779B97F4A7C15ull ^ (seq + 1) * 0xD1B54A32D192ED03ull; rnd(); rnd();
  blk.done = 0; blk.abort = false; blk.ready.clear(); blk.vars.clear();
  // adversarial placement: dynamic shared memory is only promised 16-byte alignment
  blk.dyn_off = cfg.seed ? 16 * (uint32_t)(rnd() % 64) : 0; blk.static_top = blk.dyn_off + blk.dyn_size + 256;
  memset(arena, 0xFF, std::min(kArena, (size_t)blk.static_top + 4096));
  memset(arena + blk.dyn_off + blk.dyn_size, 0xA5, 256);
  if (blk.dyn_size) blk.vars.push_back({blk.dyn_off, blk.dyn_size, nullptr, "dynamic"});
  sh_block_begin(); as_block_begin();
  for (int t = 0; t < blk.nthreads; ++t) {
    Fiber& f = blk.f[t]; f.lin = t; f.lane = t & 31; f.warp = t >> 5;
    f.tid = {t % ctx.bdim.x, t / ctx.bdim.x % ctx.bdim.y, t / (ctx.bdim.x * ctx.bdim.y)};
    f.wk = kNone; f.cpq.clear(); f.cpg.clear(); f.bst.clear(); f.bsg.clear(); f.proxy_clk = 0;
    uint64_t* p = (uint64_t*)(f.hi - 64 - (t * 7 % 61) * 64);
#ifdef SIMT_ASAN
    ASAN_UNPOISON_MEMORY_REGION(f.lo, f.hi - f.lo); *--p = 0; *--p = (uint64_t)asan_entry;
#else
    *--p = 0; *--p = (uint64_t)fiber_main;
#endif
    p -= 6; memset(p, 0, 48); f.sp = p; f.st = Fiber::READY; blk.ready.push_back(t);
  }
  if (sigsetjmp(abort_jmp, 0)) { fiber_on = ptx_on = false; blk.abort = true; }
  head = 0;
  if (ptx_mode && !blk.abort) { ptx_on = true; if (!ptx_block()) blk.abort = true; ptx_on = false; blk.done = blk.nthreads; }
  while (!blk.abort && blk.done < blk.nthreads) {
    if (head >= blk.ready.size()) {
      blk.ready.clear(); head = 0;
      if (as_step()) continue;                  // nobody can run: now an asynchronous copy must happen
      char w[400]; describe_waiters(w, sizeof w);
      bool ex = blk.done > 0; Loc l{"", 0}; for (auto& f : blk.f) if (f.st == Fiber::WAIT) { l = f.loc; break; }
      fail(ex ? "exited-while-waiting" : "deadlock", l, "no thread can run: %s", w);
      blk.abort = true; break;
    }
    if (cfg.async == 2 && (rnd() & 15) == 0) as_step();
    uint32_t t = pick();
    Fiber& f = blk.f[t]; ctx.cur = &f; fiber_on = true;
#ifdef SIMT_ASAN
    void* fake; __sanitizer_start_switch_fiber(&fake, f.lo, f.hi - f.lo); simt_switch(&main_sp, f.sp); __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
    simt_switch(&main_sp, f.sp);
#endif
    fiber_on = false;
  }
  if (!blk.abort) {
    as_block_end();
    for (int i = 0; i < 256; ++i) if ((uint8_t)arena[blk.dyn_off + blk.dyn_size + i] != 0xA5) { fail("oob-shared", {"", 0}, "write %d bytes past the end of dynamic shared memory", i); break; }
  }
  sh_block_end();
}
void bars_reset();
void set_args(const void* const*, const size_t*, int, const void*) {}
void run(const void* kernel, dim3 grid, dim3 block, size_t smem, void (*entry)(void*), void* arg) {
  init_once();
  int n = block.x * block.y * block.z;
  Dl_info di{}; const char* name = dladdr(kernel, &di) && di.dli_sname ? di.dli_sname : "kernel"; blk.kernel = name; ctx.gdim = grid; ctx.bdim = block; g_entry = entry; g_arg = arg;
  if (n < 1 || n > 1024 || block.z > 64 || grid.y > 65535 || grid.z > 65535 || !grid.x || !grid.y || !grid.z) { fail("launch-config", {"", 0}, "grid (%u,%u,%u) block (%u,%u,%u) is not launchable", grid.x, grid.y, grid.z, block.x, block.y, block.z); return; }
  if (smem > cfg.smem_limit) { fail("launch-config", {"", 0}, "%zu bytes of dynamic shared memory", smem); return; }
  if (n > nstacks) {
    if (stacks) munmap(stacks, nstacks * (stack_size + kPage));
    stacks = (char*)mmap(nullptr, n * (stack_size + kPage), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); nstacks = n;
    for (int i = 0; i < n; ++i) mprotect(stacks + i * (stack_size + kPage), kPage, PROT_NONE);
  }
  blk.nthreads = n; blk.dyn_size = (uint32_t)smem; blk.f.resize(n);
  for (int i = 0; i < n; ++i) { blk.f[i].lo = stacks + i * (stack_size + kPage) + kPage; blk.f[i].hi = blk.f[i].lo + stack_size; }
  uint64_t nb = (uint64_t)grid.x * grid.y * grid.z; static uint64_t total = 1; blk.first_id = total;
  std::vector<uint32_t> order(nb); for (uint64_t i = 0; i < nb; ++i) order[i] = (uint32_t)i;
  if (cfg.seed) { rng_s = cfg.seed * 0x2545F4914F6CDD1Dull + 1; rnd(); for (uint64_t i = nb; i > 1; --i) std::swap(order[i - 1], order[rnd() % i]); }
  for (uint64_t i = 0; i < nb; ++i) {
    uint32_t b = order[i]; ctx.bid = {b % grid.x, b / grid.x % grid.y, b / (grid.x * grid.y)}; blk.id = blk.first_id + b;
    bars_reset(); run_block(b);
    if (error_count() > cfg.max_reports) break;
  }
  total += nb; sh_launch_end();
  for (auto& a : allocs) if (a->live && !check_canary(*a)) fail("oob-global", {"", 0}, "a write landed just outside the buffer of %zu bytes at %p", a->size, (void*)a->base);
}
void* dyn_smem() { return arena + blk.dyn_off; }
void* static_shared(void* key, size_t size, size_t align, const char* name) {
  for (auto& v : blk.vars) if (v.key == key) return arena + v.off;
  uint32_t al = (uint32_t)std::max<size_t>(align, 16), off = (blk.static_top + al - 1) & ~(al - 1);
  if (off + size + 256 > kArena || blk.dyn_size + size > cfg.smem_limit) { fail("launch-config", {"", 0}, "static shared memory overflows at %s", name); abandon_block(); }
  memset(arena + off, 0xFF, size + 256);
  blk.vars.push_back({off, (uint32_t)size, key, name}); blk.static_top = off + (uint32_t)size + 256;   // 256-byte red zone
  return arena + off;
}

// ------------------------------------------------------------------------------------------------- warp rendezvous
struct Pend { unsigned mask = 0, here = 0; const char* what = ""; Loc loc{"", 0}; void* args[32]; };
static Pend pend[32][4];                         // open rendezvous of each warp (disjoint masks)
void warp_op(const char* what, unsigned mask, bool aligned, void* arg, WarpFn fn, Loc loc) {
  Fiber& f = me(); unsigned wb = f.lin & ~31u;
  maybe_yield();
  if (!(mask >> f.lane & 1)) { fail("warp-mask", loc, "%s: lane %u is not in its own mask %08x", what, f.lane, mask); abandon_block(); }
  Pend* p = nullptr; Pend* open = nullptr;
  for (auto& q : pend[f.warp]) {
    if (!q.here) { open = &q; continue; }
    if (q.mask == mask && (q.what == what || !strcmp(q.what, what)) && q.loc.line == loc.line && q.loc.file == loc.file) p = &q;
    else if (q.mask & mask & (1u << f.lane | q.here)) {   // they wait for me, or I would wait for them, somewhere else
      fail(aligned ? "divergent-aligned" : "divergent-warp-op", loc, "lane %u is at %s:%d mask %08x while lanes %08x are at %s %s:%d mask %08x", f.lane, what, loc.line, mask, q.here, q.what, base(q.loc.file), q.loc.line, q.mask);
      abandon_block();
    }
  }
  if (!p) {
    p = open; p->mask = mask; p->what = what; p->loc = loc;
    for (unsigned l = 0; l < 32; ++l) if ((mask >> l & 1) && (wb + l >= (unsigned)blk.nthreads || blk.f[wb + l].st == Fiber::DONE)) {
      fail("inactive-lane", loc, "%s with mask %08x names lane %u, which %s", what, mask, l, wb + l >= (unsigned)blk.nthreads ? "does not exist" : "has returned"); abandon_block(); }
  }
  p->here |= 1u << f.lane; p->args[f.lane] = arg;
  if (p->here != mask) { f.what = what; f.wmask = mask; f.loc = loc; f.wk = kWarp; f.st = Fiber::WAIT; yield_wait(); return; }
  p->here = 0;
  if (fn) fn(p->args, mask, loc);
  else if (cfg.check) { std::vector<uint32_t> t; for (unsigned l = 0; l < 32; ++l) if (mask >> l & 1) t.push_back(wb + l); sh_join(t); }
  for (unsigned l = 0; l < 32; ++l) if ((mask >> l & 1) && l != f.lane) make_ready(blk.f[wb + l]);
}
void shfl_fn(void** a, unsigned mask, Loc l) {
  uint64_t v[32]; for (int i = 0; i < 32; ++i) if (mask >> i & 1) v[i] = ((ShflArg*)a[i])->v;
  for (int i = 0; i < 32; ++i) if (mask >> i & 1) {
    ShflArg& s = *(ShflArg*)a[i]; if (s.self) continue;
    if (mask >> s.src & 1) s.v = v[s.src];
    else { s.v = ~0ull; fail("inactive-lane", l, "shuffle: lane %d reads lane %d, which is not in mask %08x (result undefined)", i, s.src, mask); }
  }
}
void vote_fn(void** a, unsigned mask, Loc) {
  unsigned b = 0; for (int i = 0; i < 32; ++i) if (mask >> i & 1) b |= (((VoteArg*)a[i])->p != 0 ? 1u : 0u) << i;
  for (int i = 0; i < 32; ++i) if (mask >> i & 1) ((VoteArg*)a[i])->ballot = b;
}
void group_op(const char* what, void* arg, void (*fn)(void**, Loc), Loc loc) {
  Fiber& f = me(); unsigned gb = f.lin & ~127u;
  maybe_yield();
  f.what = what; f.arg = arg; f.loc = loc; f.wk = kGroup; f.st = Fiber::WAIT;
  void* args[128]; int here = 0;
  for (unsigned l = 0; l < 128; ++l) {
    if (gb + l >= (unsigned)blk.nthreads || blk.f[gb + l].st == Fiber::DONE) { fail("inactive-lane", loc, "%s needs all 128 threads of the warpgroup", what); abandon_block(); }
    Fiber& o = blk.f[gb + l]; if (o.st != Fiber::WAIT || o.wk != kGroup) continue;
    if (strcmp(o.what, what) || o.loc.line != loc.line) { fail("divergent-aligned", loc, "warpgroup diverged: %s against %s %s:%d", what, o.what, base(o.loc.file), o.loc.line); abandon_block(); }
    args[l] = o.arg; ++here;
  }
  if (here < 128) { yield_wait(); return; }
  fn(args, loc);
  for (unsigned l = 0; l < 128; ++l) if (&blk.f[gb + l] != &f) make_ready(blk.f[gb + l]);
  f.st = Fiber::READY; f.wk = kNone;
}

// ------------------------------------------------------------------------------------------------- block barriers
struct Bar { int expect = 0; std::vector<uint32_t> wait, arrive; Loc loc{"", 0}; };
static Bar bars[16];
void bars_reset() { for (auto& w : pend) for (auto& q : w) q.here = 0; for (auto& b : bars) { b.expect = 0; b.wait.clear(); b.arrive.clear(); } }
void block_barrier(int id, int nthreads, bool wait, Loc loc) {
  Fiber& f = me(); maybe_yield();
  if (id < 0 || id > 15 || nthreads % 32) { fail("barrier-args", loc, "barrier %d for %d threads", id, nthreads); abandon_block(); }
  Bar& b = bars[id]; int n = nthreads ? nthreads : blk.nthreads - (cfg.strict_exit ? 0 : blk.done);
  if (b.wait.empty() && b.arrive.empty()) { b.expect = n; b.loc = loc; }
  else if (b.expect != n) { fail("barrier-args", loc, "barrier %d: %d threads expected here, %d by an earlier arrival", id, n, b.expect); abandon_block(); }
  else if (id == 0 && !nthreads && (b.loc.line != loc.line || b.loc.file != loc.file)) {
    fail("divergent-barrier", loc, "__syncthreads reached while other threads wait at %s:%d", base(b.loc.file), b.loc.line); abandon_block(); }
  (wait ? b.wait : b.arrive).push_back(f.lin);
  if ((int)(b.wait.size() + b.arrive.size()) < b.expect) {
    if (!wait) return;
    f.st = Fiber::WAIT; f.wk = kBlock; f.what = id ? "named barrier" : "__syncthreads"; f.loc = loc; yield_wait(); return;
  }
  if (cfg.check) {
    if (b.expect == blk.nthreads && b.arrive.empty()) sh_full_barrier();
    else {      // arrive-only threads release but do not acquire
      std::vector<uint32_t> acc;
      for (auto t : b.arrive) sh_release(acc, blk.f[t]);
      for (auto t : b.wait) sh_release(acc, blk.f[t]);
      for (auto t : b.wait) sh_acquire(acc, blk.f[t]);
    }
  }
  auto w = std::move(b.wait); b.wait.clear(); b.arrive.clear(); b.expect = 0;
  for (auto t : w) if (t != f.lin) make_ready(blk.f[t]);
}
static int red_acc[3]; static int red_n;
int block_reduce(int op, int pred, Loc loc) {
  if (red_n == 0) { red_acc[0] = 0; red_acc[1] = 1; red_acc[2] = 0; }
  red_acc[0] |= pred != 0; red_acc[1] &= pred != 0; red_acc[2] += pred != 0; ++red_n;
  if (red_n == blk.nthreads) { red_n = 0; for (auto& o : blk.f) o.red = red_acc[op]; }
  block_barrier(0, 0, true, loc);
  return me().red;
}
float approx(float x, int ulps) {
  if (!cfg.seed || !ulps || !std::isfinite(x)) return x;
  // Of the seed and the number alone: on a GPU it is a function too, and a row's bits are its own.
  const uint64_t mixed = (cfg.seed << 32 ^ __float_as_uint(x)) * 0x9E3779B97F4A7C15ull;
  int k = (int)((mixed >> 33) % (2 * ulps + 1)) - ulps; float y = x; for (int i = 0; i < std::abs(k); ++i) y = std::nextafterf(y, k > 0 ? INFINITY : -INFINITY); return y;
}

// ------------------------------------------------------------------------------------------------- primitive accesses
void* smem_ptr(uint32_t a) { return arena + (a - kSmemBase); }
uint32_t smem_u32(const void* p, Loc l) {
  const char* c = (const char*)p; if (c < arena || c >= arena + kArena) { fail("bad-pointer", l, "%p is not a shared-memory pointer", p); abandon_block(); }
  return (uint32_t)(c - arena) + kSmemBase;
}
bool access(const void* p, size_t n, int rw, Loc l) { return mem_access((uintptr_t)p, n, rw, cfg.check || cfg.count ? site_of(l) : 0, l, true); }
bool smem_access(uint32_t a, size_t n, int rw, Loc l) { return access(arena + (int64_t)a - kSmemBase, n, rw, l); }
void* atomic_ptr(void* p, size_t n, Loc l) { maybe_yield(); return access(p, n, ATOMIC, l) ? p : nullptr; }
}  // namespace simt
namespace simt {
uint64_t for_each_sectors(bool reset) {
  uint64_t r = 0, w = 0;
  for (auto& a : allocs) { for (auto x : a->rd) r += __builtin_popcountll(x); for (auto x : a->wr) w += __builtin_popcountll(x); if (reset) { a->rd.clear(); a->wr.clear(); } }
  return r << 32 | w;
}
}
#ifdef SIMT_ASAN
extern "C" void __asan_on_error() { if (simt::in_fiber()) simt::fail("asan", {"", 0}, "%s of %zu bytes: %s", __asan_get_report_access_type() ? "write" : "read", __asan_get_report_access_size(), simt::where(__asan_get_report_address()).c_str()); }
#endif
