// Each family of instructions on small PTX texts: %r1 is the thread's word, %f1 its float; %r2 is what becomes of it.
#include "ptx_run.h"

namespace simt::ptx {

TEST(Ptx, integers_wrap_divide_and_compare_by_their_sign) {
    expect_cases({
        {"add.s32 %r2, %r1, -2;", {1, 2, 0x80000000}, {0xffffffff, 0, 0x7ffffffe}},
        {"mul.lo.s32 %r2, %r1, %r1;", {0x10001, 5}, {0x20001, 25}},
        {"mul.hi.u32 %r2, %r1, %r1;", {0xffffffff, 0x10000}, {0xfffffffe, 1}},
        {"mul.hi.s32 %r2, %r1, 65536;", {0xffffffff, 0x00080000}, {0xffffffff, 8}},
        {"mad.lo.s32 %r2, %r1, 3, 7;", {5, 0xffffffff}, {22, 4}},
        {"mad.wide.s32 %rd2, %r1, -3, 5; cvt.u32.u64 %r2, %rd2;", {5}, {0xfffffff6}},
        {"cvt.u16.u32 %rs1, %r1; mul.wide.u16 %r2, %rs1, %rs1;", {0x1ffff}, {0xfffe0001}},
        {"div.s32 %r2, %r1, 3;", {0xfffffff8, 8}, {0xfffffffe, 2}},
        {"rem.s32 %r2, %r1, 3;", {0xfffffff8, 8}, {0xfffffffe, 2}},
        {"div.u32 %r2, %r1, 3;", {0xfffffff8}, {0x55555552}},
        {"min.s32 %r2, %r1, 4;", {0xffffffff, 9}, {0xffffffff, 4}},
        {"max.u32 %r2, %r1, 4;", {0xffffffff, 1}, {0xffffffff, 4}},
        {"neg.s32 %r2, %r1;", {1, 0x80000000}, {0xffffffff, 0x80000000}},
        {"abs.s32 %r2, %r1;", {0xfffffffb, 3}, {5, 3}},
        {"setp.lt.s32 %p1, %r1, 0; selp.b32 %r2, 7, 8, %p1;", {0xffffffff, 1}, {7, 8}},
        {"setp.lt.u32 %p1|%p2, %r1, 5; selp.u32 %r2, 7, 8, %p2;", {0xffffffff, 1}, {7, 8}},
        {"setp.gt.s32 %p2, %r1, 10; setp.lt.and.s32 %p1, %r1, 20, %p2; selp.b32 %r2, 1, 0, %p1;", {15, 5, 25}, {1, 0, 0}},
        {"setp.gt.s32 %p2, %r1, 10; setp.lt.or.s32 %p1, %r1, 3, !%p2; selp.b32 %r2, 1, 0, %p1;", {15, 5}, {0, 1}},
    });
}

TEST(Ptx, bits_are_shifted_picked_and_put) {
    expect_cases({
        {"shl.b32 %r2, %r1, 33;", {1}, {0}},
        {"shl.b32 %r2, 1, %r1;", {31, 32, 3}, {0x80000000, 0, 8}},
        {"shr.s32 %r2, %r1, 40;", {0x80000000, 0x40000000}, {0xffffffff, 0}},
        {"shr.u32 %r2, %r1, 31;", {0x80000000}, {1}},
        {"shf.l.wrap.b32 %r2, %r1, %r1, 8;", {0x12345678}, {0x34567812}},
        {"shf.r.clamp.b32 %r2, %r1, 5, 32;", {7}, {5}},
        {"bfe.u32 %r2, %r1, 8, 8;", {0x12345678}, {0x56}},
        {"bfe.s32 %r2, %r1, 4, 4;", {0x80, 0x70}, {0xfffffff8, 7}},
        {"bfi.b32 %r2, 0xab, %r1, 8, 8;", {0x11111111}, {0x1111ab11}},
        {"prmt.b32 %r2, %r1, 0x55667788, 0x4107;", {0x11223344}, {0x88334455}},
        {"lop3.b32 %r2, %r1, 0xff00ff00, 0x0f0f0f0f, 0xe8;", {0x33333333}, {0x3f033f03}},
        {"popc.b32 %r2, %r1;", {0xf0f}, {8}},
        {"clz.b32 %r2, %r1;", {1, 0}, {31, 32}},
        {"brev.b32 %r2, %r1;", {1}, {0x80000000}},
        {"bfind.u32 %r2, %r1;", {0x100, 0}, {8, 0xffffffff}},
        {"not.b32 %r2, %r1;", {0xf}, {0xfffffff0}},
        {"mov.b64 %rd2, {%r1, 3}; shr.u64 %rd2, %rd2, 31; cvt.u32.u64 %r2, %rd2;", {0x80000000}, {7}},
        {"mov.b32 {%rs1, %rs2}, %r1; mov.b32 %r2, {%rs2, %rs1};", {0x12345678}, {0x56781234}},
    });
}

TEST(Ptx, floats_round_as_their_form_says) {
    const float third = 1.0f / 3.0f;
    expect_cases({
        {"fma.rn.f32 %f2, %f1, %f1, 0fBF800000; mov.b32 %r2, %f2;", {bits(1 + 0x1p-12f)}, {bits(0x1p-11f + 0x1p-24f)}},
        {"mul.rn.f32 %f2, %f1, %f1; add.rn.f32 %f2, %f2, 0fBF800000; mov.b32 %r2, %f2;", {bits(1 + 0x1p-12f)}, {bits(0x1p-11f)}},
        {"div.rn.f32 %f2, 0f3F800000, %f1; mov.b32 %r2, %f2;", {bits(3)}, {bits(third)}},
        {"add.rz.f32 %f2, %f1, 0f33000000; mov.b32 %r2, %f2;", {bits(-1)}, {bits(-1 + 0x1p-24f)}},
        {"fma.rm.f32 %f2, %f1, 0f3F800000, 0fB2000000; mov.b32 %r2, %f2;", {bits(1)}, {bits(1 - 0x1p-24f)}},
        {"fma.rp.f32 %f2, %f1, 0f3F800000, 0f32000000; mov.b32 %r2, %f2;", {bits(1)}, {bits(1 + 0x1p-23f)}},
        {"add.sat.f32 %f2, %f1, 0f3F000000; mov.b32 %r2, %f2;", {bits(3), bits(-3), bits(NAN)}, {bits(1), 0, 0}},
        {"sqrt.rn.f32 %f2, %f1; mov.b32 %r2, %f2;", {bits(2)}, {bits(1.41421356f)}},
        {"min.f32 %f2, %f1, 0f40000000; mov.b32 %r2, %f2;", {bits(NAN), bits(1)}, {bits(2), bits(1)}},
        {"max.NaN.f32 %f2, %f1, 0f40000000; mov.b32 %r2, %f2;", {bits(NAN), bits(1)}, {0x7fffffff, bits(2)}},
        {"neg.f32 %f2, %f1; mov.b32 %r2, %f2;", {bits(0)}, {0x80000000}},
        {"abs.f32 %f2, %f1; mov.b32 %r2, %f2;", {bits(-2)}, {bits(2)}},
        {"copysign.f32 %f2, %f1, 0f40400000; mov.b32 %r2, %f2;", {bits(-1)}, {bits(-3)}},
        {"setp.ltu.f32 %p1, %f1, 0f40000000; selp.b32 %r2, 1, 0, %p1;", {bits(NAN), bits(1), bits(2)}, {1, 1, 0}},
        {"setp.neu.f32 %p1, %f1, %f1; selp.b32 %r2, 1, 0, %p1;", {bits(NAN), bits(1)}, {1, 0}},
        {"setp.ne.f32 %p1, %f1, %f1; selp.b32 %r2, 1, 0, %p1;", {bits(NAN)}, {0}},
        {"mul.ftz.f32 %f2, %f1, 0f3F800000; mov.b32 %r2, %f2;", {1, 0x80000001}, {0, 0x80000000}},
    });
}

TEST(Ptx, conversions_round_cut_and_extend) {
    expect_cases({
        {"cvt.rn.bf16x2.f32 %r2, %f1, 0f3F800000;", {bits(1 + 0x1p-8f), bits(1 + 0x3p-8f), bits(NAN)}, {0x3f803f80, 0x3f823f80, 0x7fff3f80}},
        {"cvt.rn.bf16.f32 %rs1, %f1; cvt.u32.u16 %r2, %rs1;", {bits(3.0f)}, {0x4040}},
        {"cvt.rz.bf16.f32 %rs1, %f1; cvt.u32.u16 %r2, %rs1;", {bits(1 + 0x1.8p-8f)}, {0x3f80}},
        {"cvt.rni.s32.f32 %r2, %f1;", {bits(2.5f), bits(-1e20f), bits(NAN)}, {2, 0x80000000, 0}},
        {"cvt.rzi.s32.f32 %r2, %f1;", {bits(-2.7f)}, {0xfffffffe}},
        {"cvt.rmi.s32.f32 %r2, %f1;", {bits(-2.2f)}, {0xfffffffd}},
        {"cvt.rpi.u32.f32 %r2, %f1;", {bits(2.2f), bits(-1)}, {3, 0}},
        {"cvt.rni.f32.f32 %f2, %f1; mov.b32 %r2, %f2;", {bits(3.5f)}, {bits(4)}},
        {"cvt.sat.f32.f32 %f2, %f1; mov.b32 %r2, %f2;", {bits(3.5f)}, {bits(1)}},
        {"cvt.rn.f32.s32 %f2, %r1; mov.b32 %r2, %f2;", {0xffffffff, 0x7fffffff}, {bits(-1), bits(0x1p31f)}},
        {"cvt.rz.f32.u32 %f2, %r1; mov.b32 %r2, %f2;", {0xffffffff}, {bits(0x1.fffffep31f)}},
        {"cvt.s64.s32 %rd2, %r1; shr.s64 %rd2, %rd2, 32; cvt.u32.u64 %r2, %rd2;", {0x80000000}, {0xffffffff}},
        {"cvt.s32.s8 %r2, %r1;", {0x80, 0x17f}, {0xffffff80, 0x7f}},
        {"cvt.u16.u32 %rs1, %r1; cvt.s32.s16 %r2, %rs1;", {0x18000}, {0xffff8000}},
        {"cvt.sat.u8.s32 %r2, %r1;", {300, 0xffffffff}, {255, 0}},
        {"cvt.rna.tf32.f32 %r2, %f1;", {0x3f801000}, {0x3f802000}},
    });
}

TEST(Ptx, lanes_take_their_own_ways_and_meet_again) {
    const std::string body = R"(
 mov.u32 %r2, 0;
 setp.lt.u32 %p1, %r0, 8;
 @%p1 bra LOW;
 bra.uni HIGH;
MEET:
 shfl.sync.bfly.b32 %r3|%p2, %r2, 1, 31, -1;
 add.s32 %r2, %r2, %r3;
 bra.uni END;
HIGH:
 add.s32 %r2, %r2, %r0;
 setp.lt.u32 %p3, %r2, 100;
 @%p3 bra HIGH;
 bra.uni MEET;
LOW:
 mov.u32 %r2, 1000;
 bra.uni MEET;
END:)";
    const std::vector<uint32_t> got = map_words(body, {});
    const auto alone = [](uint32_t t) { uint32_t v = 0; if (t < 8) return 1000u; do v += t; while (v < 100); return v; };
    for (uint32_t t = 0; t < 32; ++t) EXPECT_EQ(got[t], alone(t) + alone(t ^ 1));
    EXPECT_TRUE(take_findings().empty());
}

TEST(Ptx, a_table_of_branches_is_jumped_through) {
    const std::string body = "and.b32 %r3, %r0, 1;\nTABLE: .branchtargets A, B;\n brx.idx %r3, TABLE;\nA: mov.u32 %r2, 10; bra.uni C;\nB: mov.u32 %r2, 11;\nC:";
    const std::vector<uint32_t> got = map_words(body, {});
    for (uint32_t t = 0; t < 32; ++t) EXPECT_EQ(got[t], 10 + (t & 1));
}

TEST(Ptx, votes_shuffles_and_reductions_see_the_lanes_of_their_mask) {
    std::vector<uint32_t> in(32);
    for (uint32_t t = 0; t < 32; ++t) in[t] = t;
    expect_cases({
        {"setp.gt.u32 %p1, %r1, 15; vote.sync.ballot.b32 %r2, %p1, -1;", in, {0xffff0000}},
        {"setp.gt.u32 %p1, %r1, 15; vote.sync.ballot.b32 %r2, !%p1, -1;", in, {0x0000ffff}},
        {"redux.sync.add.s32 %r2, %r1, -1;", in, {496}},
        {"match.any.sync.b32 %r2, 5, -1;", in, {0xffffffff}},
        {"shfl.sync.up.b32 %r2, %r1, 2, 0, -1;", in, {0, 1, 0, 1}},
        {"shfl.sync.down.b32 %r2, %r1, 2, 31, -1;", in, {2, 3}},
        {"shfl.sync.idx.b32 %r2, %r1, 5, 0x181f, -1;", in, {5, 5, 5, 5, 5, 5, 5, 5, 13}},
        {"elect.sync _|%p1, -1; selp.b32 %r2, 1, 0, %p1;", in, {1, 0}},
        {"activemask.b32 %r2;", in, {0xffffffff}},
    });
}

TEST(Ptx, memory_of_every_space_is_read_and_written) {
    const std::string constants = ".const .align 4 .u32 table[4] = {10, 20, 30, 40};\n";
    const auto run = [&](const std::string& body) { return run_ptx(kernel_of(body + "\n st.global.u32 [%rd1], %r2;", constants), std::vector<uint32_t>(32, 7)); };
    EXPECT_EQ(run("mov.u64 %rd3, table; ld.const.u32 %r2, [%rd3+8];")[0], 30u);
    EXPECT_EQ(run("ld.const.u32 %r2, [table+4];")[0], 20u);
    EXPECT_EQ(run(".local .align 4 .b8 depot[16]; mov.u64 %rd3, depot; st.local.u32 [%rd3+4], %r0; cvta.local.u64 %rd4, %rd3; ld.u32 %r2, [%rd4+4];")[9], 9u);
    EXPECT_EQ(run(".shared .align 4 .b8 cells[128]; mov.u32 %r3, cells; shl.b32 %r4, %r0, 2; add.s32 %r3, %r3, %r4; st.shared.u32 [%r3], %r0; bar.sync 0; xor.b32 %r4, %r4, 4;"
                  " mov.u32 %r5, cells; add.s32 %r5, %r5, %r4; ld.shared.u32 %r2, [%r5];")[6], 7u);
    EXPECT_EQ(run("atom.global.add.u32 %r3, [%rd0], 1; mov.u32 %r2, %r1; @%p0 bra NO;\nNO:")[3], 7u);
    EXPECT_EQ(run("ld.global.v2.u16 {%rs1, %rs2}, [%rd1]; cvt.u32.u16 %r2, %rs1;")[0], 7u);
    for (const Finding& finding : take_findings()) EXPECT_NE(finding.kind, Kind::unsupported) << finding.text();
}

TEST(Ptx, a_barrier_that_counts_gives_its_count_to_everybody) {
    const std::vector<uint32_t> got = run_ptx(kernel_of("setp.lt.u32 %p1, %r0, 40; bar.red.popc.u32 %r2, 0, %p1; st.global.u32 [%rd1], %r2;"), std::vector<uint32_t>(96), 96);
    for (const uint32_t v : got) EXPECT_EQ(v, 40u);
}

}  // namespace simt::ptx
