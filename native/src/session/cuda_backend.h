// A GPU as a device: a stream, an arena of device memory that the programs of all its denoisers share, since only one of them runs at a time, and the programs
// of its models.
#pragma once

#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "device/cuda/memory.h"
#include "device/cuda/properties.h"
#include "device/cuda/stream.h"
#include "graph/program.cuda.h"
#include "session/backend.h"

namespace lgv {

class CudaBackend : public Backend {
public:
    CudaBackend(CudaDevice device, CudaType type);
    ~CudaBackend() override;

    const CudaDevice& device() const { return device_; }
    CudaType type() const { return type_; }
    CudaTarget target() const;
    const CudaStream& stream() const { return stream_; }

    // For this thread, before it allocates or queues.
    void use() const { use_cuda_device(device_.index); }

    // For queued work alone: at least `bytes`, whose content may change with each launch; it may move when more is asked for.
    std::byte* arena(int64_t bytes);

    void describe(JsonWriter& out) const override;
    std::shared_ptr<std::byte> device_memory(int64_t bytes) override;
    std::shared_ptr<std::byte> host_memory(int64_t bytes) override;
    DlpackDevice place() const override { return {.type = dlpack_cuda, .index = device_.index}; }
    void check_address(const void* address, int64_t bytes) const override;
    void upload(std::byte* to, const void* host, int64_t bytes) override;
    void download(void* host, const std::byte* from, int64_t bytes) override;
    Wait after_stream(uint64_t stream) override;
    Wait before_stream(uint64_t stream) override;
    void finish() override;
    std::unique_ptr<Programs> programs(const Network& network, Weights& weights) override;
    std::unique_ptr<Stepper> stepper(int32_t channels, int32_t out_channels) override;
    CpuBackend& cpu(const char* what) override;

private:
    CudaDevice device_;
    CudaType type_;
    CudaStream stream_;
    DeviceMemory arena_;
};

class CudaPrograms : public Programs {
public:
    CudaPrograms(CudaBackend& backend, const Network& network, Weights& weights) : backend_(backend), network_(network), weights_(weights) {}

    const Network& network() const { return network_; }

    int64_t chunk_rows(int32_t height, int32_t width) override;
    lgv_plan_description plan(int64_t rows, int32_t height, int32_t width) override;
    std::string dump(int64_t rows, int32_t height, int32_t width) override { return program(rows, height, width).dump(); }
    int64_t weight_bytes() const override { return weights_.packed_bytes(); }
    std::unique_ptr<Stepper> stepper() override;
    void classify(const Pictures& pictures, float* logits, float* features) override;

    // For `rows` images, or the next number of them that a program is made for.
    const CudaProgram& program(int64_t rows, int32_t height, int32_t width);

    // Rows of programs: few enough kinds that their graphs are made once, close enough that little is computed for nobody.
    static int64_t rounded_rows(int64_t rows);

private:
    CudaBackend& backend_;
    const Network& network_;
    CudaWeights weights_;
    std::mutex mutex_;
    std::map<std::pair<int32_t, int32_t>, int64_t> chunks_;  // of each size that fits
    std::map<std::tuple<int64_t, int32_t, int32_t>, std::unique_ptr<CudaProgram>> programs_;
};

}  // namespace lgv
