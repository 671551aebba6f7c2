package io.langevin;

/// What running a model costs, for a number of images of one size.
///
/// @param arenaBytes  activations and scratch; one arena serves all programs of a device
/// @param weightBytes packed weights that the program reads
/// @param flops       multiplications and additions of one launch, all rows
/// @param ops         launches
/// @param rows        images of one launch: larger batches run in chunks of this many
public record ModelPlan(long arenaBytes, long weightBytes, long flops, int ops, int rows) {
}
