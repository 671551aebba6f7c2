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

/// The samplers by the names that the command line takes, each with its usual options.
public final class Named {
    private static final Map<String, Sampler> SAMPLERS = new LinkedHashMap<>();

    static {
        SAMPLERS.put("ddim", new Ddim());
        SAMPLERS.put("ddpm", new Ddpm());
        SAMPLERS.put("euler", new Euler());
        SAMPLERS.put("euler-a", new EulerAncestral());
        SAMPLERS.put("heun", new Heun());
        SAMPLERS.put("kdpm2", new Kdpm2());
        SAMPLERS.put("kdpm2-a", new Kdpm2(true));
        SAMPLERS.put("dpm", new DpmSolver().withPlus(false));
        SAMPLERS.put("dpm++", new DpmSolver());
        SAMPLERS.put("dpm++-3", new DpmSolver().withOrder(3));
        SAMPLERS.put("dpm++-sde", new DpmSolver().withSde(true));
        SAMPLERS.put("unipc", new UniPc());
        SAMPLERS.put("unipc-3", new UniPc().withOrder(3));
        SAMPLERS.put("pndm", new Pndm());
        SAMPLERS.put("plms", new Pndm(true));
        SAMPLERS.put("lcm", new Lcm());
        SAMPLERS.put("tcd", new Tcd());
        SAMPLERS.put("edm-euler", new EdmEuler());
        SAMPLERS.put("edm-dpm++", new EdmDpmSolver());
        SAMPLERS.put("edm-dpm++-sde", new EdmDpmSolver().withSde(true));
    }

    private Named() {
    }

    public static List<String> names() {
        return List.copyOf(SAMPLERS.keySet());
    }

    public static Sampler sampler(String name) {
        Sampler sampler = SAMPLERS.get(name);
        if (sampler == null) {
            throw new InvalidArgumentException("there is no sampler " + name + "; there are " + String.join(", ", SAMPLERS.keySet()));
        }
        return sampler;
    }
}
