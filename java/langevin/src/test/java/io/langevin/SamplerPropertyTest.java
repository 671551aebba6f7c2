package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Diffusion.Prediction;
import io.langevin.samplers.EdmDpmSolver;
import io.langevin.samplers.EdmEuler;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for every sampler, whatever the config: a plan without NaN, or a refusal that says why; and a network that knows the picture leads to it.
class SamplerPropertyTest {
    private static final Diffusion DDPM = Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000)).withLimit(Double.POSITIVE_INFINITY);
    private static final Diffusion EDM = Diffusion.parse("{\"_class_name\": \"EDMEulerScheduler\"}");

    static List<String> names() {
        return Sampler.names();
    }

    private static Diffusion suits(String name) {
        return name.startsWith("edm") ? EDM : DDPM;
    }

    /// Refusals have words of their own: none leaves it to [Step] to find a coefficient that is no number.
    private static int planned(Sampler sampler, Diffusion diffusion, int steps, String what) {
        try {
            List<Step> plan = sampler.plan(diffusion, steps);
            assertFalse(plan.isEmpty(), what);
            check(plan, what);
            return 1;
        } catch (InvalidArgumentException refused) {
            assertFalse(refused.getMessage().contains("no finite float32"), what + ": " + refused.getMessage());
            return 0;
        }
    }

    /// Nothing is read that nobody wrote, draws count up, and there are at least as many looks as anything needs.
    private static void check(List<Step> plan, String what) {
        boolean[] written = new boolean[4];
        int draw = 0;
        for (Step step : plan) {
            double[] c = {step.c0(), step.c1(), step.c2(), step.c3()};
            for (int k = 0; k < 4; k++) {
                assertTrue(c[k] == 0 || written[k], what + ": reads history slot " + k + " before it is written");
            }
            assertTrue(step.evaluated() || step.e() == 0 && step.so() == 0 && (step.q() == 0 || step.b() == 0 && step.s0() == 0), what + ": reads out without a look");
            if (step.save() >= 0) {
                assertTrue(step.sh() == 0 || written[step.save()], what + ": reads what it saves over");
                written[step.save()] = true;
            }
            if (step.draw() > 0) {
                assertEquals(++draw, step.draw(), what + ": draws");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void a_run_of_1_to_1000_steps_is_planned_or_refused_with_the_reason(String name) {
        Sampler sampler = Sampler.named(name);
        int planned = 0;
        for (int steps = 1; steps <= 1000; steps += steps < 50 || steps >= 990 ? 1 : 13) {
            planned += planned(sampler, suits(name), steps, name + " in " + steps);
        }
        assertTrue(planned >= (name.equals("lcm") || name.equals("tcd") ? 50 : 120), name + " planned " + planned);
    }

    @Test
    void a_thousand_random_configs_are_planned_or_refused_with_the_reason() {
        var random = new Random(4);
        int planned = 0;
        for (int i = 0; i < 1000; i++) {
            String json = RandomConfigs.scheduler(random);
            int steps = random.nextInt(4) == 0 ? 1 + random.nextInt(1000) : 1 + random.nextInt(30);
            Diffusion diffusion;
            try {
                diffusion = Diffusion.parse(json);
            } catch (BadModelException | UnsupportedException refused) {
                assertTrue(refused.getMessage().startsWith("scheduler_config.json: "), refused.getMessage());
                continue;
            }
            Sampler sampler = random.nextBoolean() ? Sampler.of(diffusion) : Sampler.named(names().get(random.nextInt(names().size())));
            planned += planned(sampler, diffusion, steps, sampler + " in " + steps + " on " + json);
        }
        assertTrue(planned > 300, "only " + planned + " were possible");
    }

    /// The picture is reached to within the noise of timestep 0 (0.01) by those that stop there, else to rounding: 1/alpha_T = 157 times float32's.
    @ParameterizedTest
    @MethodSource("names")
    void a_network_that_knows_the_picture_leads_to_it(String name) {
        // PNDM extrapolates what the network says, which is the same at every level for noise alone.
        for (Prediction prediction : name.equals("pndm") || name.equals("plms") ? List.of(Prediction.EPSILON) : name.startsWith("edm") ? List.of(Prediction.EPSILON, Prediction.V)
                : List.of(Prediction.values())) {
            Diffusion diffusion = suits(name).withPrediction(prediction);
            for (int steps : new int[] {4, 5, 10, 16, 50}) {
                float[] x = run(Sampler.named(name).plan(diffusion, steps), new float[] {1.2f, -0.7f, 0.3f});
                for (int k = 0; k < 3; k++) {
                    boolean ends = name.equals("dpm") || name.equals("pndm") || name.equals("plms") || name.equals("tcd");
                    assertEquals(PICTURE[k], x[k], ends ? 0.03 : 1e-3, name + " " + prediction + " in " + steps);
                }
            }
        }
    }

    /// Beginning with the picture itself, at any step, is no different.
    @ParameterizedTest
    @MethodSource("names")
    void a_run_that_begins_with_a_picture_ends_with_it(String name) {
        for (int first : name.equals("pndm") ? new int[] {0} : new int[] {0, 1, 7, 18, 19}) {
            List<Step> plan = Sampler.named(name).planFrom(suits(name), 20, first);
            check(plan, name);
            assertFalse(plan.getFirst().evaluated());
            float[] x = run(plan, PICTURE);
            for (int k = 0; k < 3; k++) {
                assertEquals(PICTURE[k], x[k], 0.03, name + " from " + first);
            }
        }
        assertThrows(InvalidArgumentException.class, () -> Sampler.named(name).planFrom(suits(name), 20, 20));
        assertThrows(InvalidArgumentException.class, () -> Sampler.named(name).planFrom(suits(name), 20, -1));
    }

    private static final float[] PICTURE = {0.5f, -0.25f, 0.9f};

    private static float[] run(List<Step> plan, float[] start) {
        var noise = new Random(9);
        var drawn = new ArrayList<float[]>();
        IntStream.range(0, 200).forEach(i -> drawn.add(new float[] {(float) noise.nextGaussian(), (float) noise.nextGaussian(), (float) noise.nextGaussian()}));
        var update = new ReferenceUpdate(start);
        for (Step step : plan) {
            float[] out = null;
            if (step.evaluated()) {
                out = new float[3];
                for (int k = 0; k < 3; k++) {
                    out[k] = (float) ((PICTURE[k] - step.p() * update.x()[k]) / step.q());
                }
            }
            update.step(step, out, drawn::get, null, null);
        }
        return update.x();
    }

    @Test
    void samplers_are_told_from_networks_they_do_not_suit() {
        for (String name : names()) {
            Diffusion other = name.startsWith("edm") ? DDPM : EDM;
            String message = assertThrows(InvalidArgumentException.class, () -> Sampler.named(name).plan(other, 10)).getMessage();
            assertTrue(message.contains("EDM"), message);
        }
        assertEquals(List.of(new EdmEuler(), new EdmDpmSolver()), List.of(Sampler.named("edm-euler"), Sampler.named("edm-dpm++")));
        assertTrue(assertThrows(InvalidArgumentException.class, () -> Sampler.named("magic")).getMessage().startsWith("there is no sampler magic; there are ddim, "));
    }

    /// At its first step Euler is given noise of deviation 1 and takes it for noise of deviation S.
    @Test
    void sigma_samplers_scale_the_start_noise_and_the_networks_input() {
        Diffusion leading = DDPM.withSpacing(Diffusion.Spacing.LEADING);
        double ab = DDPM.schedule().alphaBar(999);
        double s = (float) Math.sqrt((1 - ab) / ab);
        List<Step> plan = Sampler.named("euler").plan(DDPM, 10);
        assertEquals(s, plan.get(0).a(), 1e-4);
        assertEquals(1 / Math.sqrt(s * s + 1), plan.get(1).scale(), 1e-9);
        double ab900 = DDPM.schedule().alphaBar(900);
        assertEquals(Math.sqrt((1 - ab900) / ab900 + 1), Sampler.named("euler").plan(leading, 10).get(0).a(), 1e-4);
        assertEquals(Math.sqrt(80 * 80 + 1), Sampler.named("edm-euler").plan(EDM, 10).get(0).a(), 1e-9);
    }

    @Test
    void heun_and_kdpm2_look_twice_but_for_the_last_step() {
        for (String name : List.of("heun", "kdpm2", "kdpm2-a")) {
            assertEquals(19, Sampler.named(name).plan(DDPM, 10).stream().filter(Step::evaluated).count());
        }
        assertEquals(19, Sampler.named("pndm").plan(DDPM, 10).size());
        assertEquals(11, Sampler.named("plms").plan(DDPM, 10).size());
    }
}
