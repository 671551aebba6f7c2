// The tensor's part of the C interface.

#include "abi/handles.h"

using namespace lgv;

namespace {

static_assert(sizeof(lgv_tensor_description) == 96);

std::vector<int64_t> shape_of(const int64_t* shape, int32_t rank) {
    expect(rank >= 0 && rank <= LGV_TENSOR_RANK, Code::argument, "tensor: rank ", rank, ", wanted 0 to ", int(LGV_TENSOR_RANK));
    expect(shape != nullptr || rank == 0, Code::argument, "shape is NULL");
    return {shape, shape + rank};
}

const Tensor& of(lgv_tensor* tensor) { return *present(tensor, "tensor").impl; }

}  // namespace

extern "C" {

int32_t lgv_tensor_open(lgv_device* device, int32_t type, const int64_t* shape, int32_t rank, lgv_tensor** out_tensor, lgv_error* error) {
    return guard(error, [&] {
        present(out_tensor, "out_tensor");
        give_handle(Tensor::open(present(device, "device").impl, type, shape_of(shape, rank)), out_tensor);
    });
}

int32_t lgv_tensor_wrap(lgv_device* device, uint64_t address, int32_t type, const int64_t* shape, int32_t rank, lgv_tensor** out_tensor, lgv_error* error) {
    return guard(error, [&] {
        present(out_tensor, "out_tensor");
        give_handle(Tensor::wrap(present(device, "device").impl, address, type, shape_of(shape, rank)), out_tensor);
    });
}

int32_t lgv_tensor_from_dlpack(lgv_device* device, void* managed, lgv_tensor** out_tensor, lgv_error* error) {
    return guard(error, [&] {
        present(out_tensor, "out_tensor");
        expect(managed != nullptr, Code::argument, "managed is NULL");
        // The handle first: once the tensor has it, nothing may fail.
        auto handle = std::make_unique<lgv_tensor>();
        handle->impl = Tensor::from_dlpack(present(device, "device").impl, static_cast<DlpackManaged*>(managed));
        *out_tensor = handle.release();
        add_live_handles(1);
    });
}

int32_t lgv_tensor_to_dlpack(lgv_tensor* tensor, void** out_managed, lgv_error* error) {
    return guard(error, [&] {
        present(out_managed, "out_managed");
        *out_managed = of(tensor).to_dlpack();
    });
}

int32_t lgv_tensor_describe(lgv_tensor* tensor, lgv_tensor_description* out_description, int32_t description_bytes, lgv_error* error) {
    return guard(error, [&] { give_struct(of(tensor).describe(), out_description, description_bytes, "out_description"); });
}

int32_t lgv_tensor_read(lgv_tensor* tensor, void* out_values, int64_t bytes, lgv_error* error) {
    return guard(error, [&] {
        expect(out_values != nullptr, Code::argument, "out_values is NULL");
        of(tensor).read(out_values, bytes);
    });
}

int32_t lgv_tensor_write(lgv_tensor* tensor, const void* values, int64_t bytes, lgv_error* error) {
    return guard(error, [&] {
        expect(values != nullptr, Code::argument, "values is NULL");
        of(tensor).write(values, bytes);
    });
}

void lgv_tensor_close(lgv_tensor* tensor) {
    if (tensor != nullptr) tensor->impl->close();
    close_handle(tensor);
}

}  // extern "C"
