// The CPU as a device: a thread team, and an arena that the programs of all its denoisers share, since only one of them runs at a time.
#pragma once

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
    std::shared_ptr<std::byte> plane_memory(int64_t bytes) override;
    std::shared_ptr<std::byte> host_memory(int64_t bytes) override { return plane_memory(bytes); }
    std::unique_ptr<Programs> programs(const Network& network, Weights& weights) override;
    std::unique_ptr<Stepper> stepper(int32_t channels, int32_t out_channels) override;
    CpuBackend& cpu(const char*) override { return *this; }

private:
    Isa isa_;
    ThreadTeam team_;
    Memory arena_;
};

}  // namespace lgv
