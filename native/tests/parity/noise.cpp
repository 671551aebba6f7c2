// call0, call1, ...: successive randn of one generator of PyTorch's. Ours are computed in double and rounded; PyTorch's float32 polynomials
// differ from processor to processor and are up to 4 units in the last place away from that. A wrong uniform, or a wrong place in the
// stream, is off by millions.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/mt19937.h"
#include "parity/kinds.h"

namespace lgv::parity {

namespace {

constexpr int64_t kTolerance = 4;

// Place of a float among all floats: neighbours differ by 1, both zeros are 0. What is not finite is far from everything.
int64_t rank(float value) {
    const int32_t bits = std::bit_cast<int32_t>(value);
    return bits < 0 ? -int64_t(bits & 0x7fffffff) : int64_t(bits);
}

}  // namespace

std::vector<Verdict> check_noise(const Golden& golden) {
    const Tensors tensors(golden);
    const uint64_t seed = golden.fields().natural("seed");
    const auto& shapes = golden.fields().at("shapes").array("case.json: shapes");
    expect(!shapes.empty(), Code::model, "case.json: shapes is empty, there is nothing to compare");

    TorchGenerator generator(seed);
    int64_t worst = 0, numbers = 0;
    std::string where = "nothing";
    for (size_t call = 0; call < shapes.size(); ++call) {
        const std::string name = "call" + std::to_string(call);
        std::vector<int64_t> shape;
        for (const Json& size : shapes[call].array("case.json: shapes")) shape.push_back(size.integer("case.json: shapes"));
        expect(shape == tensors.shape(name), Code::model, "tensor ", name, " has shape ", to_text(tensors.shape(name)), ", case.json says ",
               to_text(shape));
        const std::vector<float> wanted = tensors.floats(name);
        std::vector<float> ours(wanted.size());
        generator.normals(ours.data(), int64_t(ours.size()));
        for (size_t i = 0; i < ours.size(); ++i) {
            const int64_t distance = std::abs(rank(ours[i]) - rank(wanted[i]));
            if (distance > worst) {
                worst = distance;
                where = name + "[" + std::to_string(i) + "]";
            }
        }
        numbers += int64_t(ours.size());
    }
    const std::string remark = std::to_string(numbers) + " normals of " + std::to_string(shapes.size()) +
                               " calls, as floats between ours and PyTorch's (whose own depend on the processor); furthest: " + where;
    return {Verdict{"normals", std::to_string(worst) + "ulp", std::to_string(kTolerance) + "ulp", worst <= kTolerance ? Outcome::pass : Outcome::fail,
                    remark}};
}

}  // namespace lgv::parity
