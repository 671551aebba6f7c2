package io.langevin.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Diffusion;
import io.langevin.Diffusion.End;
import io.langevin.Diffusion.Prediction;
import io.langevin.Diffusion.Sigmas;
import io.langevin.Diffusion.Spacing;
import io.langevin.Diffusion.Variance;
import io.langevin.NoiseSchedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchedulerTextTest {
    @Test
    void what_is_written_is_read_again() {
        var cases = new ArrayList<Diffusion>();
        for (NoiseSchedule schedule : List.of(NoiseSchedule.linear(0.0001, 0.02, 1000), NoiseSchedule.linear(0.001, 0.05, 400), NoiseSchedule.scaledLinear(0.00085, 0.012, 1000),
                NoiseSchedule.scaledLinear(0.0015, 0.0195, 1000), NoiseSchedule.linear(0.0002, 0.04, 500).withZeroTerminalSnr(), NoiseSchedule.cosine(1000),
                NoiseSchedule.cosine(77).withZeroTerminalSnr(), NoiseSchedule.laplace(500), NoiseSchedule.sigmoid(0.0001, 0.02, 1000), NoiseSchedule.ofBetas(0.5f))) {
            cases.add(Diffusion.of(schedule));
        }
        Diffusion plain = cases.getFirst();
        for (Prediction prediction : Prediction.values()) {
            cases.add(plain.withPrediction(prediction));
        }
        for (Spacing spacing : Spacing.values()) {
            cases.add(plain.withSpacing(spacing));
        }
        for (Variance variance : Variance.values()) {
            cases.add(plain.withVariance(variance));
        }
        for (End end : End.values()) {
            cases.add(plain.withEnd(end));
        }
        for (Sigmas sigmas : Sigmas.values()) {
            cases.add(plain.withSigmas(sigmas));
        }
        cases.add(plain.withLimit(Double.POSITIVE_INFINITY));
        cases.add(plain.withLimit(2.5));
        cases.add(plain.withThreshold(0.99, 1.5));
        cases.add(Diffusion.parse("{\"_class_name\": \"EDMEulerScheduler\", \"sigma_min\": 0.01, \"sigma_max\": 40, \"rho\": 5}"));
        cases.add(Diffusion.parse("{\"_class_name\": \"EDMEulerScheduler\", \"sigma_schedule\": \"exponential\"}"));
        for (Diffusion diffusion : cases) {
            assertEquals(diffusion, Diffusion.parse(SchedulerText.of(diffusion)), SchedulerText.of(diffusion));
        }
    }

    @Test
    void a_schedule_that_diffusers_knows_is_written_by_its_name() {
        String text = SchedulerText.of(Diffusion.of(NoiseSchedule.cosine(1000).withZeroTerminalSnr()));
        assertTrue(text.contains("\"beta_schedule\": \"squaredcos_cap_v2\"") && text.contains("\"rescale_betas_zero_snr\": true"), text);
    }

    /// 1 - beta is a multiple of 2^-24: half of that, of the entry before, and the rounding of the entry itself. None of it adds up.
    @Test
    void any_other_table_is_met_to_the_rounding_of_a_beta() {
        var alphaBar = new float[1000];
        for (int t = 0; t < alphaBar.length; t++) {
            alphaBar[t] = (float) Math.pow(0.5 + 0.5 * Math.cos(Math.PI * (t + 1) / 1001), 1.7);
        }
        for (NoiseSchedule schedule : List.of(new NoiseSchedule(alphaBar), NoiseSchedule.sigmoid(0.0003, 0.03, 300).withZeroTerminalSnr(), NoiseSchedule.ofBetas(0.3f, 0.1f, 0.99f))) {
            NoiseSchedule read = Diffusion.parse(SchedulerText.of(Diffusion.of(schedule))).schedule();
            assertEquals(schedule.steps(), read.steps());
            double before = 1;
            for (int t = 0; t < schedule.steps(); t++) {
                assertEquals(schedule.alphaBar(t), read.alphaBar(t), 0x1p-24 * before + Math.ulp((float) schedule.alphaBar(t)), "entry " + t);
                before = schedule.alphaBar(t);
            }
        }
    }

    @Test
    void texts_are_quoted_as_json_wants_it() {
        for (String text : List.of("", "cat", "a \"quoted\" \\ name", "line\nend\t\u0001", "snö, 猫, \ud83d\ude00")) {
            assertEquals(new Json.Str(text), Json.parse("quoted", Json.quote(text)));
        }
    }
}
