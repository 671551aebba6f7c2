/// Drawn pictures beside real ones: Frechet distance and accuracy by a small classifier, nearest training pictures. [io.langevin.evaluate.Evaluation] is where to begin.
///
/// A [io.langevin.evaluate.Split] parts the real pictures into those of training and those that were held out. Whatever is found of the drawn pictures is found of as many held-out
/// ones as well: that is what a perfect model would have.
package io.langevin.evaluate;
