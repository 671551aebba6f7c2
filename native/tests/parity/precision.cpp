#include "parity/precision.h"

#include <algorithm>
#include <cmath>

#include "io/json.h"

namespace lgv::parity {

bool is_bf16(lgv_device* device) {
    const Json description = Json::parse(text_of(lgv_device_describe, device), "device");
    return Fields(description, "device").string("type") == "bfloat16";
}

float largest(const std::vector<float>& values) {
    float most = 0;
    for (const float value : values) most = std::max(most, std::abs(value));
    return most;
}

double difference(const std::vector<float>& ours, const std::vector<float>& wanted) {
    double most = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
        const double off = std::abs(double(ours.at(i)) - double(wanted[i]));
        if (std::isnan(off)) return off;
        most = std::max(most, off);
    }
    return most;
}

double relative_error(const std::vector<float>& ours, const std::vector<float>& wanted) {
    const double off = difference(ours, wanted);
    return off == 0 ? 0 : off / double(largest(wanted));
}

}  // namespace lgv::parity
