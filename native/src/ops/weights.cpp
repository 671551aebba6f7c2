#include "ops/weights.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "base/error.h"

namespace lgv {

namespace {

std::vector<std::vector<int64_t>> shapes_of(const std::vector<TensorView>& tensors) {
    std::vector<std::vector<int64_t>> shapes;
    for (const TensorView& tensor : tensors) shapes.push_back(tensor.shape);
    return shapes;
}

}  // namespace

Weights::Weights(std::vector<std::vector<int64_t>> shapes, Read read) : shapes_(std::move(shapes)), read_(std::move(read)) {}

Weights::Weights(std::vector<TensorView> tensors)
    : shapes_(shapes_of(tensors)), read_([tensors = std::move(tensors)](Parameter parameter, float* out) { to_float(tensors[size_t(parameter.id)], out); }) {}

Weights::Weights(std::vector<std::vector<int64_t>> shapes, const float* arena) : shapes_(std::move(shapes)), arena_(arena) {
    int64_t start = 0;
    for (int32_t id = 0; id < int32_t(shapes_.size()); ++id) {
        starts_.push_back(start);
        start += elements(Parameter{id});
    }
    expect(arena != nullptr || start == 0, Code::fault, "weights: no arena for ", start, " numbers");
}

int64_t Weights::elements(Parameter parameter) const {
    int64_t product = 1;
    for (const int64_t extent : shape(parameter)) product *= extent;
    return product;
}

std::span<const float> Weights::in_arena(Parameter parameter) const {
    return {arena_ + starts_[size_t(parameter.id)], size_t(elements(parameter))};
}

std::vector<float> Weights::values(Parameter parameter) const {
    if (arena_ != nullptr) {
        const std::span<const float> there = in_arena(parameter);
        return {there.begin(), there.end()};
    }
    std::vector<float> values(size_t(elements(parameter)));
    read_(parameter, values.data());
    return values;
}

const float* Weights::packed(Parameter parameter, const std::string& form, int64_t floats, const Pack& pack) {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = packed_.try_emplace({parameter.id, form});
    Form& made = entry->second;
    if (is_new) {
        try {
            made.memory = Memory(floats * int64_t(sizeof(float)));
            if (arena_ != nullptr) {
                made.pack = pack;
                pack(in_arena(parameter), made.data());
            } else {
                pack(values(parameter), made.data());
            }
        } catch (...) {
            packed_.erase(entry);
            throw;
        }
    }
    return made.data();
}

const float* Weights::plain(Parameter parameter) {
    if (arena_ != nullptr) return in_arena(parameter).data();
    return packed(parameter, "plain", elements(parameter),
                  [](std::span<const float> values, float* out) { std::memcpy(out, values.data(), values.size_bytes()); });
}

void Weights::refresh(ThreadTeam& team) {
    expect(arena_ != nullptr, Code::fault, "weights: refresh() of parameters that do not change");
    const std::lock_guard lock(mutex_);
    struct Job {
        Parameter parameter;
        const Form* form;
        std::exception_ptr error;
    };
    std::vector<Job> jobs;
    for (const auto& [key, form] : packed_) jobs.push_back({{key.first}, &form, nullptr});
    // The largest first: what is left for the last thread is short.
    std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.form->memory.bytes() > b.form->memory.bytes(); });
    team.run(int64_t(jobs.size()), [&](int64_t task, int) {
        Job& job = jobs[size_t(task)];
        try {
            job.form->pack(in_arena(job.parameter), job.form->data());
        } catch (...) {
            job.error = std::current_exception();  // a task must not throw
        }
    });
    for (const Job& job : jobs) {
        if (job.error) std::rethrow_exception(job.error);
    }
}

int64_t Weights::packed_bytes() const {
    const std::lock_guard lock(mutex_);
    int64_t bytes = 0;
    for (const auto& [key, form] : packed_) bytes += form.memory.bytes();
    return bytes;
}

}  // namespace lgv
