/// Langevin: diffusion models on the JVM. [io.langevin.Model] is where to begin.
module io.langevin {
    requires io.langevin.bindings;

    exports io.langevin;
}
