#include "session/condition.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace lgv {

void check_timestep(const UNet2DConfig& config, const std::string& name, float t, const char* what, size_t i) {
    expect(std::isfinite(t), Code::argument, what, " ", i, ": t ", t, ", wanted a finite number");
    if (config.time_embedding == TimeEmbedding::fourier) {
        expect(t > 0, Code::argument, what, " ", i, ": t ", t, ": ", name, " takes its logarithm, wanted more than 0");
    } else if (config.time_embedding == TimeEmbedding::learned) {
        expect(t == std::floor(t) && t >= 0 && t < float(config.num_train_timesteps), Code::argument, what, " ", i, ": t ", t, ": ", name,
               " has a table of timesteps, wanted a whole number 0 to ", config.num_train_timesteps - 1);
    }
}

// A number, or the row of a table.
void write_timestep(const UNet2DConfig& config, float t, std::byte* input, size_t row) {
    if (config.time_embedding == TimeEmbedding::learned) {
        reinterpret_cast<int32_t*>(input)[row] = int32_t(t);
    } else {
        reinterpret_cast<float*>(input)[row] = t;
    }
}

void write_class(const UNet2DConfig& config, const ClassOf& which, std::byte* input, size_t row) {
    const auto width = size_t(config.time_embedding_dim);
    switch (config.class_embedding) {
        case ClassEmbedding::none: break;
        case ClassEmbedding::table: reinterpret_cast<int32_t*>(input)[row] = which.label; break;
        case ClassEmbedding::timestep: write_timestep(config, which.timestep, input, row); break;
        case ClassEmbedding::identity: std::copy(which.embedding, which.embedding + width, reinterpret_cast<float*>(input) + row * width); break;
    }
}

}  // namespace lgv
