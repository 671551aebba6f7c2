// The fused step on the GPU against the CPU form, to the bit, through the ring: several launches, several slots, as a replayed graph would have them.
#include "ops/step/step.cuda.h"

#include <limits>
#include <random>

#include "base/error.h"
#include "ops/step/step.h"
#include "tests/cuda/cuda_bench.h"

namespace lgv::testing {

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

// The ring and the state of a CudaStep in device memory; entries are put together in host memory.
struct Program {
    CudaStep step;
    DeviceMemory ring, state;
    std::vector<std::byte> host;
    int64_t launches = 0;

    explicit Program(const CudaStep& of) : step(of) {
        ring = DeviceMemory(step.entries * step.entry_bytes());
        state = DeviceMemory(step.state_bytes());
        step.ring = ring.data();
        step.state = state.data();
        host.resize(size_t(std::max(ring.bytes(), state.bytes())));
        upload(ring.data(), host.data(), ring.bytes());
        upload(state.data(), host.data(), state.bytes());
    }

    // Writes the next entry and queues its copy.
    void begin(const std::vector<CudaEvaluation>& evaluations, const std::vector<CudaUpdate>& updates) {
        check_step(step);
        std::vector<std::byte> entry(size_t(step.entry_bytes()), std::byte{0x5a});
        const StepHeader header = {int32_t(evaluations.size()), int32_t(updates.size()), {}};
        std::memcpy(entry.data(), &header, sizeof header);
        if (!evaluations.empty()) std::memcpy(entry.data() + CudaStep::evaluations_at, evaluations.data(), evaluations.size() * sizeof(CudaEvaluation));
        if (!updates.empty()) std::memcpy(entry.data() + CudaStep::updates_at(header.evaluations), updates.data(), updates.size() * sizeof(CudaUpdate));
        upload(ring.data() + launches++ % step.entries * step.entry_bytes(), entry.data(), step.entry_bytes());
        begin_step(step, nullptr);
    }
};

// Floats in device memory.
struct Numbers {
    DeviceMemory memory;
    int64_t count;

    explicit Numbers(const std::vector<float>& values) : memory(int64_t(values.size()) * 4), count(int64_t(values.size())) { upload(memory.data(), values.data(), memory.bytes()); }
    float* data() const { return reinterpret_cast<float*>(memory.data()); }
    std::vector<float> values() const {
        std::vector<float> all(static_cast<size_t>(count));
        download(all.data(), memory.data(), memory.bytes());
        return all;
    }
};

void expect_same(const std::vector<float>& got, const std::vector<float>& wanted, const std::string& what) {
    SCOPED_TRACE(what);
    ASSERT_EQ(got.size(), wanted.size());
    expect_same_bits(got.data(), wanted.data(), int64_t(got.size()));
}

// One slot's planes on the host; each lies in device memory with 3 more numbers behind it that nobody may touch.
struct Planes {
    static constexpr float untouched = -12345;
    int64_t elements, pixels;
    uint64_t seed;
    bool written_noise;
    std::vector<float> x, x0, out, noise, history[4], known, known_noise, mask, out2;

    Planes(int64_t channels, int64_t pixels, std::mt19937& generator) : elements(channels * pixels), pixels(pixels), seed(generator()), written_noise(generator() % 2) {
        std::normal_distribution<float> normal;
        for (std::vector<float>* plane : all()) {
            for (int64_t i = 0; i < elements; ++i) plane->push_back(normal(generator));
            plane->insert(plane->end(), 3, untouched);
        }
        std::uniform_real_distribution<float> share(0, 1);
        for (float& v : out2) v = share(generator);  // a variance, or a place in the range
        for (float& v : mask) v = generator() % 3 == 0 ? share(generator) : float(generator() % 2);
    }

    std::array<std::vector<float>*, 12> all() {
        return {&x, &x0, &out, &noise, &history[0], &history[1], &history[2], &history[3], &known, &known_noise, &mask, &out2};
    }

    SlotPlanes at(const std::array<float*, 12>& p) const {
        return {.x = p[0],
                .x0 = p[1],
                .out = p[2],
                .out2 = p[11],
                .history = {p[4], p[5], p[6], p[7]},
                .noise = written_noise ? p[3] : nullptr,
                .known = p[8],
                .mask = p[10],
                .known_noise = written_noise ? p[9] : nullptr,
                .seed = seed,
                .elements = elements,
                .pixels = pixels};
    }
};

lgv_update still() {
    lgv_update row = {};
    row.a = 1;
    row.limit = inf;
    row.save = -1;
    return row;
}

lgv_update random_row(std::mt19937& generator) {
    std::uniform_real_distribution<float> uniform(-2, 2);
    const auto coefficient = [&] { return generator() % 3 == 0 ? 0.0f : uniform(generator); };
    lgv_update row = still();
    row.draw = int32_t(generator() % 1000);
    row.save = int32_t(generator() % 5) - 1;
    for (float* c : {&row.p, &row.q, &row.a, &row.b, &row.e, &row.d, &row.c[0], &row.c[1], &row.c[2], &row.c[3], &row.sx, &row.s0, &row.so, &row.sh}) *c = coefficient();
    row.limit = generator() % 2 ? inf : 1.0f;
    if (generator() % 3 == 0) row.quantile = std::uniform_real_distribution<float>(0.5f, 1)(generator), row.limit = generator() % 2 ? inf : 1.5f;
    row.variance = int32_t(generator() % 3);
    row.logvar_hi = uniform(generator) - 2;
    row.logvar_lo = row.logvar_hi - 3;
    row.known_draw = generator() % 2 ? row.draw : int32_t(generator() % 1000);
    if (generator() % 3 == 0) row.ka = coefficient(), row.kn = coefficient();
    return row;
}

CudaStep step_of(int32_t updates, int64_t most_elements) {
    return {.image = {1, 1, 1, 1}, .means = 1, .out_channels = 1, .updates = updates, .most_elements = most_elements, .entries = 2};
}

// Both forms on copies of the same planes.
void expect_same_update(Program& program, std::vector<Planes> slots, const std::vector<lgv_update>& rows, const std::string& what) {
    SCOPED_TRACE(what);
    std::vector<CudaUpdate> updates;
    std::vector<std::vector<Numbers>> on_device;
    std::vector<SlotUpdate> on_host;
    for (size_t i = 0; i < slots.size(); ++i) {
        std::array<float*, 12> device{}, host{};
        std::vector<Numbers>& memory = on_device.emplace_back();
        memory.reserve(12);
        for (size_t k = 0; k < 12; ++k) {
            host[k] = slots[i].all()[k]->data();
            device[k] = memory.emplace_back(*slots[i].all()[k]).data();
        }
        updates.push_back({{rows[i], slots[i].at(device)}, 0});
        on_host.push_back({rows[i], slots[i].at(host)});
    }
    program.begin({}, updates);
    find_bounds(program.step, nullptr);
    update(program.step, nullptr);
    expect_no_findings();
    ThreadTeam team(1);
    update(team, on_host);
    for (size_t i = 0; i < slots.size(); ++i) {
        for (size_t k = 0; k < 12; ++k) {
            expect_same(on_device[i][k].values(), *slots[i].all()[k], text("slot ", i, ", plane ", k));
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
}

}  // namespace

TEST(CudaStep, updates_have_the_bits_of_the_cpu) {
    std::mt19937 generator(1);
    for (const auto& [channels, pixels] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {3, 35}, {3, 64}, {1, 1077}, {4, 300}}) {
        Program program(step_of(6, channels * pixels));
        for (int trial = 0; trial < 6; ++trial) {
            std::vector<Planes> slots;
            std::vector<lgv_update> rows;
            for (int i = 0; i < 1 + trial; ++i) {
                slots.emplace_back(channels, i % 2 == 0 ? pixels : (pixels + 1) / 2, generator);  // slots of two sizes
                rows.push_back(random_row(generator));
            }
            expect_same_update(program, slots, rows, text(channels, " x ", pixels, ", trial ", trial));
            if (HasFatalFailure()) return;
        }
    }
}

TEST(CudaStep, update_reads_nothing_that_has_no_coefficient) {
    std::mt19937 generator(2);
    Planes slot(3, 33, generator);
    for (std::vector<float>* plane : slot.all()) {
        if (plane != &slot.x) std::fill_n(plane->begin(), slot.elements, NAN);
    }
    slot.written_noise = true;
    Program program(step_of(1, slot.elements));
    lgv_update row = still();
    row.a = 0.5f;
    row.p = 2;
    row.b = 0.25f;
    row.limit = 1;
    row.save = 2;
    row.s0 = 1;
    std::vector<Numbers> memory;
    memory.reserve(12);
    std::array<float*, 12> device{};
    for (size_t k = 0; k < 12; ++k) device[k] = memory.emplace_back(*slot.all()[k]).data();
    program.begin({}, {{{row, slot.at(device)}, 0}});
    find_bounds(program.step, nullptr);
    update(program.step, nullptr);
    expect_no_findings();
    const std::vector<float> x = memory[0].values(), saved = memory[6].values();
    for (size_t i = 0; i < size_t(slot.elements); ++i) {
        const float x0 = std::clamp(2 * slot.x[i], -1.0f, 1.0f);
        ASSERT_EQ(bits_of(x[i]), bits_of(std::fma(0.25f, x0, 0.5f * slot.x[i])));
        ASSERT_EQ(saved[i], x0);
    }
}

// Ties, a quantile of 1, the largest and the smallest number of bits, and a NaN, in images of one, a few and many numbers.
TEST(CudaStep, finds_the_quantile_of_any_image) {
    std::mt19937 generator(3);
    for (const int64_t pixels : {1, 2, 5, 1399}) {
        Program program(step_of(2, 3 * pixels));
        for (const float quantile : {1e-6f, 0.5f, 0.9952f, 1.0f}) {
            for (const int kind : {0, 1, 2, 3}) {
                if (pixels > 5 && (quantile == 0.5f || quantile == 1.0f)) continue;
                Planes slot(3, pixels, generator);
                for (float& v : slot.out) {
                    if (v == Planes::untouched) continue;
                    if (kind == 1) v = std::round(v * 4) / 4;             // many equal
                    if (kind == 2) v = generator() % 2 ? v * 1e30f : v * 1e-42f;  // all exponents
                }
                if (kind == 3) slot.out[size_t(slot.elements / 2)] = NAN;
                lgv_update row = still();
                row.q = 1.5f, row.b = 1, row.quantile = quantile, row.limit = inf;
                Planes plain(3, pixels, generator);
                const lgv_update no_threshold = still();
                if (kind != 3) {
                    expect_same_update(program, {slot, plain}, {row, no_threshold}, text(3 * pixels, " numbers, quantile ", quantile, ", kind ", kind));
                } else {
                    Numbers x(slot.x), x0(slot.x0), out(slot.out);
                    SlotPlanes planes = {};
                    planes.x = x.data(), planes.x0 = x0.data(), planes.out = out.data(), planes.elements = slot.elements, planes.pixels = pixels;
                    program.begin({}, {{{row, planes}, 0}});
                    find_bounds(program.step, nullptr);
                    update(program.step, nullptr);
                    expect_no_findings();
                    const std::vector<float> got = x0.values();
                    for (int64_t i = 0; i < slot.elements; ++i) ASSERT_TRUE(std::isnan(got[size_t(i)])) << "a NaN anywhere makes all of x0 NaN";
                }
                if (HasFatalFailure()) return;
            }
        }
    }
}

// Each image by itself and all of them, into memory that begins at any byte; what lies behind is left alone. The bits are the CPU's.
TEST(CudaStep, writes_pictures_as_bytes) {
    for (const Shape& image : {Shape{1, 1, 1, 1}, Shape{1, 2, 2, 3}, Shape{1, 7, 5, 1}, Shape{1, 33, 31, 3}, Shape{1, 9, 8, 4}, Shape{1, 3, 5, 2}, Shape{1, 5, 5, 7}}) {
        SCOPED_TRACE(to_text(image));
        const int64_t n = image.per_image();
        std::vector<std::vector<float>> x;
        std::vector<Numbers> planes;
        std::vector<const float*> on_host;
        PictureSources sources{};
        planes.reserve(PictureSources::most);
        x.reserve(PictureSources::most);
        for (int i = 0; i < PictureSources::most; ++i) {
            std::vector<float>& numbers = x.emplace_back(normals(uint64_t(i + 1), n));
            const float odd[] = {NAN, INFINITY, -INFINITY, -1, 1, 0, 1.0f / 255, 0x1.01018p-7f};
            numbers[0] = odd[i % 8];
            sources.x[i] = planes.emplace_back(numbers).data();
            on_host.push_back(numbers.data());
        }
        ThreadTeam team(1);
        for (const int count : {1, PictureSources::most}) {
            for (const int64_t offset : {0, 1, 2}) {
                const int64_t bytes = count * n;
                std::vector<uint8_t> wanted(size_t(offset + bytes + 5), 77), got = wanted;
                const DeviceMemory pictures(int64_t(got.size()));
                upload(pictures.data(), got.data(), pictures.bytes());
                write_pictures(sources, count, image, reinterpret_cast<uint8_t*>(pictures.data()) + offset, nullptr);
                expect_no_findings();
                download(got.data(), pictures.data(), pictures.bytes());
                write_pictures(team, std::span(on_host).first(size_t(count)), image, wanted.data() + offset);
                EXPECT_EQ(got, wanted) << count << " images at " << offset;
            }
        }
    }
}

TEST(CudaStep, gives_the_network_its_inputs) {
    for (const Shape& image : {Shape{1, 1, 1, 1}, Shape{1, 9, 33, 3}, Shape{1, 5, 7, 2}, Shape{1, 16, 17, 5}, Shape{1, 3, 5, 64}, Shape{1, 3, 3, 130}, Shape{1, 1, 1, 4100}}) {
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
            SCOPED_TRACE(text(to_text(image), " ", name_of(type)));
            constexpr int rows = 4, there = 3, embedded = 37;
            Program program({.image = image, .means = image.c, .out_channels = image.c, .in = type, .evaluations = rows, .updates = 0, .entries = 1});
            const int64_t n = image.per_image();
            const std::vector<float> x = normals(5, there * n), embedding = normals(6, there * embedded);
            const Numbers planes(x), conditions(embedding);
            std::vector<CudaEvaluation> evaluations(there, CudaEvaluation{});
            std::vector<NetworkInput> inputs;
            for (int i = 0; i < there; ++i) {
                const int slot = (i + 1) % there;
                evaluations[size_t(i)].x = planes.data() + slot * n;
                evaluations[size_t(i)].embedding = conditions.data() + slot * embedded;
                evaluations[size_t(i)].s = i == 2 ? 0 : 0.3f + float(i);
                evaluations[size_t(i)].t = 100.5f * float(i);
                evaluations[size_t(i)].word = uint32_t(7 + i);
                evaluations[size_t(i)].leads = 1;
                evaluations[size_t(i)].next = -1;
                inputs.push_back({x.data() + slot * n, evaluations[size_t(i)].s});
            }
            const Numbers net_x(std::vector<float>(size_t(rows * n), 9)), t(std::vector<float>(rows, 9)), words(std::vector<float>(rows, 9)),
                vectors(std::vector<float>(rows * embedded, 9));
            program.begin(evaluations, {});
            network_input(program.step, nullptr, {net_x.memory.data(), t.data(), reinterpret_cast<uint32_t*>(words.data()), vectors.memory.data(), type, embedded});
            expect_no_findings();
            std::vector<float> wanted(size_t(rows * n), 9);
            ThreadTeam team(1);
            network_input(team, inputs, image, wanted.data());
            std::vector<std::byte> got(size_t(net_x.memory.bytes()));
            download(got.data(), net_x.memory.data(), net_x.memory.bytes());
            if (type == CudaType::f32) expect_same(net_x.values(), wanted, "x");
            for (int64_t i = 0; i < there * n && type == CudaType::bf16; ++i) {
                bf16 half;
                std::memcpy(&half, got.data() + 2 * i, 2);
                ASSERT_EQ(half.bits, to_bf16(wanted[size_t(i)]).bits) << i;
            }
            EXPECT_EQ(t.values(), (std::vector<float>{0, 100.5f, 201, 9}));
            for (int i = 0; i < there; ++i) EXPECT_EQ(bits_of(words.values()[size_t(i)]), uint32_t(7 + i));
            EXPECT_EQ(words.values()[3], 9);
            // A network that asks for nothing but images.
            const Numbers alone(std::vector<float>(size_t(rows * n), 9));
            network_input(program.step, nullptr, {.x = alone.memory.data()});
            expect_no_findings();
            expect_same(alone.values(), net_x.values(), "x alone");
            for (int i = 0; i < there * embedded && type == CudaType::f32; ++i) ASSERT_EQ(vectors.values()[size_t(i)], embedding[size_t((i + embedded) % (there * embedded))]);
        }
    }
}

// Slot 0 has three evaluations, not side by side; slot 1 one, which adds to what it holds; slot 2 one of weight 0. Twice, through a ring of two entries.
TEST(CudaStep, adds_up_what_the_network_says) {
    for (const auto& [image, means] : std::vector<std::pair<Shape, int64_t>>{{{1, 1, 1, 1}, 1}, {{1, 9, 31, 3}, 3}, {{1, 8, 7, 6}, 3}, {{1, 3, 5, 130}, 65}}) {
        for (const CudaType type : {CudaType::f32, CudaType::bf16}) {
            SCOPED_TRACE(text(to_text(image), " ", name_of(type)));
            constexpr int rows = 6, there = 5;
            Program program({.image = {1, image.h, image.w, means}, .means = means, .out_channels = image.c, .out = type, .evaluations = rows, .updates = 0, .entries = 2});
            const int64_t n = image.per_image();
            const std::vector<float> net = rounded(normals(8, rows * n), type);
            std::vector<float> wanted = normals(9, 3 * n);
            Numbers planes(wanted);
            std::vector<std::byte> host(size_t(rows * n * size_of(type)));
            for (int64_t i = 0; i < rows * n; ++i) {
                const bf16 half = to_bf16(net[size_t(i)]);
                if (type == CudaType::bf16) std::memcpy(host.data() + 2 * i, &half, 2);
                else std::memcpy(host.data() + 4 * i, &net[size_t(i)], 4);
            }
            const DeviceMemory on_device(int64_t(host.size()));
            upload(on_device.data(), host.data(), on_device.bytes());
            const int slot_of[] = {0, 1, 0, 2, 0}, next[] = {2, -1, 4, -1, -1};
            const float weights[] = {-2, 0.5f, 3.5f, 0, 0.1f}, variances[] = {0, 1.5f, 2, 0, 0};
            const bool first[] = {true, false, false, true, false}, leads[] = {true, true, false, true, false};
            for (int launch = 0; launch < 3; ++launch) {
                std::vector<CudaEvaluation> evaluations(there, CudaEvaluation{});
                std::vector<NetworkOutput> outputs;
                for (size_t e = 0; e < there; ++e) {
                    const bool is_first = first[e] && launch == 0;  // later launches go on
                    evaluations[e] = {.x = nullptr, .out = planes.data() + slot_of[e] * n, .embedding = nullptr, .s = 0, .t = 0, .word = 0, .weight = weights[e],
                                      .weight_variance = variances[e], .first = is_first, .leads = leads[e], .next = next[e], .reserved = {}};
                    outputs.push_back({wanted.data() + slot_of[e] * n, weights[e], variances[e], is_first});
                }
                program.begin(evaluations, {});
                network_output(program.step, nullptr, on_device.data());
                expect_no_findings();
                ThreadTeam team(1);
                network_output(team, outputs, image, means, net.data());
                expect_same(planes.values(), wanted, text("launch ", launch));
                if (HasFatalFailure()) return;
            }
        }
    }
}

// 200 evaluations and updates: more than the first 16 KiB of an entry; then a small one again.
TEST(CudaStep, copies_entries_of_any_size) {
    Program program({.image = {1, 1, 1, 1}, .means = 1, .out_channels = 1, .evaluations = 200, .updates = 200, .most_elements = 1, .entries = 3});
    for (const int count : {200, 1, 150, 0, 200}) {
        std::vector<float> x = normals(uint64_t(count), 200);
        Numbers planes(x);
        std::vector<CudaUpdate> updates;
        for (int i = 0; i < count; ++i) {
            lgv_update row = still();
            row.a = float(i + 1);
            SlotPlanes at = {};
            at.x = planes.data() + i, at.elements = 1, at.pixels = 1;
            updates.push_back({{row, at}, 0});
            x[size_t(i)] = row.a * x[size_t(i)];
        }
        program.begin(std::vector<CudaEvaluation>(size_t(count), CudaEvaluation{}), updates);
        update(program.step, nullptr);
        expect_no_findings();
        expect_same(planes.values(), x, text(count, " rows"));
    }
}

TEST(CudaStep, refuses_pictures_that_it_cannot_write) {
    const PictureSources none{};
    EXPECT_THROW(write_pictures(none, 0, {1, 2, 2, 3}, nullptr, nullptr), Error);
    EXPECT_THROW(write_pictures(none, PictureSources::most + 1, {1, 2, 2, 3}, nullptr, nullptr), Error);
    EXPECT_THROW(write_pictures(none, 1, {1, 1 << 14, 1 << 14, 8}, nullptr, nullptr), Error);
}

TEST(CudaStep, refuses_what_it_cannot_turn) {
    EXPECT_THROW(check_step({.image = {1, 2, 2, 9000}, .means = 1, .out_channels = 1, .entries = 1}), Error);
    EXPECT_THROW(check_step({.image = {1, 2, 2, 3}, .means = 3, .out_channels = 2, .entries = 1}), Error);
    EXPECT_THROW(check_step({.image = {1, 2, 2, 3}, .means = 3, .out_channels = 3, .most_elements = int64_t{1} << 31, .entries = 1}), Error);
    EXPECT_THROW(check_step({.image = {1, 2, 2, 3}, .means = 3, .out_channels = 3, .entries = 0}), Error);
}

}  // namespace lgv::testing
