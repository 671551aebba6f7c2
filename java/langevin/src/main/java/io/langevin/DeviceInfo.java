package io.langevin;

import io.langevin.internal.Json;

/// What a [Device] is.
///
/// @param device    "cpu", or "cuda:0" and so on
/// @param processor "AMD EPYC ...", or "NVIDIA H200"
/// @param isa       instruction set its kernels use: "avx512", "avx2", or a GPU's "sm_90"
/// @param threads   size of its thread team; 1 for a GPU
/// @param type      what networks are computed in, "float32" or "bfloat16"
/// @param note      why `auto` chose it; may be empty
public record DeviceInfo(String device, String processor, String isa, int threads, String type, String note) {
    static DeviceInfo parse(String json) {
        Json.Obj object = Json.parse("device description", json).object();
        return new DeviceInfo(object.text("device", ""), object.text("processor", ""), object.text("isa", ""), object.integer("threads", 0),
                object.text("type", ""), object.text("note", ""));
    }
}
