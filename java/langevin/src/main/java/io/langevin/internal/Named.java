package io.langevin.internal;

import io.langevin.InvalidArgumentException;
import io.langevin.Sampler;
import io.langevin.samplers.Ddim;
import io.langevin.samplers.Ddpm;
import io.langevin.samplers.DpmSolver;
import io.langevin.samplers.EdmDpmSolver;
import io.langevin.samplers.EdmEuler;
import io.langevin.samplers.Euler;
import io.langevin.samplers.EulerAncestral;
import io.langevin.samplers.Heun;
import io.langevin.samplers.Kdpm2;
import io.langevin.samplers.Lcm;
import io.langevin.samplers.Pndm;
import io.langevin.samplers.Tcd;
import io.langevin.samplers.UniPc;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// The samplers by the names that the command line takes, each with its usual options.
public final class Named {
    private static final Map<String, Supplier<Sampler>> SAMPLERS = new LinkedHashMap<>();

    static {
        SAMPLERS.put("ddim", Ddim::new);
        SAMPLERS.put("ddpm", Ddpm::new);
        SAMPLERS.put("euler", Euler::new);
        SAMPLERS.put("euler-a", EulerAncestral::new);
        SAMPLERS.put("heun", Heun::new);
        SAMPLERS.put("kdpm2", Kdpm2::new);
        SAMPLERS.put("kdpm2-a", () -> new Kdpm2(true));
        SAMPLERS.put("dpm", () -> new DpmSolver().withPlus(false));
        SAMPLERS.put("dpm++", DpmSolver::new);
        SAMPLERS.put("dpm++-3", () -> new DpmSolver().withOrder(3));
        SAMPLERS.put("dpm++-sde", () -> new DpmSolver().withSde(true));
        SAMPLERS.put("unipc", UniPc::new);
        SAMPLERS.put("unipc-3", () -> new UniPc().withOrder(3));
        SAMPLERS.put("pndm", Pndm::new);
        SAMPLERS.put("plms", () -> new Pndm(true));
        SAMPLERS.put("lcm", Lcm::new);
        SAMPLERS.put("tcd", Tcd::new);
        SAMPLERS.put("edm-euler", EdmEuler::new);
        SAMPLERS.put("edm-dpm++", EdmDpmSolver::new);
        SAMPLERS.put("edm-dpm++-sde", () -> new EdmDpmSolver().withSde(true));
    }

    private Named() {
    }

    public static List<String> names() {
        return List.copyOf(SAMPLERS.keySet());
    }

    public static Sampler sampler(String name) {
        Supplier<Sampler> sampler = SAMPLERS.get(name);
        if (sampler == null) {
            throw new InvalidArgumentException("there is no sampler " + name + "; there are " + String.join(", ", SAMPLERS.keySet()));
        }
        return sampler.get();
    }
}
