package io.langevin;

import io.langevin.internal.At;
import io.langevin.internal.Named;
import io.langevin.samplers.Ddim;
import io.langevin.samplers.Ddpm;
import java.util.List;
import java.util.stream.IntStream;

/// From noise to a picture: which steps to take. Pure arithmetic in double, without state, so a plan can be made once and used by every image. An
/// open interface: a sampler of your own is a function from a [Diffusion] and a number of steps to rows.
///
/// Ours are records in [io.langevin.samplers]; [#named] gives each with its usual options. What concerns every sampler is said of the [Diffusion]:
///
/// ```java
/// Sampler karras = (diffusion, steps) -> Sampler.named("dpm++").plan(diffusion.withSigmas(Diffusion.Sigmas.KARRAS), steps);
/// ```
@FunctionalInterface
public interface Sampler {
    /// The steps of one run, in their order, for an x that begins as noise(0). `steps` is the number that the user asked for; a plan may hold more rows: samplers
    /// that look at the network twice a step, and a first row that only brings noise(0) to the level where the run begins.
    ///
    /// @throws InvalidArgumentException when the diffusion cannot be sampled in so many steps, or not by this sampler
    List<Step> plan(Diffusion diffusion, int steps);

    /// The steps of a run of `steps` steps from step number `first` (0 is where [#plan] begins), for an x that begins as a picture. The first row brings the start
    /// noise into it, as much as belongs there; leave that row out for an x that has its noise already. Samplers that remember begin to do so with this step.
    ///
    /// @throws InvalidArgumentException as above, for a step that the run does not have, and from a sampler that always begins with noise
    default List<Step> planFrom(Diffusion diffusion, int steps, int first) {
        throw new InvalidArgumentException("this sampler only begins with noise: it has no planFrom of its own");
    }

    /// The same at these timesteps, largest first. Its plans have exactly so many steps.
    default Sampler at(int... timesteps) {
        return new At(this, IntStream.of(timesteps).boxed().toList());
    }

    /// Denoising diffusion probabilistic models (Ho, Jain and Abbeel, 2020, algorithm 2; for fewer steps than T as diffusers does it). Draws noise in each
    /// step but the one at timestep 0.
    static Sampler ddpm() {
        return new Ddpm();
    }

    /// Denoising diffusion implicit models (Song, Meng and Ermon, 2021, equation 12). `eta` 0 draws nothing but the start noise, 1 is as random as DDPM.
    static Sampler ddim(double eta) {
        return new Ddim().withEta(eta);
    }

    /// A sampler by its name, with its usual options: "ddim", "euler-a", "dpm++" ([#names] has all).
    ///
    /// @throws InvalidArgumentException listing the names, for one that is not there
    static Sampler named(String name) {
        return Named.sampler(name);
    }

    /// The names that [#named] takes.
    static List<String> names() {
        return Named.names();
    }

    /// The checkpoint's own: the class that its scheduler_config.json names, with its options.
    static Sampler of(Diffusion diffusion) {
        return diffusion.own();
    }
}
