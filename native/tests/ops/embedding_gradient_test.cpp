#include "ops/embedding/embedding_gradient.h"

#include "ops/embedding/embedding_gradient.cpu.h"
#include "tests/ops/gradient_bench.h"

namespace lgv::testing {
namespace {

struct Layer {
    Bench bench;
    LabelEmbedding op;

    Layer(int32_t rows, int32_t channels)
        : op{.label = bench.value({1, 1, 1, 1}), .table = bench.parameter({rows, channels}), .rows = rows, .channels = channels} {}

    auto trial() const {
        return GradientBench(bench, op, [op = op](Value dy, const Wanted&) { return std::tuple(LabelEmbeddingGradient{op, dy}); }, op.label, op.rows);
    }
};

// The trial's labels are (7 i + 3) % rows: of 5 images and 3 rows, each but one is met twice.
TEST(LabelEmbeddingGradient, is_the_slope) {
    Layer(3, 4).trial().expect_finite_differences(5);
    Layer(11, 5).trial().expect_finite_differences(2);
}

TEST(LabelEmbeddingGradient, is_its_reference) {
    for (Isa isa : all_isas()) {
        // A handful of sums, rounded one by one in both.
        Layer(1, 1).trial().expect_cpu(isa, 1e-6, {1, 4});
        Layer(3, 37).trial().expect_cpu(isa, 1e-6, {1, 3, 8});
        Layer(100, 64).trial().expect_cpu(isa, 1e-6, {16});
    }
}

TEST(LabelEmbeddingGradient, sums_the_images_of_one_label_and_leaves_the_other_rows) {
    Layer layer(4, 3);
    const auto found = layer.trial().cpu_of(5, 2, false, Isa::avx2, 2);  // labels 3, 2, 1, 0, 3
    const std::vector<float> dy = normals(777, 5 * 3);
    const std::vector<float>& dtable = found.parameters.at(layer.op.table.id);
    for (size_t c = 0; c < 3; ++c) {
        EXPECT_EQ(dtable[9 + c], dy[c] + dy[12 + c]);
        EXPECT_EQ(dtable[c], dy[9 + c]);
    }
}

TEST(LabelEmbeddingGradient, costs_the_rows_that_are_looked_up) {
    const Cost c = cost(LabelEmbeddingGradient{{.label = {0}, .rows = 10, .channels = 6}, {1}}, Shapes{{{3, 1, 1, 1}, {3, 1, 1, 6}}});
    EXPECT_EQ(c.flops, 18);
    EXPECT_EQ(c.bytes, 4 * (3 + 3 * 18));
}

}  // namespace
}  // namespace lgv::testing
