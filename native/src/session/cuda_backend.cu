#include "session/cuda_backend.h"

#include <algorithm>
#include <cstring>

#include "base/bf16.h"
#include "base/error.h"
#include "ops/noising/noising.cuda.h"
#include "session/cuda_stepper.h"

namespace lgv {

namespace {

// A launch takes as many images as fit an eighth of the GPU's memory, and no more than fill it many times over.
constexpr int64_t most_chunk_rows = 256;
constexpr int64_t share_of_memory = 8;

void give(const std::byte* numbers, CudaType type, int64_t count, float* out) {
    if (type == CudaType::f32) {
        std::memcpy(out, numbers, size_t(count) * sizeof(float));
    } else {
        std::transform(reinterpret_cast<const bf16*>(numbers), reinterpret_cast<const bf16*>(numbers) + count, out, [](bf16 number) { return to_float(number); });
    }
}

}  // namespace

// ---- The device ---------------------------------------------------------------------------------------------------------------------

std::unique_ptr<Backend> open_cuda(int32_t index, Precision precision) {
    const CudaDevices devices = cuda_devices();
    expect(!devices.all.empty(), Code::no_device, "no CUDA device: ", devices.why, ". Use --device cpu");
    const auto found = std::find_if(devices.all.begin(), devices.all.end(), [&](const CudaDevice& device) { return device.index == index; });
    expect(found != devices.all.end(), Code::no_device, "no CUDA device ", index, ": there ", devices.all.size() == 1 ? "is 1" : text("are ", devices.all.size()),
           " that can be used, the first is ", devices.all.front().index);
    use_cuda_device(index);
    return std::make_unique<CudaBackend>(*found, precision == Precision::f32 ? CudaType::f32 : CudaType::bf16);
}

std::string why_not_cuda() {
    const CudaDevices devices = cuda_devices();
    return devices.all.empty() ? devices.why : "";
}

CudaBackend::CudaBackend(CudaDevice device, CudaType type) : device_(std::move(device)), type_(type) {}

CudaBackend::~CudaBackend() = default;

CudaTarget CudaBackend::target() const {
    return {.capability = device_.capability, .multiprocessors = device_.multiprocessors, .shared_bytes = device_.shared_bytes};
}

std::byte* CudaBackend::arena(int64_t bytes) {
    if (arena_.bytes() < bytes) {
        stream_.wait();
        arena_ = DeviceMemory();  // let go of the old one first
        arena_ = DeviceMemory(bytes);
        queue_zeros(stream_, arena_.data(), bytes);  // rows without an image are computed too: of zeros, once
    }
    return arena_.data();
}

void CudaBackend::describe(JsonWriter& out) const {
    out.key("device").value(text("cuda:", device_.index)).key("processor").value(device_.name).key("isa").value(text("sm_", device_.capability)).key("threads").value(1);
    out.key("memory").value(device_.memory_bytes).key("type").value(name_of(type_));
}

std::shared_ptr<std::byte> CudaBackend::device_memory(int64_t bytes) {
    use();
    const auto memory = std::make_shared<DeviceMemory>(bytes);
    zero(memory->data(), bytes);
    return {memory, memory->data()};
}

std::shared_ptr<std::byte> CudaBackend::host_memory(int64_t bytes) {
    use();
    const auto memory = std::make_shared<PinnedMemory>(bytes);
    return {memory, memory->data()};
}

void CudaBackend::check_address(const void* address, int64_t bytes) const {
    use();
    for (const std::byte* at : {static_cast<const std::byte*>(address), static_cast<const std::byte*>(address) + bytes - 1}) {
        const std::string why = why_not_on_device(at, device_.index);
        expect(why.empty(), Code::argument, "tensor: ", at == address ? "address " : "the last byte's address ", static_cast<const void*>(at), " of ", bytes, " bytes ", why);
    }
}

void CudaBackend::upload(std::byte* to, const void* host, int64_t bytes) {
    finish();
    lgv::upload(to, host, bytes);
}

void CudaBackend::download(void* host, const std::byte* from, int64_t bytes) {
    finish();
    lgv::download(host, from, bytes);
}

Backend::Wait CudaBackend::after_stream(uint64_t stream) {
    use();
    const Stream theirs = foreign_stream(stream, device_.index);
    const auto place = std::make_shared<CudaEvent>();
    place->record(theirs);
    return [this, place] { stream_.follow(*place); };
}

Backend::Wait CudaBackend::before_stream(uint64_t stream) {
    use();
    const auto place = std::make_shared<CudaEvent>();
    place->record(stream_);
    return [this, place, stream] {
        use();
        follow(foreign_stream(stream, device_.index), *place);
    };
}

void CudaBackend::finish() {
    use();
    stream_.wait();
}

std::unique_ptr<Programs> CudaBackend::programs(const Network& network, Weights& weights) { return std::make_unique<CudaPrograms>(*this, network, weights); }

std::unique_ptr<Stepper> CudaBackend::stepper(int32_t channels, int32_t out_channels) {
    use();
    return std::make_unique<CudaStepper>(*this, nullptr, channels, out_channels);
}

CpuBackend& CudaBackend::cpu(const char* what) { fail(Code::unsupported, what, " is not there on CUDA yet: open the device \"cpu\" for it"); }

// ---- Programs -----------------------------------------------------------------------------------------------------------------------

int64_t CudaPrograms::chunk_rows(int32_t height, int32_t width) {
    const std::lock_guard lock(mutex_);
    int64_t& rows = chunks_[{height, width}];
    if (rows == 0) {
        int64_t largest = 0;
        for (const Shape& shape : network_.emit(1, height, width).shapes.all) largest = std::max(largest, shape.per_image());
        constexpr int64_t alive = 4;  // values of that size, at a time
        rows = std::clamp(backend_.device().memory_bytes / share_of_memory / (alive * largest * size_of(backend_.type())), int64_t{1}, most_chunk_rows);
    }
    return rows;
}

int64_t CudaPrograms::rounded_rows(int64_t rows) {
    const int64_t step = rows <= 8 ? 1 : rows <= 32 ? 4 : 16;
    return (rows + step - 1) / step * step;
}

const CudaProgram& CudaPrograms::program(int64_t rows, int32_t height, int32_t width) {
    backend_.use();
    const std::lock_guard lock(mutex_);
    rows = rounded_rows(rows);
    auto& program = programs_[{rows, height, width}];
    if (!program) program = std::make_unique<CudaProgram>(network_.emit(rows, height, width), weights_, backend_.target(), backend_.type());
    return *program;
}

lgv_plan_description CudaPrograms::plan(int64_t rows, int32_t height, int32_t width) {
    const CudaProgram& program = this->program(rows, height, width);
    return {.arena_bytes = program.arena_bytes(),
            .weight_bytes = weight_bytes(),
            .flops = program.flops(),
            .ops = int32_t(program.list().nodes.size()),
            .rows = int32_t(program.list().shapes[program.list().output].n)};
}

std::unique_ptr<Stepper> CudaPrograms::stepper() {
    backend_.use();
    return std::make_unique<CudaStepper>(backend_, this, network_.in_channels(), network_.out_channels());
}

void CudaPrograms::classify(const Pictures& pictures, float* logits, float* features) {
    const bool bytes = pictures.pixels == LGV_PIXELS_UINT8;
    const int64_t count = pictures.count, chunk = std::min(count, chunk_rows(pictures.height, pictures.width));
    const CudaProgram& program = this->program(chunk, pictures.height, pictures.width);
    const OpList& list = program.list();
    const Stream stream = backend_.stream();
    std::byte* arena = backend_.arena(program.arena_bytes());
    const Shape image{1, pictures.height, pictures.width, network_.in_channels()};

    // On its way in: the rows' recipes, then their pictures. On its way out: what the network says of them, and the features where they are wanted.
    struct Said {
        Value value;
        int64_t numbers, at;
        float* out;
    };
    const int64_t picture = image.elements() * (bytes ? 1 : int64_t(sizeof(float))), pictures_at = chunk * int64_t(sizeof(NoisedImage)), in_bytes = pictures_at + chunk * picture;
    std::vector<Said> all{{list.output, network_.classes(), (in_bytes + 3) / 4 * 4, logits}};
    if (features != nullptr) all.push_back({list.kept[0], network_.features(), all[0].at + chunk * all[0].numbers * int64_t(sizeof(float)), features});
    const PinnedMemory stage(all.back().at + chunk * all.back().numbers * int64_t(sizeof(float)));
    const DeviceMemory in(in_bytes);  // goes before the stage does, and waits for what is still queued
    auto* recipes = reinterpret_cast<NoisedImage*>(stage.data());
    for (int64_t i = 0; i < chunk; ++i) recipes[i] = {.pixels = in.data() + pictures_at + i * picture, .bytes = bytes};

    for (int64_t first = 0; first < count; first += chunk) {
        const int64_t rows = std::min(chunk, count - first);
        std::memcpy(stage.data() + pictures_at, static_cast<const std::byte*>(pictures.images) + first * picture, size_t(rows * picture));
        queue_upload(stream, in.data(), stage.data(), pictures_at + rows * picture);
        noise_images(stream, reinterpret_cast<const NoisedImage*>(in.data()), rows, image, program.type(list.inputs[0]), program.at(arena, list.inputs[0]), nullptr);
        program.launch(stream, arena, rows);
        for (const Said& said : all) queue_download(stream, stage.data() + said.at, program.at(arena, said.value), rows * said.numbers * size_of(program.type(said.value)));
        backend_.stream().wait();
        for (const Said& said : all) give(stage.data() + said.at, program.type(said.value), rows * said.numbers, said.out + first * said.numbers);
    }
}

}  // namespace lgv
