package io.langevin;

import io.langevin.internal.Json;
import java.nio.file.Path;
import java.util.List;

/// The files that a model was read from.
///
/// @param config  its config.json; of a model in one file, that file and the key of its metadata
/// @param weights the files of its tensors: one, or the parts that an index lists
/// @param types   number types of the tensors that the network uses, "float16"; they are computed with as float32
/// @param note    a sentence where one might have thought of another file; else empty
public record ModelFiles(String config, List<Path> weights, List<String> types, String note) {
    public ModelFiles {
        weights = List.copyOf(weights);
        types = List.copyOf(types);
    }

    static ModelFiles parse(String json) {
        Json.Obj files = Json.parseObject("files", json);
        return new ModelFiles(files.text("config"), files.texts("weights").stream().map(Path::of).toList(), files.texts("types"), files.text("note"));
    }
}
