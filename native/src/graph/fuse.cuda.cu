#include "graph/fuse.cuda.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/error.h"

namespace lgv {

namespace {

// Whether the op reads `value`, an input of the network, in float32 whatever the program's type is.
template <class O>
bool reads_float32(const O& op, Value value) {
    if constexpr (std::is_same_v<O, TimestepEmbedding> || std::is_same_v<O, FourierEmbedding> || std::is_same_v<O, LabelEmbedding>) return true;
    if constexpr (std::is_same_v<O, Affine>) return value == op.divisor || value == op.x;
    if constexpr (std::is_same_v<O, Conv2d>) return value == op.x && !op.x2;
    return false;
}

bool all_read_float32(const OpList& list, Value value) {
    for (const Node& node : list.nodes) {
        for (const Value read : inputs_of(node.op)) {
            if (read == value && !visit_op([&](const auto& op) { return reads_float32(op, value); }, node.op)) return false;
        }
    }
    return true;
}

// The node's op, if it is an O.
template <class O, class AnyNode>
auto as(AnyNode& node) {
    auto* forward = std::get_if<ForwardOp>(&node.op);
    return forward == nullptr ? nullptr : std::get_if<O>(forward);
}

// Whether the op that makes `value` can do so in float32 whatever the program's type is. A linear layer, a classifier's last, writes what it reads.
bool writes_float32(const OpList& list, Value value) {
    return std::none_of(list.nodes.begin(), list.nodes.end(), [&](const Node& node) { return node.out == value && as<Linear>(node) != nullptr; });
}

bool is_label(const OpList& list, Value value) {
    return std::any_of(list.nodes.begin(), list.nodes.end(), [&](const Node& node) {
        const auto* embedding = as<LabelEmbedding>(node);
        return embedding != nullptr && embedding->inputs()[0] == value;
    });
}

// The pass, node after node, so that of a convolution that writes a source it is known how it reads its own.
class Fuser {
    // Of a tensor: where they are or would be, and how they part it.
    struct Moments {
        Value value;
        PixelTiles tiles;
        Shape shape;
        size_t by = 0;          // the node that makes them
        bool are_given = false;  // by the convolution that writes the tensor, if it is asked, or by a group norm so far
    };

    std::vector<Node>& nodes() { return plan_.list.nodes; }
    const Shapes& shapes() const { return plan_.list.shapes; }

    template <class O>
    auto planned_at(size_t i, const O& op) {
        try {
            return plan(op, nodes()[i].out, shapes(), plan_.types, target_);
        } catch (const Error& error) {
            throw Error(error.code(), nodes()[i].name + ": " + error.what());
        }
    }

public:
    Fuser(CudaList& plan, const CudaTarget& target) : plan_(plan), target_(target), moments_(plan.list.shapes.all.size()), readers_(moments_.size()) {
        for (size_t i = 0; i < nodes().size(); ++i) {
            for (const Value value : inputs_of(nodes()[i].op)) readers_[size_t(value.id)].push_back(i);
        }
    }

    void run() {
        for (size_t i = 0; i < nodes().size(); ++i) {
            if (const auto* conv = as<Conv2d>(nodes()[i])) {
                const CudaConv2d planned = planned_at(i, *conv);
                if (gives_statistics(planned)) moments_[size_t(nodes()[i].out.id)] = {{}, statistics_parts(planned), statistics_shape(planned), i, true};
            }
            if (const auto* norm = as<GroupNorm>(nodes()[i])) fuse_norm(*norm, i);
        }
    }

private:
    void fuse_norm(const GroupNorm& op, size_t i) {
        const CudaGroupNorm alone = planned_at(i, op);
        const std::vector<size_t>& readers = readers_[size_t(nodes()[i].out.id)];
        const bool is_read_through = can_be_read_through(op, nodes()[i].out, readers);
        int made = 0;
        for (const Value source : {op.x, op.x2}) made += source && !moments_[size_t(source.id)].are_given;
        const int launches = made + 1 + (is_read_through ? 0 : 1), launches_alone = alone.slab_channels != 0 ? 1 : op.x2 ? 4 : 3;
        if (launches > launches_alone) return;

        CudaFused& fused = plan_.fused[i];
        fused.in_pieces = true;
        fused.applies = !is_read_through;
        fused.tiles[0] = alone.tiles, fused.tiles[1] = alone.tiles2;
        share_moments(op.x, i, fused.moments[0], fused.tiles[0]);
        if (op.x2) share_moments(op.x2, i, fused.moments[1], fused.tiles[1]);
        fused.factors = float_value({alone.rows, 1, alone.c1 + alone.c2, 2});
        if (!is_read_through) return;
        for (const size_t reader : readers) {
            auto& conv = *as<Conv2d>(nodes()[reader]);
            conv = reading_sources(conv, op);
            plan_.fused[reader].norm = {.factors = fused.factors, .silu = op.act == Activation::silu};
        }
    }

    static Conv2d reading_sources(Conv2d conv, const GroupNorm& norm) {
        conv.x = norm.x, conv.x2 = norm.x2;
        return conv;
    }

    // Whether all who read the norm's output are convolutions that norm what they read.
    bool can_be_read_through(const GroupNorm& op, Value out, const std::vector<size_t>& readers) {
        const std::vector<Value>& kept = plan_.list.kept;
        if ((op.act != Activation::none && op.act != Activation::silu) || out == plan_.list.output || std::find(kept.begin(), kept.end(), out) != kept.end()) return false;
        return std::all_of(readers.begin(), readers.end(), [&](size_t reader) {
            const auto* conv = as<Conv2d>(nodes()[reader]);
            return conv != nullptr && conv->x == out && !conv->x2 && conv->time != out && conv->residual != out && suits_norm(planned_at(reader, reading_sources(*conv, op)));
        });
    }

    // The moments of a source for group norm `i`; `tiles` are its own, and on return those of whoever gives them.
    void share_moments(Value source, size_t i, SharedMoments& out, PixelTiles& tiles) {
        Moments& moments = moments_[size_t(source.id)];
        out.is_given = moments.are_given;
        if (!moments.are_given) moments = {{}, tiles, {shapes()[source].n, tiles.count(), shapes()[source].c, 2}, i, true};
        tiles = moments.tiles;
        if (!moments.value) {
            moments.value = float_value(moments.shape);
            if (out.is_given) plan_.fused[moments.by].statistics = moments.value;
        }
        out.value = moments.value;
    }

    Value float_value(const Shape& shape) {
        plan_.types.all.push_back(CudaType::f32);
        return plan_.list.value(shape);
    }

    CudaList& plan_;
    const CudaTarget& target_;
    std::vector<Moments> moments_;             // of each value of the list
    std::vector<std::vector<size_t>> readers_;  // of each value of the list
};

}  // namespace

CudaTypes types_of(const OpList& list, CudaType type) {
    CudaTypes types{std::vector<CudaType>(list.shapes.all.size(), type)};
    for (const Value value : list.inputs) {
        if (is_label(list, value)) {
            types.all[size_t(value.id)] = CudaType::i32;
        } else if (all_read_float32(list, value)) {
            types.all[size_t(value.id)] = CudaType::f32;
        }
    }
    if (writes_float32(list, list.output)) types.all[size_t(list.output.id)] = CudaType::f32;
    return types;
}

CudaList unfused(OpList list, CudaType type) {
    CudaTypes types = types_of(list, type);
    const size_t nodes = list.nodes.size();
    return {std::move(list), std::move(types), std::vector<CudaFused>(nodes)};
}

CudaList fuse(OpList list, CudaType type, const CudaTarget& target) {
    CudaList plan = unfused(std::move(list), type);
    if (type == CudaType::bf16) Fuser(plan, target).run();
    return plan;
}

}  // namespace lgv
