/// Langevin: diffusion models on the JVM. [io.langevin.Model] is where to begin.
@SuppressWarnings("module")      // the modules that are let into internal are built after this one
module io.langevin {
    requires io.langevin.bindings;

    exports io.langevin;
    exports io.langevin.samplers;
    exports io.langevin.internal to io.langevin.cli, io.langevin.data, io.langevin.parity, io.langevin.train;
}
