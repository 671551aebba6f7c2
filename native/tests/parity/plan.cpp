#include "parity/plan.h"

#include <string>

#include "base/error.h"
#include "io/json.h"
#include "io/mapped_file.h"

namespace lgv::parity {

namespace {

// One struct of the plan: fields that are not there are 0, and a field that nobody asked for is an error.
class Row {
public:
    Row(const Json& json, const std::string& what) : fields_(json, what), left_(json.object(what).size()) {}

    float number(const char* key) { return there(key) ? float(fields_.number(key)) : 0; }
    int32_t integer(const char* key) { return there(key) ? int32_t(fields_.integer(key)) : 0; }
    uint64_t natural(const char* key) { return there(key) ? fields_.natural(key) : 0; }

    void end() const { expect(left_ == 0, Code::model, fields_.file(), ": ", left_, " fields have names that are not known"); }

private:
    bool there(const char* key) {
        const bool found = fields_.has(key);
        left_ -= found ? 1 : 0;
        return found;
    }

    Fields fields_;
    size_t left_;
};

PlannedCondition condition_of(Row& row) {
    PlannedCondition planned{.index = row.integer("index"), .condition = {}};
    planned.condition.kind = LGV_CONDITION_LABEL;
    planned.condition.label = row.integer("label");
    return planned;
}

lgv_image image_of(Row& row) {
    lgv_image image{};
    image.slot = row.integer("slot");
    image.noise = row.integer("noise");
    image.seed = row.natural("seed");
    image.start = row.number("start");
    return image;
}

lgv_evaluation evaluation_of(Row& row) {
    lgv_evaluation evaluation{};
    evaluation.slot = row.integer("slot");
    evaluation.condition = row.integer("condition");
    evaluation.t = row.number("t");
    evaluation.s = row.number("s");
    evaluation.weight = row.number("weight");
    evaluation.weight_variance = row.number("weight_variance");
    return evaluation;
}

lgv_update update_of(Row& row) {
    lgv_update update{};
    update.slot = row.integer("slot");
    update.draw = row.integer("draw");
    update.save = row.integer("save");
    update.variance = row.integer("variance");
    update.p = row.number("p");
    update.q = row.number("q");
    update.limit = row.number("limit");
    update.quantile = row.number("quantile");
    update.a = row.number("a");
    update.b = row.number("b");
    update.e = row.number("e");
    update.d = row.number("d");
    update.c[0] = row.number("c0");
    update.c[1] = row.number("c1");
    update.c[2] = row.number("c2");
    update.c[3] = row.number("c3");
    update.ka = row.number("ka");
    update.kn = row.number("kn");
    update.known_draw = row.integer("known_draw");
    update.sx = row.number("sx");
    update.s0 = row.number("s0");
    update.so = row.number("so");
    update.sh = row.number("sh");
    update.logvar_lo = row.number("logvar_lo");
    update.logvar_hi = row.number("logvar_hi");
    return update;
}

template <class Struct>
std::vector<Struct> all_of(const Fields& from, const char* key, Struct (*read)(Row&)) {
    std::vector<Struct> all;
    for (const Json& entry : from.at(key).array(from.name(key))) {
        Row row(entry, from.name(key));
        all.push_back(read(row));
        row.end();
    }
    return all;
}

}  // namespace

Plan read_plan(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    const Json json = Json::parse(read_text(file), name);
    const Fields fields(json, name);
    Plan plan{.conditions = all_of(fields, "conditions", condition_of), .images = all_of(fields, "images", image_of), .steps = {}};
    for (const Json& entry : fields.at("steps").array(name)) {
        const Fields step(entry, name);
        plan.steps.push_back({all_of(step, "evaluations", evaluation_of), all_of(step, "updates", update_of)});
    }
    expect(!plan.images.empty() && !plan.steps.empty(), Code::model, name, " has no images or no steps");
    return plan;
}

}  // namespace lgv::parity
