package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import io.langevin.internal.Json;
import io.langevin.samplers.Churn;
import io.langevin.samplers.Ddim;
import io.langevin.samplers.EdmEuler;
import io.langevin.samplers.Euler;
import io.langevin.samplers.Tcd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every sampler that diffusers recorded, replayed row by row with [ReferenceUpdate]: x from the recording, history our own.
class SamplerGoldenTest {
    /// Rows are planned in double and rounded once; diffusers rounds on the way: 1.4e-6 of the largest magnitude in its 37 recorded samplers.
    private static final double TOLERANCE = 1e-5;

    static List<Goldens.Case> samplers() {
        return Goldens.ofKind("sampler");
    }

    @Test
    void the_recorded_samplers_are_there() {
        assertTrue(samplers().size() >= 37, "found " + samplers().size());
    }

    /// The checkpoint's own sampler, with what diffusers' step was told besides.
    private static Sampler sampler(Diffusion diffusion, Goldens.Case golden) {
        Json.Obj told = golden.json().fields().get("step_arguments").object();
        var churn = new Churn(told.number("s_churn", 0), told.number("s_tmin", 0), told.number("s_tmax", Double.POSITIVE_INFINITY), told.number("s_noise", 1));
        Sampler sampler = switch (Sampler.of(diffusion)) {
            case Ddim ddim -> ddim.withEta(told.number("eta", 0)).withClippedOutput(told.bool("use_clipped_model_output", false));
            case Tcd tcd -> tcd.withGamma(told.number("eta", 0.3));
            case Euler euler -> euler.withChurn(churn);
            case EdmEuler euler -> euler.withChurn(churn);
            case Sampler other -> other;
        };
        List<Integer> custom = golden.integers("custom_timesteps");
        return custom.isEmpty() ? sampler : sampler.at(custom.stream().mapToInt(Integer::intValue).toArray());
    }

    /// The plan with so many looks at the network, without the row that only scales the start noise.
    private static List<Step> plan(Sampler sampler, Diffusion diffusion, int looks) {
        for (int steps = looks; steps > 0; steps--) {
            try {
                List<Step> rows = sampler.planFrom(diffusion, steps, 0);
                if (rows.size() == looks + 1) {
                    return rows.subList(1, rows.size());
                }
            } catch (InvalidArgumentException tooMany) {
                assertTrue(steps > 1, tooMany.getMessage());
            }
        }
        throw new AssertionError("no number of steps has " + looks + " looks");
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void rows_replayed_on_recorded_trajectories_end_where_diffusers_ended(Goldens.Case golden) {
        Diffusion diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
        var tensors = golden.tensors();
        double[] times = tensors.get("timesteps").values();
        List<Step> plan = plan(sampler(diffusion, golden), diffusion, times.length);
        int count = tensors.get("trajectory").shape()[1];
        var drawn = new ArrayList<double[]>();
        for (int i = 0; i < plan.size(); i++) {
            double[] noise = tensors.get("noise").row(i);
            if (java.util.Arrays.stream(noise).anyMatch(v -> v != 0)) {
                drawn.add(noise);
            }
        }
        assertEquals(drawn.size(), plan.stream().mapToInt(Step::draw).max().orElseThrow(), "draws");
        for (int n = 0; n < count; n++) {
            int image = n;
            var update = new ReferenceUpdate(part(tensors.get("trajectory").row(0), n, count));
            for (int i = 0; i < plan.size(); i++) {
                Step step = plan.get(i);
                // Whole timesteps are exact. Those of KDPM2 that lie between two come from torch's float32 logarithm: 2^-13, two floats at 1000.
                assertEquals((float) times[i], (float) step.t(), step.t() == Math.rint(step.t()) && times[i] == Math.rint(times[i]) ? 0 : 0x1p-13, "timestep " + i);
                float[] x = part(tensors.get("trajectory").row(i), n, count);
                float[] seen = part(tensors.get("model_input").row(i), n, count);
                for (int k = 0; k < x.length; k++) {
                    assertEquals(seen[k], (float) step.scale() * x[k], TOLERANCE * largest(seen), "what the network sees in row " + i);
                }
                update.write(x);
                update.step(step, part(tensors.get("model_output").row(i), n, count), draw -> part(drawn.get(draw - 1), image, count), null, null);
                float[] expected = part(tensors.get("trajectory").row(i + 1), n, count);
                double error = 0;
                for (int k = 0; k < expected.length; k++) {
                    error = Math.max(error, Math.abs((double) update.x()[k] - expected[k]));
                }
                assertTrue(error <= TOLERANCE * largest(expected), golden.name() + " row " + i + ": " + error / largest(expected));
            }
        }
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static float[] part(double[] all, int n, int count) {
        int size = all.length / count;
        var part = new float[size];
        for (int k = 0; k < size; k++) {
            part[k] = (float) all[n * size + k];
        }
        return part;
    }
}
