// async.cpp - cp.async, ldmatrix, mma, mbarrier, TMA (tiled, im2col), wgmma.
#include "simt_int.h"
#include "simt/primitives.h"
#include <algorithm>
#include <cstdio>
namespace simt {
static inline float bf(uint16_t h) { uint32_t u = (uint32_t)h << 16; float f; memcpy(&f, &u, 4); return f; }
static inline uint32_t off_of(uint32_t a) { return a - kSmemBase; }

// ------------------------------------------------------------------------------------------------- cp.async
// dst is poisoned at issue (so late readers of the old stage see NaN), the copy is done at wait_group.
static void cp_do(Fiber& f, Cp& c) {
  char* d = (char*)smem_ptr(c.dst);
  if (!c.early) { memcpy(d, c.src, c.sn); memset(d + c.sn, 0, c.n - c.sn); }
  sh_smem_done(off_of(c.dst), c.n, true, f.lin, clk_of(f), c.site, false);
}
void cp_async_issue(uint32_t dst, const void* src, int n, int sn, Loc l) {
  Fiber& f = me(); uint32_t s = cfg.check || cfg.count ? site_of(l) : 0;
  if ((uintptr_t)src & (n - 1)) { fail("misaligned", l, "cp.async of %d bytes from %s", n, where(src).c_str()); return; }
  if (dst & (n - 1)) { fail("misaligned", l, "cp.async of %d bytes to shared address %u", n, dst); return; }
  if (sn < 0 || sn > n) { fail("cp-async-size", l, "source size %d of %d", sn, n); return; }
  bool save = cfg.check; cfg.check = false; bool ok = mem_access((uintptr_t)smem_ptr(dst), n, WR, s, l, true); cfg.check = save;
  if (!ok) return;
  if (sn && !mem_access((uintptr_t)src, sn, RD, s, l, true)) return;
  if (cfg.check) sh_smem_issue(off_of(dst), n, true, s, false);
  Cp c{dst, (const char*)src, n, sn, cfg.async == 1 || (cfg.async == 2 && (rnd() & 1)), s, l};
  char* d = (char*)smem_ptr(dst);
  if (c.early) { memcpy(d, src, sn); memset(d + sn, 0, n - sn); } else memset(d, 0xFF, n);
  f.cpq.push_back(c);
}
void cp_async_commit_() { Fiber& f = me(); f.cpg.push_back(f.cpq.size()); }
void cp_async_wait_(int n, Loc) {
  Fiber& f = me(); if ((int)f.cpg.size() <= n) { maybe_yield(); return; }
  size_t k = f.cpg.size() - n, e = f.cpg[k - 1];
  for (size_t i = 0; i < e; ++i) cp_do(f, f.cpq[i]);
  f.cpq.erase(f.cpq.begin(), f.cpq.begin() + e); f.cpg.erase(f.cpg.begin(), f.cpg.begin() + k); for (auto& g : f.cpg) g -= e;
  maybe_yield();
}

// ------------------------------------------------------------------------------------------------- ldmatrix, mma
struct LdArg { uint32_t* r; uint32_t addr; };
template <int N, bool TR> static void ld_fn(void** a, unsigned, Loc) {
  for (int i = 0; i < N; ++i) {
    uint16_t m[8][8];
    for (int r = 0; r < 8; ++r) memcpy(m[r], smem_ptr(((LdArg*)a[8 * i + r])->addr), 16);
    for (int t = 0; t < 32; ++t) {
      int g = t >> 2, c = (t & 3) * 2; uint32_t lo = TR ? m[c][g] : m[g][c], hi = TR ? m[c + 1][g] : m[g][c + 1];
      ((LdArg*)a[t])->r[i] = lo | hi << 16;
    }
  }
}
void ldmatrix(uint32_t* r, uint32_t addr, int n, bool tr, Loc l) {
  Fiber& f = me(); LdArg a{r, addr};
  if ((int)f.lane < 8 * n && !smem_access(addr, 16, RD, l)) abandon_block();
  (void)n; warp_op(tr ? "ldmatrix.x4.trans" : "ldmatrix.x4", ~0u, true, &a, tr ? ld_fn<4, true> : ld_fn<4, false>, l);
}
struct MmaArg { float* d; const uint32_t* a; uint32_t b[2]; };
static void mma_bf_fn(void** v, unsigned, Loc l) {
  float A[16][16], B[16][8], D[16][8];
  for (int t = 0; t < 32; ++t) {
    auto& x = *(MmaArg*)v[t]; int g = t >> 2, c = (t & 3) * 2;
    for (int i = 0; i < 4; ++i) for (int h = 0; h < 2; ++h) A[g + (i & 1) * 8][c + h + (i >> 1) * 8] = bf((uint16_t)(x.a[i] >> 16 * h));
    for (int i = 0; i < 2; ++i) for (int h = 0; h < 2; ++h) B[c + h + i * 8][g] = bf((uint16_t)(x.b[i] >> 16 * h));
    for (int i = 0; i < 4; ++i) D[g + (i >> 1) * 8][c + (i & 1)] = x.d[i];
  }
  for (int m = 0; m < 16; ++m) for (int k = 0; k < 16; ++k) for (int n = 0; n < 8; ++n) D[m][n] += A[m][k] * B[k][n];
  for (int t = 0; t < 32; ++t) { auto& x = *(MmaArg*)v[t]; int g = t >> 2, c = (t & 3) * 2; for (int i = 0; i < 4; ++i) x.d[i] = D[g + (i >> 1) * 8][c + (i & 1)]; }
  count_mma(2 * 16 * 8 * 16, l);
}
void mma16816(float* d, const uint32_t* a, uint32_t b0, uint32_t b1, Loc l) { MmaArg x{d, a, {b0, b1}}; warp_op("mma.m16n8k16", ~0u, true, &x, mma_bf_fn, l); }

// ------------------------------------------------------------------------------------------------- mbarrier
struct MBar { uint32_t addr; int count, pending; int64_t tx; uint32_t phase; std::vector<uint32_t> acc, pub; int init_tid; };
static std::vector<MBar> mb; constexpr uint64_t kMagic = 0x7A5C0FFEE0B0A400ull;
static void mb_check_phase(int i) {
  MBar& b = mb[i];
  if (b.pending || b.tx) return;
  ++b.phase; b.pending = b.count;
  if (cfg.check) { if (b.acc.empty()) b.acc.assign(blk.nthreads + kMaxBar, 0); b.acc[blk.nthreads + i] = b.phase; b.pub = b.acc; }
  for (auto& f : blk.f) if (f.st == Fiber::WAIT && f.wk == kMbar && f.wmask == (uint32_t)i) make_ready(f);
}
static int mb_find(uint32_t a, Loc l) {
  for (size_t i = 0; i < mb.size(); ++i) if (mb[i].addr == a) {
    uint64_t v; memcpy(&v, smem_ptr(a), 8); if (v != kMagic + i) { fail("mbarrier-clobbered", l, "the 8 bytes of the mbarrier at %u were overwritten", a); memcpy(smem_ptr(a), &(v = kMagic + i), 8); }
    return (int)i;
  }
  fail("mbarrier-uninit", l, "shared address %u holds no initialised mbarrier", a); abandon_block();
}
bool mbar(uint32_t a, MbOp op, uint32_t v, Loc l) {
  Fiber& f = me();
  if (op == MB_INIT) {
    if (!smem_access(a, 8, WR, l)) return false;
    for (auto& b : mb) if (b.addr == a) { fail("mbarrier-reinit", l, "mbarrier at %u initialised twice", a); return false; }
    if (v < 1 || v > (1u << 20) - 1 || (int)mb.size() >= kMaxBar) { fail("mbarrier-args", l, "count %u", v); abandon_block(); }
    uint64_t m = kMagic + mb.size(); memcpy(smem_ptr(a), &m, 8); mb.push_back({a, (int)v, (int)v, 0, 0, {}, {}, (int)f.lin}); return true;
  }
  maybe_yield();
  int i = mb_find(a, l);
  if (cfg.check) smem_access(a, 8, RD, l);            // finds a missing barrier after init
  if (op == MB_TEST || op == MB_WAIT) {
    while ((mb[i].phase & 1) == (v & 1)) {            // the phase of that parity is still running
      if (op == MB_TEST) { make_ready(f); yield_wait(); return (mb[i].phase & 1) != (v & 1); }
      f.st = Fiber::WAIT; f.wk = kMbar; f.wmask = i; f.what = "mbarrier wait"; f.loc = l; yield_wait();
    }
    if (cfg.check) sh_acquire(mb[i].pub, f);
    return true;
  }
  MBar& b = mb[i];
  if (op == MB_EXPECT) { b.tx += v; if (v > (1u << 20) - 1) fail("mbarrier-args", l, "expect_tx of %u bytes", v); }
  if (cfg.check) sh_release(b.acc, f);
  if (b.pending == 0) { fail("mbarrier-overflow", l, "more arrivals in this phase than the count of %d", b.count); abandon_block(); }
  --b.pending; mb_check_phase(i);
  return true;
}
void fence_proxy() { proxy_fence(me()); }

// ------------------------------------------------------------------------------------------------- bulk copies
struct Bulk { bool store, live, wait_read; uint32_t smem, bytes; char* global; int bar; uint32_t site; int tid; Loc loc; };
static std::vector<Bulk> bulk;
void bulk_copy(bool store, uint32_t smem, void* global, uint32_t bytes, uint32_t bar, Loc l) {
  maybe_yield();
  if ((smem | (uintptr_t)global | bytes) & 15) { fail("misaligned", l, "bulk copy of %u bytes between shared address %u and %p: all are multiples of 16", bytes, smem, global); abandon_block(); }
  Bulk b{store, true, false, smem, bytes, (char*)global, 0, site_of(l), (int)me().lin, l};
  if (!store) b.bar = mb_find(bar, l);
  if (!mem_access((uintptr_t)global, bytes, (store ? WR : RD) | 16, b.site, l, true)) abandon_block();
  bool save = cfg.check; cfg.check = false; bool ok = mem_access((uintptr_t)smem_ptr(smem), bytes, (store ? RD : WR) | 16, b.site, l, true); cfg.check = save;
  if (!ok) abandon_block();
  sh_smem_issue(off_of(smem), bytes, !store, b.site, true);
  if (!store && !cfg.async) memset(smem_ptr(smem), 0xFF, bytes);
  if (store) me().bst.push_back(bulk.size());
  bulk.push_back(b);
  if (cfg.async == 1) while (as_step()) {}
}
static void bulk_do(Bulk& b) {
  b.live = false;
  if (b.store) { memcpy(b.global, smem_ptr(b.smem), b.bytes); sh_smem_done(off_of(b.smem), b.bytes, false, b.tid, clk_of(blk.f[b.tid]), b.site, false); return; }
  memcpy(smem_ptr(b.smem), b.global, b.bytes);
  sh_smem_done(off_of(b.smem), b.bytes, true, blk.nthreads + b.bar, mb[b.bar].phase + 1, b.site, true);
  mb[b.bar].tx -= b.bytes; mb_check_phase(b.bar);
}
bool as_step() {           // any order is legal between copies: pick one at random
  static std::vector<size_t> live; live.clear(); for (size_t i = 0; i < bulk.size(); ++i) if (bulk[i].live && !bulk[i].store) live.push_back(i);
  if (live.empty()) return false;
  size_t i = live[cfg.seed ? rnd() % live.size() : 0]; bulk_do(bulk[i]); return true;
}
void bulk_store_commit() { Fiber& f = me(); f.bsg.push_back(std::move(f.bst)); f.bst.clear(); }
void bulk_store_wait(int n, bool, Loc) {
  Fiber& f = me(); while ((int)f.bsg.size() > n) { for (auto i : f.bsg[0]) if (bulk[i].live) bulk_do(bulk[i]); f.bsg.erase(f.bsg.begin()); }
  maybe_yield();
}

// ------------------------------------------------------------------------------------------------- wgmma
struct WgOp { float* d[128]; int n, acc, ta, tb; bool ra; uint16_t A[64][16]; uint64_t a, b; uint32_t site; Loc loc; };
struct WgAcc { float* key; int n; std::vector<float> m; float* d[128]; };
struct WgState { std::vector<WgOp> q; std::vector<size_t> groups; std::vector<WgAcc> accs; bool fenced; };
static WgState wg[8]; static uint32_t wgseq[8];
struct WgArg { float* d; int n; const uint32_t* ra; uint64_t a, b; int acc, ta, tb; };
static void dd(int t, int i, int& r, int& c) { r = 16 * (t >> 5) + (t >> 2 & 7) + ((i & 2) ? 8 : 0); c = 8 * (i >> 2) + 2 * (t & 3) + (i & 1); }
struct Desc { uint32_t start, lbo, sbo; int layout; };
static Desc decode(uint64_t d) { return {(uint32_t)(d & 0x3FFF) << 4, (uint32_t)(d >> 16 & 0x3FFF) << 4, (uint32_t)(d >> 32 & 0x3FFF) << 4, (int)(d >> 62)}; }
// shared address of the 16-byte unit holding element (mn, k); k and mn in elements of 2 bytes
static uint32_t unit(const Desc& d, bool mn_major, int mn, int k) {
  uint32_t a; int w = d.layout == 1 ? 128 : d.layout == 2 ? 64 : d.layout == 3 ? 32 : 16, e = w / 2;
  if (!mn_major) a = d.start + (mn / 8) * d.sbo + (mn % 8) * w + (d.layout ? k / 8 * 16 : k / 8 * d.lbo);
  else if (d.layout) a = d.start + (mn / e) * d.lbo + (k / 8) * d.sbo + (k % 8) * w + mn % e / 8 * 16;
  else a = d.start + (mn / 8) * d.sbo + (k / 8) * d.lbo + (k % 8) * 16;
  return d.layout ? a ^ ((a >> 7 & (w / 16 - 1)) << 4) : a;
}
template <class F> static void each_unit(uint64_t desc, bool mn_major, int mn, F f) {
  Desc d = decode(desc);
  if (!mn_major) { for (int r = 0; r < mn; ++r) for (int k = 0; k < 16; k += 8) f(unit(d, false, r, k), r, k); }
  else for (int k = 0; k < 16; ++k) for (int r = 0; r < mn; r += 8) f(unit(d, true, r, k), r, k);
}
static void wg_exec(WgState& w, WgOp& o) {
  static float A[64][16], B[16][256];
  auto load = [](float* p, int rs, int ks, uint64_t desc, bool mnm, int mn) { each_unit(desc, mnm, mn, [&](uint32_t u, int r, int k) { uint16_t h[8]; memcpy(h, smem_ptr(u), 16); for (int j = 0; j < 8; ++j) p[(r + (mnm ? j : 0)) * rs + (k + (mnm ? 0 : j)) * ks] = bf(h[j]); }); };
  if (o.ra) { for (int r = 0; r < 64; ++r) for (int k = 0; k < 16; ++k) A[r][k] = bf(o.A[r][k]); } else load(&A[0][0], 16, 1, o.a, o.ta, 64); load(&B[0][0], 1, 256, o.b, o.tb, o.n);
  for (auto& a : w.accs) if (a.key == o.d[0]) {
    if (!o.acc) std::fill(a.m.begin(), a.m.end(), 0.f);
    for (int m = 0; m < 64; ++m) for (int k = 0; k < 16; ++k) { float x = A[m][k], *p = &a.m[m * o.n]; for (int n = 0; n < o.n; ++n) p[n] += x * B[k][n]; }
  }
  auto done = [&](uint64_t desc, bool mnm, int mn) { if (cfg.check) each_unit(desc, mnm, mn, [&](uint32_t u, int, int) { int g = me().lin / 128; for (int w4 = 0; w4 < 4; ++w4) sh_smem_done(off_of(u), 16, false, blk.nthreads + kMaxBar + g * 4 + w4, wgseq[g], o.site, w4 != 0); }); };
  if (!o.ra) done(o.a, o.ta, 64);
  done(o.b, o.tb, o.n); count_mma(2L * 64 * o.n * 16, o.loc);
}
static const uint32_t kPoison = 0xFFC0DEADu;     // a NaN: what an accumulator in flight reads as
static void wg_mma_fn(void** v, Loc l) {
  WgState& w = wg[me().lin / 128]; WgArg& z = *(WgArg*)v[0]; WgOp o{}; o.n = z.n; o.acc = z.acc; o.ta = z.ta; o.tb = z.tb; o.a = z.a; o.b = z.b; o.site = site_of(l); o.loc = l;
  for (int t = 0; t < 128; ++t) { WgArg& x = *(WgArg*)v[t]; if (x.a != z.a || x.b != z.b || !!x.acc != !!z.acc) { fail("wgmma-uniform", l, "descriptor or scale-d differs between threads of the warpgroup"); abandon_block(); } o.d[t] = x.d; }
  if ((o.ra = z.ra)) for (int t = 0; t < 128; ++t) for (int i = 0; i < 4; ++i) for (int h = 0; h < 2; ++h) o.A[16 * (t >> 5) + (t >> 2 & 7) + (i & 1) * 8][(t & 3) * 2 + h + (i >> 1) * 8] = (uint16_t)(((WgArg*)v[t])->ra[i] >> 16 * h);
  if (!w.fenced) fail("missing-wgmma-fence", l, "no wgmma.fence since these registers were last written");
  for (uint64_t d : {z.ra ? z.b : z.a, z.b}) { Desc e = decode(d); if (e.layout && (e.start >> 7 & (e.layout == 1 ? 7 : e.layout == 2 ? 3 : 1))) { fail("wgmma-descriptor", l, "tile start %u is off the swizzle pattern (base offset 0)", e.start); abandon_block(); } }
  auto chk = [&](uint64_t desc, bool mnm, int mn) { each_unit(desc, mnm, mn, [&](uint32_t u, int, int) {
      bool s = cfg.check, c = cfg.count; cfg.check = cfg.count = false; bool ok = mem_access((uintptr_t)smem_ptr(u), 16, RD, o.site, l, true); cfg.check = s; cfg.count = c; if (!ok) abandon_block();
      sh_smem_issue(off_of(u), 16, false, o.site, true); }); };
  if (!o.ra) chk(o.a, o.ta, 64);
  chk(o.b, o.tb, o.n);
  bool have = false; for (auto& a : w.accs) have |= a.key == o.d[0];
  if (!have) {
    WgAcc a; a.key = o.d[0]; a.n = o.n; a.m.resize(64 * o.n); memcpy(a.d, o.d, sizeof a.d); int r, c;
    for (int t = 0; t < 128; ++t) for (int i = 0; i < o.n / 2; ++i) { dd(t, i, r, c); a.m[r * o.n + c] = o.d[t][i]; memcpy(&o.d[t][i], &kPoison, 4); }
    w.accs.push_back(std::move(a));
  }
  w.q.push_back(o);
}
void wg_mma(float* d, int n, const uint32_t* ra, uint64_t a, uint64_t b, int acc, int ta, int tb, Loc l) { WgArg x{d, n, ra, a, b, acc, ta, tb}; group_op("wgmma.mma_async", &x, wg_mma_fn, l); }
void wg_fence(Loc l) { group_op("wgmma.fence", nullptr, [](void**, Loc) { wg[me().lin / 128].fenced = true; }, l); }
void wg_commit(Loc l) { group_op("wgmma.commit_group", nullptr, [](void**, Loc) { WgState& w = wg[me().lin / 128]; w.groups.push_back(w.q.size()); }, l); }

void wg_wait(int n, Loc l) {
  int k = n; group_op("wgmma.wait_group", &k, [](void** v, Loc l2) {
    WgState& w = wg[me().lin / 128]; int keep = *(int*)v[0]; if ((int)w.groups.size() <= keep) return;
    size_t g = w.groups.size() - keep, e = w.groups[g - 1];
    ++wgseq[me().lin / 128]; for (size_t i = 0; i < e; ++i) wg_exec(w, w.q[i]);
    w.q.erase(w.q.begin(), w.q.begin() + e); w.groups.erase(w.groups.begin(), w.groups.begin() + g); for (auto& x : w.groups) x -= e;
    sh_wg_wait(me().lin / 128, wgseq[me().lin / 128]);
    for (size_t j = 0; j < w.accs.size();) {
      WgAcc& a = w.accs[j]; bool busy = false; for (auto& o : w.q) busy |= o.d[0] == a.key; if (busy) { ++j; continue; }
      int r, c; bool touched = false;
      for (int t = 0; t < 128; ++t) for (int i = 0; i < a.n / 2; ++i) { dd(t, i, r, c); touched |= memcmp(&a.d[t][i], &kPoison, 4) != 0; a.d[t][i] = a.m[r * a.n + c]; }
      if (touched) fail("wgmma-accumulator", l2, "accumulator registers were written while a wgmma on them was in flight");
      w.accs.erase(w.accs.begin() + j); w.fenced = false;
    }
  }, l);
}

// ------------------------------------------------------------------------------------------------- block life cycle
void as_block_begin() { mb.clear(); bulk.clear(); for (auto& w : wg) { w.q.clear(); w.groups.clear(); w.accs.clear(); w.fenced = false; } memset(wgseq, 0, sizeof wgseq); }
void as_thread_exit(Fiber& f) {
  if (!f.cpq.empty()) fail("async-at-exit", f.cpq[0].loc, "thread returned with %zu cp.async copies not waited for", f.cpq.size());
  if (!f.bst.empty() || !f.bsg.empty()) fail("async-at-exit", {"", 0}, "thread returned with bulk stores not waited for");
  if (f.lin % 128 == 127 && !wg[f.lin / 128].q.empty()) fail("async-at-exit", wg[f.lin / 128].q[0].loc, "returned with wgmma in flight");
}
void as_block_end() {
  for (auto& b : bulk) if (b.live) fail("async-at-exit", b.loc, "block ended with a tensor copy in flight");
  for (auto& b : mb) if (b.tx) fail("async-at-exit", {"", 0}, "block ended with %lld bytes expected on an mbarrier", (long long)b.tx);
}
}  // namespace simt
