// Derivatives on trial: an op and the ops of the backward pass that differentiate it, on the numbers of a Bench (gemm_harness.h).
//
//     Bench bench;
//     const GroupNorm op{.x = bench.value({1, 5, 3, 8}), ...};
//     const GradientBench trial(bench, op, [&](Value dy, const Wanted& d) { return std::tuple(GroupNormGradient{op, dy, d(op.x), d(op.x2), d(op.scale_shift)}); });
//     trial.expect_finite_differences(2);     the reference, in double, against (L(x + h) - L(x - h)) / 2h, L = sum of dy * y
//     trial.expect_cpu(isa, 1e-5);            the CPU form against the reference: written and added to, dead rows, poisoned memory, several threads
//
// A label (int32 in float's room) is written by the trial where `labels` names the value: image i has label (7 i + 3) % rows.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "tests/ops/gemm_harness.h"

namespace lgv::testing {

// Where the derivative with respect to a value goes.
using Wanted = std::function<Gradient(Value)>;

template <class Op, class Make>
class GradientBench {
public:
    GradientBench(const Bench& bench, const Op& op, Make make, Value labels = {}, int label_rows = 1)
        : bench_(bench), op_(op), make_(std::move(make)), labels_(labels), label_rows_(label_rows) {}

    // `h`: the step. The difference is good to h^2 times a third derivative and to 2^-53 L / h; a wrong rule is off by percents.
    void expect_finite_differences(int rows, double tolerance = 1e-5, double h = 0x1p-10) {
        const auto derivatives = reference_of<double>(rows, false);
        for (const Value value : wanted_) {
            std::vector<double>& x = values_[size_t(value.id)];
            const auto loss_at = [&](size_t i, double step) {
                const double before = x[i];
                x[i] = before + step;
                const double loss = this->loss(rows);
                x[i] = before;
                return std::pair(loss, before + step);
            };
            compare(derivatives.values.at(value.id), loss_at, tolerance, h, text("value ", value.id));
        }
        for (const auto& [id, derivative] : derivatives.parameters) {
            std::vector<float>& w = bench_.numbers(Parameter{id});
            const auto loss_at = [&](size_t i, double step) {
                const float before = w[i];
                w[i] = float(double(before) + step);
                const std::pair result(this->loss(rows), double(w[i]));
                w[i] = before;
                return result;
            };
            compare(derivative, loss_at, tolerance, h, text("parameter ", id));
        }
    }

    // `tolerance`: of the largest derivative of each tensor.
    void expect_cpu(Isa isa, double tolerance, std::vector<int> row_counts = {1, 3}, int dead_rows = 1) {
        for (const int rows : row_counts) {
            for (const bool add : {false, true}) {
                SCOPED_TRACE(::testing::Message() << name_of(isa) << ", " << rows << " rows, " << (add ? "added" : "written"));
                const auto wanted = reference_of<float>(rows, add);
                const auto got = cpu_of(rows, dead_rows, add, isa, 1);
                for (const auto& [id, derivative] : wanted.values) expect_close(got.values.at(id), derivative, tolerance, text("value ", id));
                for (const auto& [id, derivative] : wanted.parameters) expect_close(got.parameters.at(id), derivative, tolerance, text("parameter ", id));
                for (const int threads : {1, 2, 3}) {
                    SCOPED_TRACE(::testing::Message() << threads << " threads");
                    const auto again = cpu_of(rows, dead_rows, add, isa, threads);
                    for (const auto& [id, derivative] : got.values) expect_same_bits(again.values.at(id).data(), derivative.data(), int64_t(derivative.size()));
                    for (const auto& [id, derivative] : got.parameters) expect_same_bits(again.parameters.at(id).data(), derivative.data(), int64_t(derivative.size()));
                }
                if (::testing::Test::HasFatalFailure()) return;
            }
        }
    }

    template <class Real>
    struct Derivatives {
        std::map<int32_t, std::vector<Real>> values;      // of each wanted value, all rows
        std::map<int32_t, std::vector<Real>> parameters;  // of each parameter of the backward ops
    };

    template <class Real>
    Derivatives<Real> reference_of(int rows, bool add) {
        const Shapes shapes = prepare(rows);
        std::vector<std::vector<Real>> memory(shapes.all.size());
        for (size_t i = 0; i < memory.size(); ++i) memory[i].assign(size_t(shapes.all[i].elements()) + 1, Real(std::nan("")));
        for (size_t i = 0; i < values_.size(); ++i) std::copy(values_[i].begin(), values_[i].end(), memory[i].begin());
        write_labels(rows, reinterpret_cast<int32_t*>(labels_ ? memory[size_t(labels_.id)].data() : nullptr));
        const auto backward = make_(dy(), wanted(add));
        const std::vector<double> upstream = dy_numbers(shapes[dy()]);
        std::copy(upstream.begin(), upstream.end(), memory[size_t(dy().id)].begin());
        if (add) {
            for (const Value value : wanted_) fill_start(memory[size_t(of(value).id)], shapes[value].elements(), value.id);
        }
        Derivatives<Real> result;
        std::vector<Real*> values, gradients(size_t(bench_.parameters()), nullptr);
        for (auto& m : memory) values.push_back(m.data());
        const auto parameters = parameters_of(backward);
        for (const int32_t id : parameters) {
            auto& g = result.parameters[id];
            g.assign(bench_.numbers(Parameter{id}).size(), 0);
            fill_start(g, add ? int64_t(g.size()) : 0, 100 + id);
            gradients[size_t(id)] = g.data();
        }
        const Weights weights = bench_.weights();
        const ReferenceLaunchOf<Real> launch{values, shapes, weights, {}, gradients};
        std::apply([&](const auto&... ops) { (reference(ops, launch), ...); }, backward);
        for (const Value value : wanted_) {
            auto& m = memory[size_t(of(value).id)];
            m.resize(size_t(shapes[value].elements()));
            result.values[value.id] = m;
        }
        return result;
    }

    Derivatives<float> cpu_of(int rows, int dead_rows, bool add, Isa isa, int threads) {
        prepare(rows);
        const Shapes shapes = all_shapes(rows + dead_rows);
        const auto backward = make_(dy(), wanted(add));
        Weights weights = bench_.weights();
        const auto lowered = std::apply([&](const auto&... ops) { return std::tuple(lower(ops, shapes, weights, isa)...); }, backward);

        std::vector<int64_t> offsets, gradient_offsets(size_t(bench_.parameters()));
        int64_t bytes = 0, gradient_floats = 0;
        const auto place = [&](int64_t size) {
            const int64_t at = bytes;
            bytes += (size + 63) / 64 * 64 + 64;
            return at;
        };
        for (const Shape& shape : shapes.all) offsets.push_back(place(shape.elements() * 4));
        for (int64_t id = 0; id < bench_.parameters(); ++id) {
            gradient_offsets[size_t(id)] = gradient_floats + 1;  // with a poisoned number before and behind, on no line of its own
            gradient_floats += int64_t(bench_.numbers(Parameter{int32_t(id)}).size()) + 2;
        }
        CpuNeeds most;
        const auto ask = [&](const auto& launch) {
            most.workspace_bytes = std::max(most.workspace_bytes, needs(launch).workspace_bytes);
            most.scratch_bytes = std::max(most.scratch_bytes, needs(launch).scratch_bytes);
            EXPECT_FALSE(algorithm(launch).empty());
        };
        std::apply([&](const auto&... launches) { (ask(launches), ...); }, lowered);
        const int64_t stride = (most.scratch_bytes + 63) / 64 * 64 + 64;
        const int64_t gradients_at = place(gradient_floats * 4), workspace = place(most.workspace_bytes), scratch = place(stride * threads);
        const Memory memory(bytes);
        uint32_t* words = reinterpret_cast<uint32_t*>(memory.data());
        std::fill(words, words + bytes / 4, poison);
        const auto at = [&](Value v) { return reinterpret_cast<float*>(memory.data() + offsets[size_t(v.id)]); };
        for (size_t i = 0; i < values_.size(); ++i) std::copy(values_[i].begin(), values_[i].end(), at(Value{int32_t(i)}));
        if (labels_) write_labels(rows, reinterpret_cast<int32_t*>(at(labels_)));
        Shape live = shapes[dy()];
        live.n = rows;
        const std::vector<double> upstream = dy_numbers(live);
        std::copy(upstream.begin(), upstream.end(), at(dy()));
        const auto elements = [&](Value value) { return shapes[value].per_image() * rows; };
        if (add) {
            for (const Value value : wanted_) fill_start_at(at(of(value)), elements(value), value.id);
        }
        float* gradients = reinterpret_cast<float*>(memory.data() + gradients_at);
        const auto parameters = parameters_of(backward);
        for (const int32_t id : parameters) {
            const auto count = int64_t(bench_.numbers(Parameter{id}).size());
            std::fill_n(gradients + gradient_offsets[size_t(id)], count, 0.0f);
            if (add) fill_start_at(gradients + gradient_offsets[size_t(id)], count, 100 + id);
        }
        std::vector<uint32_t> before(words, words + workspace / 4);

        ThreadTeam team(threads);
        const CpuLaunch launch{team, rows, memory.data(), offsets, memory.data() + workspace, memory.data() + scratch, stride, gradients, gradient_offsets};
        std::apply([&](const auto&... ops) { (run(ops, launch), ...); }, lowered);

        Derivatives<float> result;
        const auto take = [&](std::vector<float>& out, const float* from, int64_t count) {
            out.assign(from, from + count);
            std::memcpy(before.data() + (reinterpret_cast<const uint32_t*>(from) - words), from, size_t(count) * 4);
        };
        for (const Value value : wanted_) take(result.values[value.id], at(of(value)), elements(value));
        for (const int32_t id : parameters) {
            take(result.parameters[id], gradients + gradient_offsets[size_t(id)], int64_t(bench_.numbers(Parameter{id}).size()));
        }
        EXPECT_EQ(std::memcmp(before.data(), words, before.size() * 4), 0) << "inputs, dead rows or the room between values were written to";
        for (int64_t word = (workspace + most.workspace_bytes + 3) / 4; word < scratch / 4; ++word) EXPECT_EQ(words[word], poison) << "behind the workspace";
        for (int thread = 0; thread < threads; ++thread) {
            for (int64_t word = (most.scratch_bytes + 3) / 4; word < stride / 4; ++word) {
                EXPECT_EQ(words[(scratch + thread * stride) / 4 + word], poison) << "behind the scratch of thread " << thread;
            }
        }
        return result;
    }

private:
    static constexpr uint32_t poison = 0x7fc0dead;  // a NaN
    static constexpr int most_compared = 48;        // elements of a tensor

    // Values of the bench, then y, dy, and the derivative of each value.
    Value y() const { return {int32_t(bench_.values())}; }
    Value dy() const { return {int32_t(bench_.values()) + 1}; }
    Value of(Value value) const { return {int32_t(bench_.values()) + 2 + value.id}; }

    Shapes all_shapes(int64_t rows) const {
        Shapes shapes = bench_.shapes(rows);
        const Shapes values = shapes;
        const Shape out = output_shape(op_, shapes);
        shapes.all.push_back(out);
        shapes.all.push_back(out);
        shapes.all.insert(shapes.all.end(), values.all.begin(), values.all.end());
        return shapes;
    }

    Shapes prepare(int rows) {
        values_.clear();
        for (int32_t id = 0; id < bench_.values(); ++id) {
            std::vector<double>& x = values_.emplace_back();
            for (int row = 0; row < rows; ++row) {
                const std::vector<float> one = bench_.numbers(Value{id}, row + 1);
                x.insert(x.end(), one.begin(), one.end());
            }
        }
        return all_shapes(rows);
    }

    Wanted wanted(bool add) {
        wanted_.clear();
        return [this, add](Value value) {
            if (!value) return Gradient{};
            wanted_.push_back(value);
            return Gradient{of(value), add};
        };
    }

    void write_labels(int rows, int32_t* labels) const {
        for (int row = 0; labels_ && row < rows; ++row) labels[row] = (7 * row + 3) % label_rows_;
    }

    static std::vector<double> dy_numbers(const Shape& shape) {
        const std::vector<float> numbers = normals(777, shape.elements());
        return {numbers.begin(), numbers.end()};
    }

    template <class Real>
    static void fill_start_at(Real* to, int64_t count, int32_t seed) {
        const std::vector<float> numbers = normals(uint64_t(5000 + seed), count);
        std::copy(numbers.begin(), numbers.end(), to);
    }
    template <class Real>
    static void fill_start(std::vector<Real>& to, int64_t count, int32_t seed) {
        fill_start_at(to.data(), count, seed);
    }

    template <class Backward>
    static std::set<int32_t> parameters_of(const Backward& backward) {
        std::set<int32_t> ids;
        const auto collect = [&](const auto& op) {
            for (const Parameter p : op.parameters()) {
                if (p) ids.insert(p.id);
            }
        };
        std::apply([&](const auto&... ops) { (collect(ops), ...); }, backward);
        return ids;
    }

    double loss(int rows) {
        const Shapes shapes = all_shapes(rows);
        std::vector<std::vector<double>> memory(size_t(y().id) + 1);
        for (size_t i = 0; i < values_.size(); ++i) memory[i] = values_[i];
        memory.back().assign(size_t(shapes[y()].elements()), std::nan(""));
        if (labels_) write_labels(rows, reinterpret_cast<int32_t*>(memory[size_t(labels_.id)].data()));
        std::vector<double*> values;
        for (auto& m : memory) values.push_back(m.data());
        const Weights weights = bench_.weights();
        reference(op_, ReferenceLaunchOf<double>{values, shapes, weights, y()});
        const std::vector<double> upstream = dy_numbers(shapes[y()]);
        double sum = 0;
        for (size_t i = 0; i < upstream.size(); ++i) sum += upstream[i] * memory.back()[i];
        return sum;
    }

    template <class Real, class LossAt>
    void compare(const std::vector<Real>& derivative, const LossAt& loss_at, double tolerance, double h, const std::string& what) {
        double most = 0;
        for (const Real d : derivative) most = std::max(most, double(std::abs(d)));
        const size_t stride = derivative.size() / most_compared + 1;
        for (size_t i = 0; i < derivative.size(); i += stride) {
            const auto [above, x_above] = loss_at(i, h);
            const auto [below, x_below] = loss_at(i, -h);
            ASSERT_NEAR(double(derivative[i]), (above - below) / (x_above - x_below), tolerance * most) << what << ", element " << i << ", largest " << most;
        }
    }

    static void expect_close(const std::vector<float>& got, const std::vector<float>& wanted, double tolerance, const std::string& what) {
        ASSERT_EQ(got.size(), wanted.size()) << what;
        const double allowed = tolerance * double(std::max(1.0f, largest(wanted)));
        for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], wanted[i], allowed) << what << ", element " << i;
    }

    Bench bench_;
    Op op_;
    Make make_;
    Value labels_;
    int label_rows_;
    std::vector<std::vector<double>> values_;
    std::vector<Value> wanted_;
};

}  // namespace lgv::testing
