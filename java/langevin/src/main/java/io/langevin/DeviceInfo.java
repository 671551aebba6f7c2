package io.langevin;

import io.langevin.internal.Json;

/// What a [Device] is.
///
/// @param device    "cpu"
/// @param processor "AMD EPYC ..."
/// @param isa       instruction set its kernels use, "avx512" or "avx2"
/// @param threads   size of its thread team
/// @param note      why `auto` chose it; may be empty
public record DeviceInfo(String device, String processor, String isa, int threads, String note) {
    static DeviceInfo parse(String json) {
        Json.Obj object = Json.parse("device description", json).object();
        return new DeviceInfo(object.text("device", ""), object.text("processor", ""), object.text("isa", ""), object.integer("threads", 0), object.text("note", ""));
    }
}
