#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "base/philox.h"
#include "ops/step/kernels.h"
#include "ops/step/step.h"

namespace lgv {
namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

// One slot's planes, with a few cells behind each that nobody may touch.
struct Slot {
    static constexpr int64_t fence = 16;
    static constexpr float untouched = -12345;

    int64_t elements;
    uint64_t seed = 0;
    bool written_noise = false;
    int64_t pixels;
    std::vector<float> x, x0, out, noise, history[4], known, known_noise, mask, out2;

    Slot(int64_t n, std::mt19937& generator) : elements(n), seed(generator()), written_noise(generator() % 2), pixels(n % 3 == 0 ? n / 3 : n) {
        for (std::vector<float>* plane : {&x, &x0, &out, &noise, &history[0], &history[1], &history[2], &history[3], &known, &known_noise}) {
            std::normal_distribution<float> normal;
            plane->assign(size_t(n + fence), untouched);
            for (int64_t i = 0; i < n; ++i) (*plane)[size_t(i)] = normal(generator);
        }
        std::uniform_real_distribution<float> share(0, 1);
        for (int64_t i = 0; i < n; ++i) out2.push_back(share(generator));  // a variance, or a place in the range
        for (int64_t i = 0; i < pixels; ++i) mask.push_back(generator() % 3 == 0 ? share(generator) : float(generator() % 2));
    }

    SlotPlanes planes() {
        return {.x = x.data(),
                .x0 = x0.data(),
                .out = out.data(),
                .out2 = out2.data(),
                .history = {history[0].data(), history[1].data(), history[2].data(), history[3].data()},
                .noise = written_noise ? noise.data() : nullptr,
                .known = known.data(),
                .mask = mask.data(),
                .known_noise = written_noise ? known_noise.data() : nullptr,
                .seed = seed,
                .elements = elements,
                .pixels = pixels};
    }
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

void expect_same_bits(const Slot& a, const Slot& b, const std::string& what) {
    EXPECT_TRUE(same_bits(a.x, b.x)) << what << ": x";
    EXPECT_TRUE(same_bits(a.x0, b.x0)) << what << ": x0";
    EXPECT_TRUE(same_bits(a.out, b.out)) << what << ": out";
    EXPECT_TRUE(same_bits(a.noise, b.noise)) << what << ": noise";
    for (int k = 0; k < 4; ++k) EXPECT_TRUE(same_bits(a.history[k], b.history[k])) << what << ": history " << k;
}

lgv_update still() {
    lgv_update row = {};
    row.a = 1;
    row.limit = inf;
    row.save = -1;
    return row;
}

// A row with about a third of its coefficients 0, and each of thresholding, learned variance and a known picture in a third of the rows or more.
lgv_update random_row(std::mt19937& generator) {
    std::uniform_real_distribution<float> uniform(-2, 2);
    const auto coefficient = [&] { return generator() % 3 == 0 ? 0.0f : uniform(generator); };
    lgv_update row = still();
    row.draw = int32_t(generator() % 1000);
    row.save = int32_t(generator() % 5) - 1;
    for (float* c : {&row.p, &row.q, &row.a, &row.b, &row.e, &row.d, &row.c[0], &row.c[1], &row.c[2], &row.c[3], &row.sx, &row.s0, &row.so, &row.sh})
        *c = coefficient();
    row.limit = generator() % 2 ? inf : 1.0f;
    if (generator() % 3 == 0) row.quantile = std::uniform_real_distribution<float>(0.5f, 1)(generator), row.limit = generator() % 2 ? inf : 1.5f;
    row.variance = int32_t(generator() % 3);
    row.logvar_hi = uniform(generator) - 2;
    row.logvar_lo = row.logvar_hi - 3;
    row.known_draw = generator() % 2 ? row.draw : int32_t(generator() % 1000);
    if (generator() % 3 == 0) row.ka = coefficient(), row.kn = coefficient();
    return row;
}

// langevin.h, read aloud: one element after the other in float32, every sum from left to right, fused, from the first product.
struct LeftToRight {
    float sum = 0;
    bool empty = true;

    void add(float coefficient, float operand) {
        if (coefficient == 0) return;
        sum = empty ? coefficient * operand : std::fma(coefficient, operand, sum);
        empty = false;
    }
};

float clean(const lgv_update& row, const Slot& slot, size_t i) {
    LeftToRight v;
    v.add(row.p, slot.x[i]);
    v.add(row.q, slot.out[i]);
    return v.sum;
}

// L of a thresholded row, by sorting.
float threshold(const lgv_update& row, const Slot& slot) {
    std::vector<float> sorted;
    for (size_t i = 0; i < size_t(slot.elements); ++i) sorted.push_back(std::abs(clean(row, slot, i)));
    std::sort(sorted.begin(), sorted.end());
    const float position = row.quantile * float(slot.elements - 1);
    const auto below = size_t(position);
    const float quantile = below + 1 < sorted.size() ? std::fma(position - float(below), sorted[below + 1] - sorted[below], sorted[below]) : sorted[below];
    return std::min(std::max(quantile, 1.0f), row.limit);
}

void as_the_header_says(const lgv_update& row, Slot& slot) {
    std::vector<float> noise = slot.noise, known_noise = slot.known_noise;
    if (!slot.written_noise) {
        philox_normals(slot.seed, uint32_t(row.draw), Purpose::sample, 0, slot.elements, noise.data());
        philox_normals(slot.seed, uint32_t(row.known_draw), Purpose::sample, 0, slot.elements, known_noise.data());
    }
    // The bits of the exponential are the kernel's own; another test compares it with std::exp.
    if (row.variance == 1) step_kernels::deviate_in_range(noise.data(), noise.data(), slot.out2.data(), row.logvar_hi, row.logvar_lo, slot.elements);
    const bool thresholded = row.quantile > 0 && (row.p != 0 || row.q != 0);
    const float limit = thresholded ? threshold(row, slot) : row.limit;
    for (size_t i = 0; i < size_t(slot.elements); ++i) {
        LeftToRight next, known, saved;
        float x0 = clean(row, slot, i);
        if (x0 < -limit) x0 = -limit;
        if (x0 > limit) x0 = limit;
        if (thresholded) x0 /= limit;
        if (row.variance == 2) noise[i] *= std::sqrt(slot.out2[i]);
        next.add(row.a, slot.x[i]);
        next.add(row.b, x0);
        next.add(row.e, slot.out[i]);
        next.add(row.d, noise[i]);
        for (size_t k = 0; k < 4; ++k) next.add(row.c[k], slot.history[k][i]);
        if (row.ka != 0 || row.kn != 0) {
            known.add(row.ka, slot.known[i]);
            known.add(row.kn, known_noise[i]);
            const float mask = slot.mask[i % size_t(slot.pixels)];
            next.sum = std::fma(1 - mask, next.sum, mask * known.sum);
        }
        if (row.save >= 0) {
            saved.add(row.sx, slot.x[i]);
            saved.add(row.s0, x0);
            saved.add(row.so, slot.out[i]);
            saved.add(row.sh, slot.history[row.save][i]);
            slot.history[row.save][i] = saved.sum;
        }
        if (row.p != 0 || row.q != 0) slot.x0[i] = x0;
        slot.x[i] = next.sum;
    }
}

constexpr int64_t sizes[] = {1, 3, 7, 8, 9, 255, 784, 1023, 1024, 1025, 3072, 4095, 4096, 4097, 12288, 12291};

TEST(Update, has_the_bits_that_the_header_describes) {
    std::mt19937 generator(1);
    ThreadTeam team(2);
    for (int64_t n : sizes)
        for (int trial = 0; trial < 20; ++trial) {
            Slot expected(n, generator);
            Slot got = expected;
            const lgv_update row = random_row(generator);
            as_the_header_says(row, expected);
            const SlotUpdate update_row[] = {{row, got.planes()}};
            update(team, update_row);
            expect_same_bits(got, expected, text(n, " elements, trial ", trial));
        }
}

TEST(Update, is_near_the_reference) {
    std::mt19937 generator(2);
    ThreadTeam team(2);
    for (int64_t n : sizes)
        for (int trial = 0; trial < 5; ++trial) {
            Slot expected(n, generator);
            Slot got = expected;
            const lgv_update row = random_row(generator);
            const SlotUpdate reference_row[] = {{row, expected.planes()}}, got_row[] = {{row, got.planes()}};
            update_reference(reference_row);
            update(team, got_row);
            // Eight products of at most 2 * 5.5, and x0 at most 22: partial sums below 128, half an ulp of them (2^-18) eight times, and the
            // x0 that is fed in has erred by 2^-19 * 2 already. The quantile errs by 2^-19 as v does, which a division by L >= 1 does not enlarge, and
            // a deviation of at most 1 by 2 ulp.
            const float tolerance = 4e-5f;
            for (size_t i = 0; i < size_t(n + Slot::fence); ++i) {
                ASSERT_NEAR(got.x[i], expected.x[i], tolerance) << n;
                ASSERT_NEAR(got.x0[i], expected.x0[i], tolerance) << n;
                for (int k = 0; k < 4; ++k) ASSERT_NEAR(got.history[k][i], expected.history[k][i], tolerance) << n;
            }
        }
}

TEST(Update, moves_an_image_the_same_way_alone_in_any_batch_and_with_any_thread_count) {
    std::mt19937 generator(3);
    std::vector<Slot> before;
    std::vector<lgv_update> rows;
    for (int i = 0; i < 17; ++i) {
        before.emplace_back(sizes[generator() % std::size(sizes)], generator);  // neighbours of other shapes too
        rows.push_back(random_row(generator));
    }
    std::vector<Slot> alone = before;
    ThreadTeam one(1);
    for (size_t i = 0; i < alone.size(); ++i) {
        const SlotUpdate update_row[] = {{rows[i], alone[i].planes()}};
        update(one, update_row);
    }
    for (int threads = 1; threads <= 4; ++threads) {
        ThreadTeam team(threads);
        for (int batch : {2, 3, 8, 17}) {
            std::vector<Slot> together = before;
            for (size_t first = 0; first < together.size(); first += size_t(batch)) {
                std::vector<SlotUpdate> updates;
                for (size_t i = first; i < std::min(first + size_t(batch), together.size()); ++i) updates.push_back({rows[i], together[i].planes()});
                if (batch == 8) std::reverse(updates.begin(), updates.end());
                update(team, updates);
            }
            for (size_t i = 0; i < alone.size(); ++i)
                expect_same_bits(together[i], alone[i], text("image ", i, ", ", threads, " threads, batches of ", batch));
        }
    }
}

TEST(Update, reads_nothing_whose_coefficient_is_0) {
    std::mt19937 generator(4);
    ThreadTeam team(2);
    for (int trial = 0; trial < 300; ++trial) {
        const lgv_update row = random_row(generator);
        Slot clean(1500, generator);
        Slot poisoned = clean;
        const std::vector<float> nan(clean.x.size(), NAN);
        const auto keep = [&](bool is_read, std::vector<float>& plane) {
            if (!is_read) plane = nan;
        };
        keep(row.p != 0 || row.a != 0 || (row.save >= 0 && row.sx != 0), poisoned.x);
        keep(row.q != 0 || row.e != 0 || (row.save >= 0 && row.so != 0), poisoned.out);
        keep(row.d != 0, poisoned.noise);
        if (row.d == 0 || row.variance == 0) std::fill(poisoned.out2.begin(), poisoned.out2.end(), NAN);
        keep(row.ka != 0, poisoned.known);
        keep(row.kn != 0, poisoned.known_noise);
        if (row.ka == 0 && row.kn == 0) std::fill(poisoned.mask.begin(), poisoned.mask.end(), NAN);
        keep(false, poisoned.x0);
        for (int k = 0; k < 4; ++k) keep(row.c[k] != 0 || (row.save == k && row.sh != 0), poisoned.history[k]);

        const SlotUpdate clean_row[] = {{row, clean.planes()}}, poisoned_row[] = {{row, poisoned.planes()}};
        update(team, clean_row);
        update(team, poisoned_row);
        const auto same = [&](const std::vector<float>& a, const std::vector<float>& b) {
            return std::memcmp(a.data(), b.data(), size_t(clean.elements) * sizeof(float)) == 0;
        };
        EXPECT_TRUE(same(clean.x, poisoned.x)) << "trial " << trial;
        EXPECT_TRUE((row.p == 0 && row.q == 0) || same(clean.x0, poisoned.x0)) << "trial " << trial;
        EXPECT_TRUE(row.save < 0 || same(clean.history[row.save], poisoned.history[row.save])) << "trial " << trial;
    }
}

TEST(Update, needs_no_memory_for_planes_that_the_row_does_not_touch) {
    std::vector<float> x = {1, -2, 3};
    ThreadTeam team(1);
    lgv_update row = still();
    row.a = 0.5f;
    const SlotUpdate updates[] = {{row, {.x = x.data(), .elements = 3}}};
    update(team, updates);
    EXPECT_EQ(x, (std::vector<float>{0.5f, -1, 1.5f}));
    const SlotUpdate again[] = {{row, {.x = x.data(), .elements = 3}}};
    update_reference(again);
    EXPECT_EQ(x, (std::vector<float>{0.25f, -0.5f, 0.75f}));
}

TEST(Update, limits_the_clean_image_and_lets_nan_through) {
    for (const bool reference : {false, true}) {
        std::mt19937 generator(5);
        ThreadTeam team(1);
        Slot slot(20, generator);
        for (size_t i = 0; i < 20; ++i) slot.out[i] = float(i) - 10;
        slot.out[3] = NAN;
        slot.out[4] = inf;
        slot.out[5] = -inf;
        lgv_update row = still();
        row.a = 0;
        row.q = 1;
        row.b = 2;
        row.limit = 1.5f;
        const SlotUpdate updates[] = {{row, slot.planes()}};
        reference ? update_reference(updates) : update(team, updates);
        EXPECT_TRUE(std::isnan(slot.x0[3]) && std::isnan(slot.x[3]));
        EXPECT_EQ(slot.x0[4], 1.5f);
        EXPECT_EQ(slot.x0[5], -1.5f);
        EXPECT_EQ(slot.x0[0], -1.5f);
        EXPECT_EQ(slot.x0[9], -1.0f);
        EXPECT_EQ(slot.x0[11], 1.0f);
        EXPECT_EQ(slot.x0[12], 1.5f);
        EXPECT_EQ(slot.x[12], 3.0f);
        slot.out[19] = 1e30f;
        row.limit = inf;
        const SlotUpdate unlimited[] = {{row, slot.planes()}};
        reference ? update_reference(unlimited) : update(team, unlimited);
        EXPECT_EQ(slot.x0[19], 1e30f);
        EXPECT_EQ(slot.x0[4], inf);
    }
}

TEST(Update, keeps_the_estimate_of_the_row_before_where_a_row_makes_none) {
    std::mt19937 generator(6);
    ThreadTeam team(1);
    Slot slot(50, generator);
    const Slot before = slot;
    lgv_update row = still();
    row.a = 0.25f;
    row.d = 2;
    const SlotUpdate updates[] = {{row, slot.planes()}};
    update(team, updates);
    EXPECT_TRUE(same_bits(slot.x0, before.x0));
    EXPECT_FALSE(same_bits(slot.x, before.x));
}

TEST(Update, reads_the_old_history_in_the_row_that_replaces_it) {
    std::mt19937 generator(7);
    ThreadTeam team(1);
    Slot slot(1, generator);
    slot.x[0] = 8;
    slot.out[0] = 3;
    slot.history[2][0] = 100;
    lgv_update row = still();
    row.c[2] = 0.5f;
    row.save = 2;
    row.sx = 2;
    row.so = -1;
    row.sh = 0.25f;
    const SlotUpdate updates[] = {{row, slot.planes()}};
    update(team, updates);
    EXPECT_EQ(slot.x[0], 8 + 50);
    EXPECT_EQ(slot.history[2][0], 16 - 3 + 25) << "from the x before";
}

TEST(Update, saves_zeros_where_nothing_is_to_be_saved_and_moves_to_zeros_where_nothing_moves) {
    std::mt19937 generator(8);
    ThreadTeam team(1);
    Slot slot(30, generator);
    lgv_update row = still();
    row.a = 0;
    row.save = 1;
    const SlotUpdate updates[] = {{row, slot.planes()}};
    update(team, updates);
    for (size_t i = 0; i < 30; ++i) {
        EXPECT_EQ(slot.x[i], 0);
        EXPECT_EQ(slot.history[1][i], 0);
    }
}

TEST(Update, draws_the_noise_of_its_seed_and_draw_or_takes_what_was_written) {
    std::mt19937 generator(9);
    ThreadTeam team(2);
    Slot slot(5000, generator);
    lgv_update row = still();
    row.a = 0;
    row.d = 1;
    row.draw = 3;
    slot.written_noise = false;
    std::vector<float> expected(5000);
    philox_normals(slot.seed, 3, Purpose::sample, 0, 5000, expected.data());
    const SlotUpdate made[] = {{row, slot.planes()}};
    update(team, made);
    EXPECT_EQ(std::vector<float>(slot.x.begin(), slot.x.begin() + 5000), expected);
    slot.written_noise = true;
    const SlotUpdate written[] = {{row, slot.planes()}};
    update(team, written);
    EXPECT_TRUE(std::equal(slot.x.begin(), slot.x.begin() + 5000, slot.noise.begin()));
}

// Five numbers, so that the quantile falls between neighbours: |v| = 0 2 4 6 8; 0.8 of 4 is position 3.2, L = 6 + 0.2 * 2.
TEST(Update, thresholds_at_the_quantile_of_the_whole_image) {
    for (const bool reference : {false, true}) {
        const auto thresholded = [reference](std::vector<float> out, float quantile, float limit) {
            std::vector<float> x(out.size()), x0(out.size());
            lgv_update row = still();
            row.q = 1;
            row.quantile = quantile;
            row.limit = limit;
            ThreadTeam team(2);
            const SlotUpdate updates[] = {{row, {.x = x.data(), .x0 = x0.data(), .out = out.data(), .elements = int64_t(out.size())}}};
            reference ? update_reference(updates) : update(team, updates);
            return x0;
        };
        const auto expect_near = [](const std::vector<float>& got, const std::vector<float>& wanted) {
            ASSERT_EQ(got.size(), wanted.size());
            for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 2e-7f) << i;  // position, sum and quotient: an ulp each
        };
        expect_near(thresholded({-8, 2, 0, 6, -4}, 0.8f, inf), {-1, 2 / 6.4f, 0, 6 / 6.4f, -4 / 6.4f});
        expect_near(thresholded({-8, 2, 0, 6, -4}, 1, inf), {-1, 0.25f, 0, 0.75f, -0.5f});
        expect_near(thresholded({-8, 2, 0, 6, -4}, 0.8f, 4), {-1, 0.5f, 0, 1, -1});       // held by limit
        expect_near(thresholded({-8, 2, 0, 6, -4}, 0.8f, 1), {-1, 1, 0, 1, -1});          // diffusers' default: plain clipping
        expect_near(thresholded({0.5f, -0.25f}, 0.99f, inf), {0.5f, -0.25f});             // never below 1
        expect_near(thresholded({-3}, 0.5f, inf), {-1});
        for (const float value : thresholded({1, NAN, 2}, 0.5f, inf)) EXPECT_TRUE(std::isnan(value)) << "as PyTorch's quantile";
    }
}

TEST(Update, multiplies_noise_by_the_learned_deviation) {
    std::mt19937 generator(10);
    std::vector<float> out2(1003), ones(1003, 1), z(1003);
    for (float& value : out2) value = std::uniform_real_distribution<float>(-1.2f, 1.2f)(generator);
    for (const auto& [hi, lo] : std::vector<std::pair<float, float>>{{-3, -9}, {0, -46}, {4, 2}}) {
        step_kernels::deviate_in_range(z.data(), ones.data(), out2.data(), hi, lo, int64_t(z.size()));
        for (size_t i = 0; i < z.size(); ++i) {
            const double w = (double(out2[i]) + 1) / 2, wanted = std::exp((w * double(hi) + (1 - w) * double(lo)) / 2);
            // The logarithm, below 64 in size, is rounded twice (2^-18 in all), and half of it is an error relative to the exponential; that has an ulp.
            EXPECT_NEAR(z[i], wanted, wanted * 2.5e-6) << hi << " " << lo << " " << out2[i];
        }
    }
    const float variances[] = {0, 0.25f, 4, -1};
    step_kernels::deviate(z.data(), ones.data(), variances, 4);
    EXPECT_EQ(z[0], 0);
    EXPECT_EQ(z[1], 0.5f);
    EXPECT_EQ(z[2], 2);
    EXPECT_TRUE(std::isnan(z[3]));
}

TEST(Update, keeps_the_known_picture_where_the_mask_is_1_in_every_channel) {
    std::mt19937 generator(11);
    ThreadTeam team(2);
    Slot slot(3 * 1500, generator);
    for (size_t i = 0; i < 1500; ++i) slot.mask[i] = float(i % 2);
    slot.written_noise = true;
    lgv_update row = still();
    row.a = 0.5f;
    row.ka = 2;
    row.kn = 0.25f;
    const Slot before = slot;
    const SlotUpdate updates[] = {{row, slot.planes()}};
    update(team, updates);
    for (size_t i = 0; i < 4500; ++i) {
        const float known = std::fma(0.25f, before.known_noise[i], 2 * before.known[i]);
        EXPECT_EQ(slot.x[i], i % 1500 % 2 == 1 ? known : 0.5f * before.x[i]) << i;
    }
}

}  // namespace
}  // namespace lgv
