// What engine 2 says of wrong PTX and of wrong programs.
#include "base/error.h"
#include "ptx_run.h"

namespace simt::ptx {

namespace {

bool finds(Kind kind, const std::string& body, unsigned threads = 32) {
    run_ptx(kernel_of(body), std::vector<uint32_t>(threads, 1), threads);
    const bool there = found(kind);
    std::string all;
    for (const Finding& finding : take_findings()) all += finding.text() + "\n";
    if (!there) ADD_FAILURE() << name_of(kind) << " was not found, but: " << all;
    return there;
}

}  // namespace

TEST(PtxFindings, an_unknown_instruction_is_told_by_its_text) {
    run_ptx(kernel_of("frobnicate.sync.b32 %r2, %r1;"), std::vector<uint32_t>(32));
    ASSERT_EQ(findings().size(), 1u);
    EXPECT_EQ(findings()[0].kind, Kind::unsupported);
    EXPECT_NE(findings()[0].sentence.find("frobnicate.sync.b32 %r2, %r1"), std::string::npos);
    take_findings();
}

TEST(PtxFindings, a_known_instruction_with_an_unknown_word_is_unknown) {
    for (const char* body : {"add.rn.bf16 %rs1, %rs1, %rs1;", "mul.lo.f32 %f1, %f1, %f1;", "ldmatrix.sync.aligned.m8n8.x3.shared.b16 {%r1,%r2,%r3}, [%r4];",
                             "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1,%f2,%f3,%f4}, {%r1,%r2,%r3,%r4}, {%r5,%r6}, {%f1,%f2,%f3,%f4};", "cvt.f32.s32 %f1, %r1;"})
        finds(Kind::unsupported, body);
}

TEST(PtxFindings, text_that_is_not_ptx_is_refused_with_its_line) {
    for (const char* text : {".entry k( .param .u64 a ) { add.s32 %r1, ", ".entry k( .param a ) { ret; }", ".entry k() { bra NOWHERE; }", "?", ".func f() { ret; }", ".entry k() { ld.global.u32 %r1, [%r2; }"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(parse(text, "bad.ptx"), lgv::Error);
    }
}

TEST(PtxFindings, lanes_that_never_meet_are_told_of) {
    finds(Kind::divergent_barrier, "setp.lt.u32 %p1, %r0, 5; @%p1 bar.sync 0; @!%p1 bar.sync 0;");
    finds(Kind::divergent_warp, "setp.lt.u32 %p1, %r0, 5; @%p1 bar.warp.sync -1; @!%p1 bar.warp.sync -1;");
    finds(Kind::warp_mask, "shfl.sync.bfly.b32 %r2, %r1, 1, 31, 15;");
    finds(Kind::inactive_lane, "setp.lt.u32 %p1, %r0, 5; @%p1 ret; shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;");
    finds(Kind::exited_while_waiting, "setp.lt.u32 %p1, %r0, 32; @%p1 ret; bar.sync 0;", 64);
    finds(Kind::barrier_arguments, "bar.sync 1, 33;", 64);
    finds(Kind::deadlock, "setp.lt.u32 %p1, %r0, 32; @%p1 bar.sync 1, 64; @!%p1 bar.sync 2, 64;", 64);
}

TEST(PtxFindings, memory_is_checked_as_in_the_fibers) {
    finds(Kind::out_of_bounds_global, "ld.global.u32 %r2, [%rd0+128];");
    finds(Kind::misaligned, "ld.global.u32 %r2, [%rd0+2];");
    finds(Kind::out_of_bounds_shared, "mov.u32 %r2, 60000; st.shared.u32 [%r2], %r1;");
    finds(Kind::bad_pointer, "mov.u64 %rd3, 4096; ld.global.u32 %r2, [%rd3];");
    finds(Kind::async_at_exit, ".shared .align 16 .b8 s[16]; mov.u32 %r3, s; setp.eq.u32 %p1, %r0, 0; @%p1 cp.async.ca.shared.global [%r3], [%rd0], 4;");
}

TEST(PtxFindings, the_shadow_sees_what_the_interpreter_does) {
    const Config before = config();
    config().check = true;
    finds(Kind::race, ".shared .align 4 .b8 s[4]; st.shared.u32 [s], %r0;");
    finds(Kind::uninitialised, ".shared .align 4 .b8 s[4]; ld.shared.u32 %r2, [s];");
    config() = before;
}

TEST(PtxNames, anonymous_namespaces_of_nvcc_and_gcc_are_one) {
    EXPECT_EQ(common_name("_ZN3lgv47_GLOBAL__N__a976eee3_14_affine_cuda_cu_395aefaf3fooEv"), "_ZN3lgv12_GLOBAL__N_13fooEv");
    EXPECT_EQ(common_name("_ZN3lgv12_GLOBAL__N_13fooEv"), "_ZN3lgv12_GLOBAL__N_13fooEv");
    EXPECT_EQ(common_name("_Z3barv"), "_Z3barv");
}

}  // namespace simt::ptx
