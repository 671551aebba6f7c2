// One rule for each forward op, in the op's letters. dy is the derivative of the loss with respect to its output. Whatever reads dy stands before the
// pass() that may hand it on.
#include "graph/autograd.h"

namespace lgv {

namespace {

void rule(const Conv2d& op, const std::string& name, Value dy, Backward& backward) {
    backward.append(name, Conv2dWeightGradient{.of = op, .dy = dy, .dtime = backward.into(op.time)});
    const Conv2dDataGradient data{.of = op, .dy = dy, .dx = backward.into(op.x), .dx2 = backward.into(op.x2)};
    if (data.dx || data.dx2) backward.append(name, data);
    backward.pass(name, dy, op.scale, op.residual);
}

void rule(const GroupNorm& op, const std::string& name, Value dy, Backward& backward) {
    backward.append(name, GroupNormGradient{.of = op, .dy = dy, .dx = backward.into(op.x), .dx2 = backward.into(op.x2), .dscale_shift = backward.into(op.scale_shift)});
}

// An activation is differentiated at the sum before it, which is made again: such layers are small.
void rule(const Linear& op, const std::string& name, Value dy, Backward& backward) {
    Linear plain = op;
    Value dz = dy;
    if (op.act != Activation::none) {
        plain.act = Activation::none;
        plain.scale = 1;
        const Value z = backward.again(name, plain);
        dz = backward.fresh(z);
        backward.append(name, ActivationGradient{.z = z, .dy = dy, .act = op.act, .scale = op.scale, .dz = {dz}});
    }
    backward.append(name, LinearWeightGradient{.of = plain, .dy = dz});
    if (const Gradient dx = backward.into(op.x)) backward.append(name, LinearDataGradient{.of = plain, .dy = dz, .dx = dx});
    backward.pass(name, dz, plain.scale, op.residual);
}

void rule(const Attention& op, const std::string& name, Value dy, Backward& backward) {
    backward.append(name, AttentionGradient{.of = op, .dy = dy, .dq = backward.into(op.q), .dk = backward.into(op.k), .dv = backward.into(op.v)});
}

void rule(const Resample& op, const std::string& name, Value dy, Backward& backward) {
    if (const Gradient dx = backward.into(op.x)) backward.append(name, ResampleGradient{.of = op, .dy = dy, .dx = dx});
}

void rule(const Affine& op, const std::string& name, Value dy, Backward& backward) {
    const AffineGradient made{.of = op, .dy = dy, .dx = backward.into(op.x), .dx2 = backward.into(op.x2)};
    if (made.dx || made.dx2) backward.append(name, made);
}

void rule(const MeanPixels& op, const std::string& name, Value dy, Backward& backward) {
    if (const Gradient dx = backward.into(op.x)) backward.append(name, MeanPixelsGradient{.of = op, .dy = dy, .dx = dx});
}

void rule(const TimestepEmbedding&, const std::string&, Value, Backward&) {}  // nothing before it is trained
void rule(const FourierEmbedding&, const std::string&, Value, Backward&) {}   // nor are its frequencies

void rule(const LabelEmbedding& op, const std::string& name, Value dy, Backward& backward) {
    backward.append(name, LabelEmbeddingGradient{.of = op, .dy = dy});
}

void rule(const Dropout& op, const std::string& name, Value dy, Backward& backward) {
    if (const Gradient dx = backward.into(op.x)) backward.append(name, DropoutGradient{.of = op, .dy = dy, .dx = dx});
}

}  // namespace

void differentiate(const ForwardOp& op, const std::string& name, Value dy, Backward& backward) {
    std::visit([&](const auto& o) { rule(o, name, dy, backward); }, op);
}

}  // namespace lgv
