package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Model;
import io.langevin.Plane;
import io.langevin.SampleRequest;
import io.langevin.Step;
import io.langevin.internal.Json;
import io.langevin.internal.Safetensors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {
    @Test
    void json_is_one_object_with_what_was_measured() {
        String out = Run.of("bench", Run.MNIST, "--batch", 2, "--threads", 1, "--seconds", 0.01, "--json").result();
        Json.Obj object = Json.parse("stdout", out).object();
        assertEquals(2, object.integer("rows", 0));
        assertEquals(1, object.integer("threads", 0));
        assertEquals("float32", object.text("dtype", ""));
        assertTrue(object.number("milliseconds_per_step", 0) > 0);
        assertTrue(object.number("milliseconds_java", 0) > 0);
        List<Json> profile = ((Json.Arr) object.fields().get("profile")).items();
        double share = 0;
        for (Json op : profile) {
            assertTrue(!op.object().text("name", "").isEmpty() && !op.object().text("op", "").isEmpty() && !op.object().text("algorithm", "").isEmpty(), op.toString());
            share += op.object().number("share", 0);
        }
        // As many roundings to five digits as there are ops.
        assertEquals(1, share, 5e-6 * profile.size());
        try (var model = Model.open(Path.of(Run.MNIST))) {
            double flops = profile.stream().mapToDouble(op -> op.object().number("flops", 0)).sum();
            // The time embedding is computed once for both: below a thousandth of all.
            assertEquals(2 * model.plan(1).flops(), flops, 1e-2 * flops);
        }
    }

    @Test
    void without_json_it_is_a_table() {
        String out = Run.of("bench", Run.MNIST, "--seconds", 0.01).result();
        assertTrue(out.startsWith("device cpu (") && out.contains(" ms a step of 1 image, ") && out.contains("GFLOP/s  op\n"), out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet-plain", "unet-class-table", "unet-class-timestep", "unet-class-identity", "unet-learned-sigma-6out"})
    void a_model_gets_the_class_that_it_wants(String golden) {
        Run.of("bench", Run.ROOT.resolve("tests/goldens/cases").resolve(golden).resolve("model"), "--seconds", 0.01).result();
    }

    @Test
    void training_has_the_same_json_but_for_javas_share() {
        String out = Run.of("bench", Run.MNIST, "--training", "--batch", 2, "--threads", 1, "--seconds", 0.01, "--json").result();
        Json.Obj object = Json.parse("stdout", out).object();
        assertEquals(List.of("milliseconds_per_step", "images_per_second", "rows", "threads", "dtype", "profile"), List.copyOf(object.fields().keySet()));
        assertEquals(2, object.integer("rows", 0));
        assertEquals(2e3, object.number("milliseconds_per_step") * object.number("images_per_second"), 1);      // six digits of each
        List<Json> profile = ((Json.Arr) object.fields().get("profile")).items();
        assertEquals(1, profile.stream().mapToDouble(op -> op.object().number("share", 0)).sum(), 5e-6 * profile.size());
        assertTrue(profile.stream().anyMatch(op -> op.object().text("name").contains("gradient")), out);
    }

    @Test
    void training_has_a_table_too_and_serves() {
        String out = Run.of("bench", Run.MNIST, "--training", "--seconds", 0.01).result();
        assertTrue(out.startsWith("device cpu (") && out.contains(" ms a training step of 1 image, ") && !out.contains("Java") && out.contains("GFLOP/s  op\n"), out);
        List<String> lines = serve("run 2\nquit\n", "--training").result().lines().toList();
        assertEquals(2, milliseconds(lines.getFirst()).size());
        serve("check in out\n", "--training").fails(Main.WRONG_USAGE, "'check in out'");
    }

    @Test
    void an_empty_batch_is_refused() {
        Run.of("bench", Run.MNIST, "--batch", 0).fails(Main.WRONG_USAGE, "--batch 0: it is 1 or more");
    }

    @Test
    void serve_runs_as_often_as_it_is_told_until_it_is_told_to_quit() {
        List<String> lines = serve("run 3\nrun 0\nquit\nrun 1\n").result().lines().toList();
        assertEquals(2, lines.size(), lines.toString());
        assertEquals(3, milliseconds(lines.get(0)).size());
        assertEquals(0, milliseconds(lines.get(1)).size());
        assertEquals(1, serve("run 1\n").result().lines().count(), "the end of stdin is as good as quit");
    }

    @Test
    void serve_refuses_what_it_does_not_know() {
        for (String line : List.of("walk", "check one", "run", "run x", "run -1")) {
            serve(line + "\n").fails(Main.WRONG_USAGE, "'" + line + "': there are check IN OUT, run K and quit");
        }
    }

    @Test
    void serve_checks_with_what_the_network_says_of_each_image(@TempDir Path folder) throws IOException {
        var sample = new float[3 * 784];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = (float) Math.sin(0.37 * i);
        }
        float[] timestep = {3, 500, 999};
        long[] labels = {7, 0, 10};
        Files.write(folder.resolve("in"), inputs(sample, timestep, labels));
        assertEquals("", serve("check " + folder.resolve("in") + " " + folder.resolve("out") + "\n").result());
        Safetensors.Tensor output = Safetensors.read(folder.resolve("out")).get("output");
        assertArrayEquals(new int[] {3, 1, 28, 28}, output.shape());
        try (var model = Model.open(Path.of(Run.MNIST)); var denoiser = model.denoiser(1)) {
            for (int i = 0; i < 3; i++) {
                var slots = denoiser.join(SampleRequest.of(1).withLabels((int) labels[i]));
                denoiser.write(slots, Plane.X, 0, Arrays.copyOfRange(sample, i * 784, (i + 1) * 784));
                denoiser.step(slots, Step.at(timestep[i]));
                assertArrayEquals(denoiser.read(slots, Plane.OUT).values(), Arrays.copyOfRange(output.floats(), i * 784, (i + 1) * 784), "image " + i);
                denoiser.leave(slots);
            }
        }
        Files.write(folder.resolve("in"), inputs(sample, new float[] {3}, labels));
        serve("check " + folder.resolve("in") + " " + folder.resolve("out") + "\n").fails(Main.WRONG_USAGE, folder.resolve("in") + ": wanted float32 sample [N, C, H, W]");
        serve("check " + folder.resolve("none") + " out\n").fails(Main.FAILED, folder.resolve("none") + ": there is no such file");
    }

    private static Run serve(String lines, String... options) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
        try {
            var arguments = new ArrayList<Object>(List.of("bench", Run.MNIST, "--serve", "--batch", 2));
            arguments.addAll(List.of(options));
            return Run.of(arguments.toArray());
        } finally {
            System.setIn(before);
        }
    }

    private static List<Json> milliseconds(String line) {
        return ((Json.Arr) Json.parse("line", line).object().fields().get("milliseconds")).items();
    }

    private static byte[] inputs(float[] sample, float[] timestep, long[] labels) {
        int first = 4 * sample.length;
        int second = first + 4 * timestep.length;
        int third = second + 8 * labels.length;
        String header = ("{'sample': {'dtype': 'F32', 'shape': [%d, 1, 28, 28], 'data_offsets': [0, %d]}, 'timestep': {'dtype': 'F32', 'shape': [%d], 'data_offsets': [%d, %d]}, "
                + "'class_labels': {'dtype': 'I64', 'shape': [%d], 'data_offsets': [%d, %d]}}").formatted(sample.length / 784, first, timestep.length, first, second,
                labels.length, second, third).replace('\'', '"');
        var bytes = ByteBuffer.allocate(8 + header.length() + third).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
        for (float value : sample) {
            bytes.putFloat(value);
        }
        for (float value : timestep) {
            bytes.putFloat(value);
        }
        for (long value : labels) {
            bytes.putLong(value);
        }
        return bytes.array();
    }
}
