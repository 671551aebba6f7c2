// The CPU as a device: a thread team, and an arena that the programs of all its denoisers share, since only one of them runs at a time.
#pragma once

#include <cstring>

#include "device/cpu/isa.h"
#include "device/cpu/team.h"
#include "device/memory.h"
#include "graph/program.h"
#include "session/backend.h"

namespace lgv {

class CpuBackend : public Backend {
public:
    CpuBackend(Isa isa, int threads) : isa_(isa), team_(threads) {}

    Isa isa() const { return isa_; }
    int threads() const { return team_.threads(); }

    // For queued work alone: the team, and at least `bytes` of memory whose content may change with each call.
    ThreadTeam& team() { return team_; }
    std::byte* arena(int64_t bytes);

    void describe(JsonWriter& out) const override;
    std::shared_ptr<std::byte> device_memory(int64_t bytes) override;
    std::shared_ptr<std::byte> host_memory(int64_t bytes) override { return device_memory(bytes); }
    DlpackDevice place() const override { return {.type = dlpack_cpu, .index = 0}; }
    void check_address(const void*, int64_t) const override {}  // of memory of the process nobody could say
    void upload(std::byte* to, const void* host, int64_t bytes) override { std::memcpy(to, host, size_t(bytes)); }
    void download(void* host, const std::byte* from, int64_t bytes) override { std::memcpy(host, from, size_t(bytes)); }
    Wait after_stream(uint64_t stream) override;
    Wait before_stream(uint64_t stream) override;
    void finish() override {}  // what has run is done
    std::unique_ptr<Programs> programs(const Network& network, Weights& weights) override;
    std::unique_ptr<Stepper> stepper(int32_t channels, int32_t out_channels) override;
    CpuBackend& cpu(const char*) override { return *this; }

private:
    Isa isa_;
    ThreadTeam team_;
    Memory arena_;
};

}  // namespace lgv
