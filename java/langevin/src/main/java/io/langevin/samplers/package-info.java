/// The samplers: each a record of its paper's options, and a small planner in its paper's letters.
///
/// `new DpmSolver().withOrder(3)` is a [io.langevin.Sampler] like any other; [io.langevin.Sampler#named] gives each by the name that the command line takes,
/// with its usual options. docs/sampling.md derives the rows.
///
/// Letters: t is a timestep and s the next; ab = alpha_bar, alpha = sqrt(ab) and sigma = sqrt(1 - ab) in x = alpha x0 + sigma eps. Samplers that walk sigmas
/// write S for the noise of x = x0 + S eps. lambda = ln(alpha / sigma), and h is its growth over a step.
package io.langevin.samplers;
