#include "session/profile.h"

#include "io/json.h"

namespace lgv {

void Profile::turn(bool on) {
    on_ = on;
    if (on) rows_.clear();
}

void Profile::add(const OpList& list, const std::function<std::string(size_t)>& algorithm, std::span<const int64_t> nanoseconds) {
    const std::vector<Node>& nodes = list.nodes;
    rows_.resize(nodes.size());
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (rows_[i].launches == 0) rows_[i] = {nodes[i].name, kind_of(nodes[i].op), algorithm(i)};
        ++rows_[i].launches;
        rows_[i].nanoseconds += nanoseconds[i];
        rows_[i].flops += cost(nodes[i].op, list.shapes).flops;
    }
}

std::string Profile::text() const {
    JsonWriter json;
    json.open('[');
    for (const Row& row : rows_) {
        json.open('{').key("name").value(row.name).key("op").value(row.op).key("algorithm").value(row.algorithm);
        json.key("launches").value(row.launches).key("milliseconds").value(double(row.nanoseconds) * 1e-6).key("flops").value(row.flops).close('}');
    }
    return json.close(']').text();
}

}  // namespace lgv
