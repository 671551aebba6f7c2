// What the opaque handles of langevin.h are, and how they come and go.
#pragma once

#include <memory>

#include "abi/guard.h"
#include "session/denoiser.h"
#include "session/device.h"
#include "session/model.h"
#include "session/tensor.h"
#include "session/trainer.h"

struct lgv_device {
    std::shared_ptr<lgv::Device> impl;
};

struct lgv_model {
    std::shared_ptr<lgv::Model> impl;
};

struct lgv_denoiser {
    std::shared_ptr<lgv::Denoiser> impl;
};

struct lgv_trainer {
    std::shared_ptr<lgv::Trainer> impl;
};

struct lgv_tensor {
    std::shared_ptr<lgv::Tensor> impl;
};

struct lgv_buffer {
    std::shared_ptr<lgv::Device> device;  // keeps alive what the memory was made by
    std::shared_ptr<std::byte> memory;
};

namespace lgv {

template <class Handle, class Impl>
void give_handle(Impl impl, Handle** out) {
    *out = new Handle{std::move(impl)};
    add_live_handles(1);
}

template <class Handle>
void close_handle(Handle* handle) {
    if (handle == nullptr) return;
    delete handle;
    add_live_handles(-1);
}

}  // namespace lgv
