#include "fiber.h"

#include <sys/mman.h>

#include <cstring>

#include "base/error.h"

#if !defined(__x86_64__)
#error "simt_switch_stack is written for x86-64: others save their own callee-saved registers (aarch64: x19-x30, d8-d15, sp)"
#endif

// The jump is by a register: a ret to an address that no call has pushed is always mispredicted. Kernels do not change MXCSR, so it is not saved.
asm(R"(.text
.globl simt_switch_stack
.type simt_switch_stack,@function
simt_switch_stack:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    pop %rcx
    jmp *%rcx
.size simt_switch_stack, .-simt_switch_stack
)");

namespace simt {

namespace {

constexpr size_t page = 4096, saved_registers = 6;

}  // namespace

Stacks::~Stacks() {
    if (memory_ != nullptr) munmap(memory_, count_ * (bytes + page));
}

void Stacks::give(std::vector<Thread>& threads) {
    if (threads.size() > count_) {
        if (memory_ != nullptr) munmap(memory_, count_ * (bytes + page));
        count_ = 0;
        void* mapped = mmap(nullptr, threads.size() * (bytes + page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        lgv::expect(mapped != MAP_FAILED, lgv::Code::memory, "emulator: the system has no stacks for ", threads.size(), " threads");
        memory_ = static_cast<std::byte*>(mapped);
        count_ = threads.size();
        for (size_t i = 0; i < count_; ++i) mprotect(memory_ + i * (bytes + page), page, PROT_NONE);
    }
    for (size_t i = 0; i < threads.size(); ++i) {
        threads[i].stack_low = memory_ + i * (bytes + page) + page;
        threads[i].stack_high = threads[i].stack_low + bytes;
    }
}

void prepare_fiber(Thread& thread, void (*entry)()) {
    // Tops are staggered, or all threads' hot lines would fall into the same few sets of the cache.
    auto* top = reinterpret_cast<void**>(thread.stack_high - 64 - (thread.number * 7 % 61) * 64);
    *--top = nullptr;  // where a caller's return address would lie: keeps the alignment that the ABI wants at entry
    std::memcpy(--top, &entry, sizeof entry);
    top -= saved_registers;
    std::memset(top, 0, saved_registers * sizeof(void*));
    thread.stack_pointer = top;
}

bool is_stack_guard(const Thread& thread, const void* address) {
    const auto* p = static_cast<const std::byte*>(address);
    return p >= thread.stack_low - page && p < thread.stack_low;
}

}  // namespace simt
