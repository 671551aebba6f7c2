package io.langevin.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The tester tested: what is right passes, what is wrong fails, and nothing stops it.
class ParityTest {
    @TempDir
    Path folder;

    private record Run(int exit, List<String> lines) {
        String last() {
            return lines.getLast();
        }
    }

    private Run run(Path directory) {
        var out = new ByteArrayOutputStream();
        int exit = Parity.run(new String[] {directory.toString(), Cases.PROGRAM.toString()}, new PrintStream(out, true, StandardCharsets.UTF_8), System.err);
        return new Run(exit, out.toString(StandardCharsets.UTF_8).lines().toList());
    }

    // Numbers just above the tolerance of each kind: a float more, 5 floats at 0.5, 2e-5 of values around 2, 1/200 of a pixel.
    @ParameterizedTest
    @CsvSource({
        "schedule-ddpm-linear, alphas_cumprod, 3, 6e-8, schedule",
        "schedule-ddpm-linear, betas, 3, 1e-7, schedule",
        "schedule-ddpm-linear, timesteps.50, 7, 1, schedule",
        "noise-seed0, call6, 5, 1e-5, normals",
        "sampler-ddpm-small, trajectory, 100, 1e-4, steps",
        "sampler-ddim-eta1, model_input, 9, 1e-4, steps",
        "sampler-ddim-eta0, timesteps, 2, 1, steps",
        "pipeline-ddim-10, images, 11, 0.005, images",
        "unet-plain, output_f64_as_f32, 3, 1e-3, output",
        "training-adamw-eps, loss, 2, 1e-3, trajectory",
        "training-adamw-eps, learning_rate, 0, 1e-9, trajectory",
        "training-x0-accumulate-minsnr, grad_norm, 5, 1e-2, trajectory",
        "training-class-gray, param.conv_in.weight, 7, 1e-3, trajectory",
        "training-adamw-v-constant-ema, ema.mid_block.attentions.0.to_k.bias, 1, 0.1, trajectory",
    })
    void a_changed_number_fails_and_the_exit_code_says_so(String name, String tensor, int index, float difference, String what) throws IOException {
        Path golden = Cases.copy(name, folder.resolve(name));
        Run right = run(folder);
        assertTrue(right.lines().getFirst().matches(name + " " + what + " error \\S+ tolerance \\S+ PASS .*"), right.lines().getFirst());
        assertEquals(0, right.exit());

        Cases.change(golden, tensor, index, difference);
        Run wrong = run(folder);
        assertTrue(wrong.lines().getFirst().matches(name + " " + what + " error \\S+ tolerance \\S+ FAIL .*"), wrong.lines().getFirst());
        assertEquals(1, wrong.exit());
    }

    @Test
    void a_case_with_gradients_has_a_second_line() throws IOException {
        Cases.copy("unet-plain", folder.resolve("unet-plain"));
        Run run = run(folder);
        assertTrue(run.lines().get(0).startsWith("unet-plain output error "));
        assertTrue(run.lines().get(1).startsWith("unet-plain gradients error "));
        assertEquals(3, run.lines().size());
    }

    @Test
    void cases_are_found_at_any_depth_whatever_their_name_and_come_in_order() throws IOException {
        String strange = "a name, with {all} \"sorts\" of signs; $HOME";
        Cases.copy("schedule-ddpm-linear", folder.resolve("z/y/x/" + strange));
        Cases.copy("noise-seed0", folder.resolve("z/y/b"));
        Cases.copy("noise-seed42", folder.resolve("z/y/b/c"));
        Run run = run(folder);
        assertEquals(List.of(strange, "b", "c", "parity:"),
                run.lines().stream().map(line -> line.startsWith(strange) ? strange : line.substring(0, line.indexOf(' '))).toList());
        assertEquals("parity: 3 PASS, 0 FAIL, 0 UNSUPPORTED", run.last());
        assertEquals(1 + 1, run(folder.resolve("z/y/b/c")).lines().size(), "the folder itself may be a case");
    }

    @Test
    void an_unknown_kind_is_unsupported_and_no_failure() throws IOException {
        Cases.write(folder.resolve("new"), "{\"kind\": \"autoencoder FAIL\"}");
        Run run = run(folder);
        assertEquals(List.of("new case error - tolerance - UNSUPPORTED kind \"autoencoder fail\" is not one that is compared", "parity: 0 PASS, 0 FAIL, 1 UNSUPPORTED"),
                run.lines());
        assertEquals(0, run.exit());
    }

    @Test
    void what_the_library_lacks_is_unsupported_with_its_own_words() throws IOException {
        Path golden = Cases.copy("schedule-ddpm-linear", folder.resolve("lacking"));
        Files.writeString(golden.resolve("scheduler_config.json"), "{\"_class_name\": \"DreamScheduler\"}");
        Run run = run(folder);
        assertTrue(run.lines().getFirst().matches("lacking schedule error - tolerance - UNSUPPORTED .*DreamScheduler.*"), run.lines().getFirst());
        assertEquals(0, run.exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"schedule-ddpm-linear", "sampler-ddpm-small", "pipeline-ddim-10", "noise-seed0", "unet-plain", "training-adamw-eps"})
    void a_case_without_its_tensors_fails(String name) throws IOException {
        Files.delete(Cases.copy(name, folder.resolve(name)).resolve("tensors.safetensors"));
        Run run = run(folder);
        assertTrue(run.lines().getFirst().matches(name + " \\S+ error - tolerance - FAIL .*tensors.safetensors.*"), run.lines().getFirst());
        assertEquals(1, run.exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"schedule", "sampler", "pipeline", "noise", "unet", "training"})
    void a_case_that_says_nothing_but_its_kind_fails(String kind) throws IOException {
        Cases.write(folder.resolve("bare"), "{\"kind\": \"" + kind + "\"}");
        Run run = run(folder);
        assertTrue(run.lines().getFirst().matches("bare \\S+ error - tolerance - FAIL .+"), run.lines().getFirst());
        assertEquals(1, run.exit());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "{}", "{\"kind\": 7}", "{\"kind\": null}", "{\"kind\": \"unet\", \"kind\": \"noise\"}", "{\"kind\": \"unet\"} x", "\u0000"})
    void a_broken_case_json_fails_and_the_others_still_run(String json) throws IOException {
        Cases.write(folder.resolve("broken"), json);
        Cases.copy("noise-seed0", folder.resolve("whole"));
        Run run = run(folder);
        assertTrue(run.lines().get(0).matches("broken case error - tolerance - FAIL case.json.*"), run.lines().get(0));
        assertTrue(run.lines().get(1).contains(" PASS "), run.lines().get(1));
        assertEquals(1, run.exit());
    }

    @Test
    void json_of_any_depth_and_a_case_json_that_is_a_folder_fail() throws IOException {
        Cases.write(folder.resolve("deep"), "{\"kind\": " + "[".repeat(1_000_000));
        Files.createDirectories(folder.resolve("folder/case.json"));
        Run run = run(folder);
        assertTrue(run.lines().get(0).startsWith("deep case error - tolerance - FAIL "), run.lines().get(0));
        assertTrue(run.lines().get(1).startsWith("folder case error - tolerance - FAIL "), run.lines().get(1));
        assertEquals(3, run.lines().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"x\": {\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [0, 8]}}",
        "{\"x\": {\"dtype\": \"F32\", \"shape\": [4], \"data_offsets\": [4, 20]}}",
        "{\"x\": {\"dtype\": \"F32\", \"shape\": [-4], \"data_offsets\": [0, -16]}}",
        "{\"x\": {\"dtype\": \"F32\", \"shape\": [2000000000, 2000000000], \"data_offsets\": [0, 16]}}",
        "{\"x\": {\"dtype\": \"F16\", \"shape\": [4], \"data_offsets\": [0, 8]}}",
        "{\"x\": 3}", "[]", "",
    })
    void broken_tensors_fail(String header) throws IOException {
        Path golden = Cases.copy("schedule-ddpm-linear", folder.resolve("broken"));
        Cases.tensors(golden, header, 4);
        Run run = run(folder);
        assertTrue(run.lines().getFirst().startsWith("broken schedule error - tolerance - FAIL tensors.safetensors: "), run.lines().getFirst());
    }

    @Test
    void nothing_to_compare_is_no_failure_but_a_folder_that_is_not_there_is_a_mistake() {
        Run empty = run(folder);
        assertEquals(List.of("parity: 0 PASS, 0 FAIL, 0 UNSUPPORTED"), empty.lines());
        assertEquals(0, empty.exit());
        assertEquals(2, run(folder.resolve("nowhere")).exit());
    }

    @Test
    void the_words_of_a_verdict_stand_once_in_a_line() {
        String line = Verdict.failed("output", "LGV_UNSUPPORTED:\n a FAILED PASSWORD\t").line("case");
        assertEquals("case output error - tolerance - FAIL LGV_unsupported: a failED passWORD", line);
    }

    @Test
    void what_is_not_a_number_is_not_within_the_tolerance() {
        assertEquals(Verdict.Outcome.FAIL, Verdict.of("output", Double.NaN, 1, "").outcome());
        var furthest = new Furthest();
        furthest.add("good", 1e-6, 1e-5);
        furthest.add("bad", Furthest.relative(new float[] {1, Float.NaN}, new float[] {1, 2}), 1e-5);
        furthest.add("good again", 1e-6, 1e-5);
        assertEquals(Verdict.Outcome.FAIL, furthest.verdict("steps", "").outcome());
        assertFalse(Furthest.ulps(new float[] {Float.NaN}, new float[] {1}) < 1e6);
    }
}
