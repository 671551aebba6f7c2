package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.samplers.Ddim;
import io.langevin.samplers.DpmSolver;
import io.langevin.samplers.UniPc;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Plans by themselves, without the native library: closed forms of the papers.
class SamplerTest {
    private static final double EXACT = 1e-15;    // the same formulas in double, in another order
    private final Diffusion diffusion = Diffusion.of(NoiseSchedule.linear(0.0001, 0.02, 1000));

    @Test
    void ddpm_one_step_at_a_time_is_the_papers_algorithm_2() {
        List<Step> plan = Sampler.ddpm().plan(diffusion, 1000);
        for (int t : new int[] {1, 2, 500, 999}) {
            Step step = plan.get(999 - t);
            double bar = diffusion.schedule().alphaBar(t);
            double before = diffusion.schedule().alphaBar(t - 1);
            double alpha = bar / before;
            assertEquals(t, step.t());
            // Equation 7 and beta-tilde; alpha itself is rounded to float32, 6e-8, and beta is at least 1e-4: 6e-4 relative.
            assertEquals(Math.sqrt(alpha) * (1 - before) / (1 - bar), step.a(), 6e-8);
            assertEquals(Math.sqrt(before) * (1 - alpha) / (1 - bar), step.b(), 6e-8 / (1 - bar));
            assertEquals((1 - before) / (1 - bar) * (1 - alpha), step.d() * step.d(), 6e-8);
            assertEquals(1000 - t, step.draw());
        }
        Step last = plan.getLast();
        assertEquals(List.of(0.0, 0.0, 0.0), List.of(last.a(), last.d(), (double) last.draw()), "at t = 0 the picture is x0, and nothing is drawn");
        assertEquals(1, last.b(), 1e-3);
    }

    @Test
    void ddpm_variances_differ_as_the_paper_says() {
        Step small = Sampler.ddpm().plan(diffusion, 10).get(3);
        Step log = Sampler.ddpm().plan(diffusion.withVariance(Diffusion.Variance.FIXED_SMALL_LOG), 10).get(3);
        Step large = Sampler.ddpm().plan(diffusion.withVariance(Diffusion.Variance.FIXED_LARGE), 10).get(3);
        assertEquals(small, log);
        double from = diffusion.schedule().alphaBar(600);
        double to = diffusion.schedule().alphaBar(500);
        assertEquals(Math.sqrt(1 - (float) (from / to)), large.d(), EXACT);
        assertEquals(large.d() * Math.sqrt((1 - to) / (1 - from)), small.d(), EXACT);
    }

    @Test
    void ddim_without_eta_draws_nothing_and_keeps_the_networks_noise() {
        List<Step> plan = Sampler.ddim(0).plan(diffusion, 50);
        assertEquals(50, plan.size());
        for (Step step : plan) {
            double from = diffusion.schedule().alphaBar((int) step.t());
            double to = step.t() >= 20 ? diffusion.schedule().alphaBar((int) step.t() - 20) : 1;
            assertEquals(Step.at(step.t()).withX0(1 / Math.sqrt(from), -Math.sqrt(1 - from) / Math.sqrt(from), 1).withMove(0, Math.sqrt(to), Math.sqrt(1 - to)), step);
        }
        assertEquals(0, plan.getLast().e());
    }

    @Test
    void ddim_with_eta_1_adds_ddpms_variance_and_counts_every_draw() {
        List<Step> ddim = Sampler.ddim(1).plan(diffusion, 25);
        List<Step> ddpm = Sampler.ddpm().plan(diffusion, 25);
        for (int i = 0; i < 24; i++) {
            assertEquals(ddpm.get(i).d(), ddim.get(i).d(), EXACT);
            assertEquals(i + 1, ddim.get(i).draw());
        }
        assertEquals(0, ddim.getLast().d());
        assertEquals(25, ddim.getLast().draw(), "counted, since PyTorch's stream has moved on");
    }

    @Test
    void ddim_with_clipped_output_is_plain_ddim_where_nothing_is_clipped() {
        Diffusion open = diffusion.withLimit(Double.POSITIVE_INFINITY);
        for (int i = 0; i < 20; i++) {
            Step plain = Sampler.ddim(0.5).plan(open, 20).get(i);
            Step clipped = new Ddim().withEta(0.5).withClippedOutput(true).plan(open, 20).get(i);
            // x' as a function of x and out is the same.
            assertEquals(plain.a() + plain.b() * plain.p(), clipped.a() + clipped.b() * clipped.p(), 1e-12);
            assertEquals(plain.e() + plain.b() * plain.q(), clipped.e() + clipped.b() * clipped.q(), 1e-12);
        }
    }

    @Test
    void corrected_ddim_ends_each_step_where_the_next_begins() {
        Diffusion trailing = diffusion.withSpacing(Diffusion.Spacing.TRAILING);
        List<Step> corrected = new Ddim().withCorrected(true).plan(trailing, 7);
        List<Step> plain = Sampler.ddim(0).plan(trailing, 7);
        for (int i = 0; i < 6; i++) {
            assertEquals(Math.sqrt(diffusion.schedule().alphaBar((int) corrected.get(i + 1).t())), corrected.get(i).b(), EXACT);
            assertEquals(Math.sqrt(diffusion.schedule().alphaBar((int) plain.get(i).t() - 1000 / 7)), plain.get(i).b(), EXACT);
        }
        assertEquals(1, corrected.getLast().b());
        assertEquals(corrected, new Ddim().at(corrected.stream().mapToInt(step -> (int) step.t()).toArray()).plan(trailing, 7), "as with timesteps of one's own");
    }

    @Test
    void dpm_plus_plus_of_order_1_is_ddim() {
        // Lu et al. 2022 (DPM-Solver++), section 4.1: the first order is DDIM. As functions of x and out, to 1e-6: S is a float32 table.
        Diffusion open = diffusion.withLimit(Double.POSITIVE_INFINITY);
        List<Step> dpm = new DpmSolver().withOrder(1).at(900, 600, 300, 0).plan(open, 4);
        List<Step> ddim = new Ddim().at(900, 600, 300, 0).plan(open, 4);
        for (int i = 0; i < 4; i++) {
            Step a = dpm.get(i);
            Step b = ddim.get(i);
            assertEquals(b.a() + b.b() * b.p(), a.a() + a.b() * a.p(), 1e-6 * 157);
            assertEquals(b.e() + b.b() * b.q(), a.e() + a.b() * a.q(), 1e-6 * 157);
        }
    }

    @Test
    void the_last_step_of_ddim_goes_where_the_config_says() {
        Diffusion open = Diffusion.parse("{\"_class_name\": \"DDIMScheduler\", \"set_alpha_to_one\": false}");
        assertEquals(Math.sqrt(open.schedule().alphaBar(0)), Sampler.ddim(0).plan(open, 10).getLast().b());
        assertEquals(1, Sampler.ddim(0).plan(diffusion, 10).getLast().b());
    }

    @Test
    void the_checkpoints_own_sampler_is_its_class_with_its_options() {
        assertEquals(Sampler.ddpm(), Sampler.of(diffusion));
        assertEquals(Sampler.ddim(0), Sampler.of(Diffusion.parse("{\"_class_name\": \"DDIMScheduler\"}")));
        assertEquals(new DpmSolver().withOrder(3).withSde(true), Sampler.of(Diffusion.parse("""
                {"_class_name": "DPMSolverMultistepScheduler", "solver_order": 3, "algorithm_type": "sde-dpmsolver++"}""")));
        assertEquals(new UniPc().withBh2(false).withDisableCorrector(List.of(0, 1)), Sampler.of(Diffusion.parse("""
                {"_class_name": "UniPCMultistepScheduler", "solver_type": "bh1", "disable_corrector": [0, 1]}""")));
    }

    @Test
    void a_level_without_any_picture_is_refused_for_networks_that_predict_noise() {
        Diffusion zero = Diffusion.of(new NoiseSchedule(new float[] {0.5f, 0}));
        assertTrue(assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(0).plan(zero, 2)).getMessage().startsWith("alpha_bar is 0 at timestep 1"));
    }

    @Test
    void arguments_that_cannot_be_are_refused() {
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(-0.1));
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddim(Double.NaN));
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddpm().at(5, 5).plan(diffusion, 2));
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddpm().at(5, 2).plan(diffusion, 3));
        assertThrows(InvalidArgumentException.class, () -> Sampler.ddpm().at(1000).plan(diffusion, 1));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withMove(Double.NaN, 0, 0));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withX0(1e39, 0, 1));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withX0(1, 0, 0));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withSave(4, 0, 0, 0, 0));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withNoise(1, -1));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withQuantile(1.5));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withVariance(null, 0, 0));
        assertThrows(InvalidArgumentException.class, () -> Step.at(1).withKnown(1, 1, -1));
    }
}
