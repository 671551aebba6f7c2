package io.langevin.evaluate;

/// How far the counting is.
///
/// @param stage what is being done, in words
/// @param done  pictures that are done in this stage, 0 when it begins
/// @param all   of so many
public record EvaluationProgress(String stage, long done, long all) {
}
