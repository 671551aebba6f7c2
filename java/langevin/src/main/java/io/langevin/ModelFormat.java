package io.langevin;

/// How [Model#write] writes a model. [Model#open] opens all of them.
public enum ModelFormat {
    /// A folder that diffusers opens too, float32: of a pipeline where the model has a scheduler, else of a network.
    FOLDER,
    /// One .safetensors file that holds everything, float32.
    FILE,
    /// The same with weights rounded to bfloat16: half the size, and other pictures.
    FILE_BF16
}
