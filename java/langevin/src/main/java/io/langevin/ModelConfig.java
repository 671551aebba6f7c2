package io.langevin;

/// What a network is, as its config.json and its weights say.
///
/// @param className   class of the network in diffusers, "UNet2DModel"
/// @param inChannels  channels of x
/// @param outChannels channels of what it predicts
/// @param height      of the images it was trained for, in pixels; 0: the config does not say, so requests state their size
/// @param width       of the images it was trained for, in pixels; 0: the config does not say, so requests state their size
/// @param labels      rows of its class table: labels are 0 to labels - 1; 0: it takes no label
/// @param noneLabel   the label that means "no class" (config.json: langevin_none_label); -1: there is none
/// @param json        config.json as it was read
public record ModelConfig(String className, int inChannels, int outChannels, int height, int width, int labels, int noneLabel, String json) {
}
