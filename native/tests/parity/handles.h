// The public C interface with its refusals as exceptions and its handles closed by scope. Nothing of the library's inside is used here.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "langevin.h"

namespace lgv::parity {

// What the library said no to, in its own words.
class Refusal : public std::runtime_error {
public:
    explicit Refusal(const lgv_error& error) : std::runtime_error(error.message), status(error.code) {}

    int32_t status;
};

using Device = std::unique_ptr<lgv_device, decltype(&lgv_device_close)>;
using Model = std::unique_ptr<lgv_model, decltype(&lgv_model_close)>;
using Denoiser = std::unique_ptr<lgv_denoiser, decltype(&lgv_denoiser_close)>;

// call(lgv_model_describe, model, &description, sizeof description)
template <class... Parameters, class... Arguments>
void call(int32_t (*function)(Parameters...), Arguments... arguments) {
    lgv_error error;
    if (function(arguments..., &error) != LGV_OK) throw Refusal(error);
}

// open<Model>(lgv_model_open, lgv_model_close, device, path)
template <class Handle, class... Parameters, class... Arguments>
Handle open(int32_t (*function)(Parameters...), typename Handle::deleter_type close, Arguments... arguments) {
    typename Handle::pointer handle = nullptr;
    call(function, arguments..., &handle);
    return Handle(handle, close);
}

// text_of(lgv_device_describe, device): what a function says that gives text
template <class Handle>
std::string text_of(int32_t (*function)(Handle*, char*, int64_t, int64_t*, lgv_error*), Handle* handle) {
    int64_t length = 0;
    call(function, handle, static_cast<char*>(nullptr), int64_t{0}, &length);
    std::string text(size_t(length) + 1, '\0');
    call(function, handle, text.data(), int64_t(text.size()), &length);
    text.pop_back();
    return text;
}

}  // namespace lgv::parity
