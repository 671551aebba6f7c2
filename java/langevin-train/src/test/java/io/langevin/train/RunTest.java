package io.langevin.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.BadModelException;
import io.langevin.Device;
import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.LangevinException;
import io.langevin.Model;
import io.langevin.SampleRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class RunTest {
    private static final int STEPS = 30;

    @TempDir
    private static Path folder;
    private static Path data;
    private static Path undisturbed;
    private static Device device;

    @TempDir
    private Path own;

    @BeforeAll
    static void run_undisturbed() throws IOException {
        device = Device.cpu(2);
        data = Toy.data(folder.resolve("data"));
        undisturbed = folder.resolve("undisturbed");
        Toy.toTheEnd(undisturbed, Toy.settings(data, STEPS));
    }

    @AfterAll
    static void close() {
        device.close();
    }

    private Path begun(String name) {
        Path run = own.resolve(name);
        Run.begin(run, RunConfig.of(Toy.settings(data, STEPS)), device).close();
        return run;
    }

    /// Trains up to a step and stops there.
    private static void trainTo(Path run, long step) {
        try (Run one = Run.resume(run, device)) {
            assertFalse(one.train(progress -> progress.step() < step));
            assertEquals(step, one.step());
        }
    }

    private static String refusal(Class<? extends RuntimeException> kind, Executable call) {
        return assertThrows(kind, call).getMessage();
    }

    @Test
    void a_run_folder_is_a_model_from_the_beginning_on() {
        Path run = begun("run");
        try (Model fresh = Model.open(run, device); Model trained = Model.open(undisturbed, device)) {
            assertEquals(List.of("left", "middle", "right"), trained.labelNames());
            assertEquals(3, trained.config().noneLabel());
            SampleRequest request = SampleRequest.of(2).withSteps(2).withLabels(0, 2);
            assertFalse(fresh.sample(request).equals(trained.sample(request)));
        }
    }

    @Test
    void stopped_at_any_step_it_goes_on_to_the_same_bits() throws IOException {
        Path run = begun("run");
        for (long step : List.of(1L, 2L, 13L, 20L, 29L)) {
            trainTo(run, step);
        }
        assertEquals(List.of(), Toy.toTheEnd(run, ""));
        // What differs is which checkpoints there are besides the last.
        Files.delete(run.resolve("checkpoints/step-00000029.safetensors"));
        Files.copy(undisturbed.resolve("checkpoints/step-00000020.safetensors"), run.resolve("checkpoints/step-00000020.safetensors"));
        Toy.assertSame(undisturbed, run, STEPS);
    }

    @Test
    void a_finished_run_is_left_as_it_is() throws IOException {
        var before = Files.getLastModifiedTime(undisturbed.resolve("loss.csv"));
        try (Run run = Run.resume(undisturbed, device)) {
            assertTrue(run.finished());
            assertTrue(run.train(progress -> {
                throw new AssertionError("it trains");
            }));
        }
        assertEquals(before, Files.getLastModifiedTime(undisturbed.resolve("loss.csv")));
    }

    @Test
    void a_newest_checkpoint_that_is_cut_off_or_damaged_is_passed_over_and_named() throws IOException {
        for (String how : List.of("cut off", "damaged", "empty", "header")) {
            Path run = begun(how);
            trainTo(run, 20);
            Path newest = run.resolve("checkpoints/step-00000020.safetensors");
            try (FileChannel file = FileChannel.open(newest, StandardOpenOption.WRITE)) {
                switch (how) {
                    case "cut off" -> file.truncate(file.size() - 100);
                    case "damaged" -> file.write(ByteBuffer.wrap(new byte[] {0x55}), file.size() - 4000);
                    case "empty" -> file.truncate(0);
                    default -> file.write(ByteBuffer.wrap("}}}}".getBytes()), 30);
                }
            }
            List<String> said = Toy.toTheEnd(run, "");
            assertEquals(1, said.size());
            assertTrue(said.getFirst().startsWith("checkpoint " + newest + " is passed over: it") && said.getFirst().endsWith("Going on from the one before, of step 10"), said.getFirst());
            Files.delete(run.resolve("checkpoints/step-00000020.safetensors.damaged"));
            Toy.assertSame(undisturbed, run, STEPS);
        }
    }

    @Test
    void with_no_checkpoint_left_it_says_so() throws IOException {
        Path run = begun("run");
        Files.write(run.resolve("checkpoints/step-00000000.safetensors"), new byte[100]);
        String message = refusal(BadModelException.class, () -> Run.resume(run, device));
        assertTrue(message.endsWith("No other is left: begin the run again"), message);
    }

    @Test
    void lines_beyond_the_checkpoint_are_cut_off_the_curve() throws IOException {
        Path run = begun("run");
        trainTo(run, 20);
        Files.writeString(run.resolve("loss.csv"), "21,0.5,0.5,0.5\n22,0.", StandardOpenOption.APPEND);
        Toy.toTheEnd(run, "");
        assertEquals(-1, Files.mismatch(undisturbed.resolve("loss.csv"), run.resolve("loss.csv")));
        List<String> lines = Files.readAllLines(run.resolve("loss.csv"));
        assertEquals("step,loss,grad_norm,learning_rate", lines.getFirst());
        assertEquals(1 + STEPS, lines.size());
        assertTrue(lines.get(1).startsWith("1,") && lines.get(1).endsWith(",0.0"), lines.get(1));          // the warm-up begins at 0
        assertTrue(lines.get(STEPS).startsWith("30,") && lines.get(STEPS).endsWith(",0.002"), lines.get(STEPS));
    }

    @Test
    void a_curve_that_somebody_cut_has_a_gap_and_the_run_goes_on() throws IOException {
        Path run = begun("run");
        trainTo(run, 20);
        Files.writeString(run.resolve("loss.csv"), "step,loss,grad_norm,learning_rate\n1,0.5,0.");
        List<String> said = Toy.toTheEnd(run, "");
        assertEquals(1, said.size());
        assertTrue(said.getFirst().startsWith(run.resolve("loss.csv") + " lacks its last "), said.getFirst());
        List<String> wanted = Files.readAllLines(undisturbed.resolve("loss.csv"));
        List<String> found = Files.readAllLines(run.resolve("loss.csv"));
        assertEquals(wanted.subList(22, 31), found.subList(found.size() - 9, found.size()));
        assertEquals(-1, Files.mismatch(undisturbed.resolve("diffusion_pytorch_model.safetensors"), run.resolve("diffusion_pytorch_model.safetensors")));
    }

    @Test
    void a_picture_that_cannot_be_read_costs_no_step() throws IOException {
        Path pictures = Files.createDirectories(own.resolve("pictures"));
        for (int i = 0; i < 40; i++) {
            var shades = new float[64];
            Arrays.fill(shades, i / 40f);
            new Images(1, 1, 8, 8, shades).writePng(pictures.resolve("picture-" + i + ".png"));
        }
        Files.write(pictures.resolve("picture-10.png"), new byte[] {1, 2, 3});
        String settings = "{\"data\": \"" + pictures + "\", \"model\": " + Toy.NETWORK + ", \"steps\": 20, \"batch\": 4, \"micro_batch\": 2, \"sample_every\": 0}";
        Path run = own.resolve("run");
        try (Run one = Run.begin(run, RunConfig.of(settings), device)) {
            String message = refusal(InvalidArgumentException.class, () -> one.train(progress -> true));
            assertTrue(message.contains("picture-10.png") && message.endsWith("or skip such pictures with --resume --skip-broken"), message);
            assertTrue(one.step() > 0, "it is not in the first batch");
        }
        var said = new ArrayList<String>();
        try (Run one = Run.resume(run, device, "{\"skip_broken\": true}")) {
            assertTrue(one.train(progress -> true, said::add));
        }
        assertTrue(said.getFirst().startsWith("skipped so far: ") && said.getFirst().contains("picture-10.png"), said.toString());
        Path whole = own.resolve("whole");
        Toy.toTheEnd(whole, settings.replace("{\"data\"", "{\"skip_broken\": true, \"data\""));
        assertEquals(-1, Files.mismatch(whole.resolve("loss.csv"), run.resolve("loss.csv")));
        assertEquals(-1, Files.mismatch(whole.resolve("diffusion_pytorch_model.safetensors"), run.resolve("diffusion_pytorch_model.safetensors")));
    }

    @Test
    void a_longer_run_is_the_shorter_one_gone_on_with() throws IOException {
        Path run = begun("run");
        Toy.toTheEnd(run, "");
        try (Run longer = Run.resume(run, device, "{\"steps\": 40, \"keep\": 1, \"sample_every\": 0}")) {
            assertTrue(longer.train(progress -> true));
        }
        Path whole = own.resolve("whole");
        Toy.toTheEnd(whole, Toy.settings(data, 40));
        assertEquals(-1, Files.mismatch(whole.resolve("loss.csv"), run.resolve("loss.csv")));
        assertEquals(-1, Files.mismatch(whole.resolve("diffusion_pytorch_model.safetensors"), run.resolve("diffusion_pytorch_model.safetensors")));
        assertEquals(List.of("step-00000040.safetensors"), Toy.names(run.resolve("checkpoints")));
    }

    @Test
    void what_would_change_the_bits_cannot_change_on_the_way() {
        Path run = begun("run");
        String message = refusal(InvalidArgumentException.class, () -> Run.resume(run, device, "{\"lr\": 0.1, \"seed\": 6, \"keep\": 5}"));
        assertEquals("this run was begun with lr 0.002, not 0.1; seed 5, not 6. Go on without that, or begin another run", message);
        RunConfig cosine = RunConfig.of(Toy.settings(data, STEPS), "{\"schedule\": \"cosine\"}");
        assertThrows(InvalidArgumentException.class, () -> cosine.continued("{\"steps\": 50}"));
    }

    @Test
    void a_folder_is_one_process_s_at_a_time_and_nothing_else_s() throws IOException {
        Path run = begun("run");
        try (Run first = Run.resume(run, device)) {
            assertEquals(run + " is being trained by another process; wait for it, or end it", refusal(InvalidArgumentException.class, () -> Run.resume(run, device)));
            assertEquals(0, first.step());
        }
        RunConfig config = RunConfig.of(Toy.settings(data, STEPS));
        assertTrue(refusal(InvalidArgumentException.class, () -> Run.begin(run, config, device)).contains("holds a run already"));
        assertTrue(refusal(InvalidArgumentException.class, () -> Run.begin(folder.resolve("data"), config, device)).endsWith("holds other files (labels.txt, squares.safetensors); choose a new folder"));
        assertTrue(refusal(InvalidArgumentException.class, () -> Run.resume(own.resolve("nowhere"), device)).contains("holds no run"));
    }

    @Test
    void gradients_that_are_not_finite_end_a_run_with_a_sentence() {
        var said = new ArrayList<String>();
        try (Run run = Run.begin(own.resolve("run"), RunConfig.of(Toy.settings(data, 400), "{\"lr\": 1e30, \"warmup\": 0, \"clip\": Infinity, \"sample_every\": 0}"), device)) {
            String message = refusal(InvalidArgumentException.class, () -> run.train(progress -> true, said::add));
            assertTrue(message.startsWith("100 updates in a row, up to ") && message.contains("lower learning rate"), message);
        }
        assertEquals(1, said.size());
        assertTrue(said.getFirst().endsWith("was skipped: its gradient is not finite"), said.getFirst());
    }

    @Test
    void a_sample_grid_is_given_up_where_the_listener_says_so() throws IOException {
        Path run = begun("run");
        var asked = new int[1];
        try (Run one = Run.resume(run, device, "{\"sample_every\": 4}")) {
            assertFalse(one.train(progress -> progress.step() < 4 || ++asked[0] < 2));         // no at the first step of the grid
            assertEquals(4, one.step());
        }
        assertEquals(List.of(), Toy.names(run.resolve("samples")));
        Toy.toTheEnd(run, "");
        assertEquals(-1, Files.mismatch(undisturbed.resolve("loss.csv"), run.resolve("loss.csv")));
    }

    @Test
    void data_that_changed_meanwhile_is_refused() throws IOException {
        Path other = Toy.data(own.resolve("data"));
        Path run = own.resolve("run");
        Run.begin(run, RunConfig.of(Toy.settings(other, STEPS)), device).close();
        Files.writeString(other.resolveSibling("labels.txt"), "left\nmiddle\nup\n");
        try (Run one = Run.resume(run, device)) {
            String message = refusal(InvalidArgumentException.class, () -> one.train(progress -> true));
            assertTrue(message.startsWith("the data is not what this run was begun with"), message);
        }
    }

    @Test
    void what_cannot_be_written_is_said_in_a_sentence() throws IOException {
        Path run = begun("run");
        Files.writeString(run.resolve("samples"), "in the way");
        try (Run one = Run.resume(run, device)) {
            String message = refusal(UncheckedIOException.class, () -> one.train(progress -> true));
            assertTrue(message.startsWith("cannot make " + run.resolve("samples")), message);
        }
    }

    @Test
    void labels_are_ignored_where_the_network_has_no_classes_and_it_says_so() {
        try (Run run = Run.begin(own.resolve("run"), RunConfig.of(Toy.settings(data, 3), "{\"classes\": false, \"label_dropout\": null, \"warmup\": 0}"), device)) {
            assertTrue(run.notes().getLast().startsWith("the 3 labels of these pictures are ignored"), run.notes().toString());
            assertTrue(run.train(progress -> true));
        }
        try (Model model = Model.open(own.resolve("run"), device)) {
            assertEquals(0, model.config().labels());
            assertEquals(List.of(), model.labelNames());
        }
    }

    @Test
    void a_network_with_too_few_classes_is_refused_with_the_numbers_that_fit() {
        String network = Toy.NETWORK.replaceFirst("\\{", "{\"num_class_embeds\": 3, \"langevin_none_label\": 2,");
        String message = refusal(InvalidArgumentException.class,
                () -> Run.begin(own.resolve("run"), RunConfig.of(Toy.settings(data, 3), "{\"classes\": false, \"warmup\": 0, \"model\": " + network + "}"), device));
        assertTrue(message.contains("3 classes, the network 2; in its config.json set num_class_embeds to 4 and langevin_none_label to 3"), message);
        assertFalse(Files.exists(own.resolve("run")));
    }

    @Test
    void fine_tuning_begins_with_the_model_and_knows_its_labels_by_name() throws IOException {
        Path fewer = Toy.data(own.resolve("fewer"));
        Files.writeString(fewer.resolveSibling("labels.txt"), "right\nleft\nmiddle\n");
        String settings = "{\"data\": \"" + fewer + "\", \"from\": \"" + undisturbed + "\", \"steps\": 4, \"batch\": 4, \"checkpoint_every\": 2, \"sample_every\": 0}";
        Path run = own.resolve("run");
        try (Run one = Run.begin(run, RunConfig.of(settings), device)) {
            assertEquals(List.of("labels are the model's, by their names"), one.notes());
            assertEquals(2, one.data().label(indexOf(one, 0)));         // label 0 of the data is "right", which is the model's 2
            assertEquals(-1, firstDifference(run, undisturbed));
        }
        List<String> said = new ArrayList<>();
        trainTo(run, 3);
        said.addAll(Toy.toTheEnd(run, ""));
        assertEquals(List.of("labels are the model's, by their names"), said);
        Path whole = own.resolve("whole");
        Toy.toTheEnd(whole, settings);
        assertEquals(-1, Files.mismatch(whole.resolve("loss.csv"), run.resolve("loss.csv")));
        assertEquals(-1, firstDifference(whole, run));
    }

    private static int indexOf(Run run, int label) throws IOException {
        byte[] file = Files.readAllBytes(data);
        for (int i = 0; i < Toy.PICTURES; i++) {
            if (file[file.length - Toy.PICTURES + i] == label) {
                return i;
            }
        }
        throw new AssertionError("no picture with label " + label);
    }

    private static long firstDifference(Path one, Path other) {
        try (Model a = Model.open(one, device); Model b = Model.open(other, device)) {
            SampleRequest request = SampleRequest.of(2).withSteps(2).withLabels(0, 1);
            return a.sample(request).equals(b.sample(request)) ? -1 : 0;
        }
    }

    @Test
    void an_estimate_changes_nothing() throws IOException {
        Path run = begun("run");
        try (Run one = Run.resume(run, device)) {
            Estimate estimate = one.estimate();
            assertEquals(STEPS, estimate.updates());
            assertTrue(estimate.imagesPerSecond() > 0 && estimate.time().toNanos() > 0, estimate.toString());
            assertTrue(estimate.memory() > 6 * 4 * estimate.parameters(), estimate.toString());       // weights, gradients, two moments, two averages
            assertTrue(one.train(progress -> true));
        }
        Toy.assertSame(undisturbed, run, STEPS);
    }

    @Test
    void thread_counts_change_no_bit() throws IOException {
        Path run = own.resolve("run");
        try (Run one = Run.begin(run, RunConfig.of(Toy.settings(data, STEPS)), device)) {        // on 2 threads; the undisturbed one had 1
            assertTrue(one.train(progress -> true));
        }
        Toy.assertSame(undisturbed, run, STEPS);
    }

    @Test
    void a_run_that_was_killed_while_it_began_begins_again() throws IOException {
        Path run = begun("run");
        Files.delete(run.resolve("run.json"));
        Files.writeString(run.resolve("checkpoints/step-00000000.safetensors.part"), "half");
        Toy.toTheEnd(run, Toy.settings(data, STEPS));
        Files.deleteIfExists(run.resolve("checkpoints/step-00000000.safetensors.part"));
        Toy.assertSame(undisturbed, run, STEPS);
    }

    @Test
    void settings_are_written_and_read() {
        RunConfig config = RunConfig.of(Toy.settings(data, STEPS), "{\"seed\": 9007199254740993, \"clip\": Infinity}");
        assertEquals(config, RunConfig.of(config.json()));
        assertEquals(9007199254740993L, config.seed());
    }

    @Test
    void wrong_settings_are_named() {
        for (var wrong : List.of(List.of("\"stesp\": 3", "there is no setting \"stesp\""), List.of("\"steps\": 0", "steps is 0; it is a whole number from 1 on"),
                List.of("\"batch\": 6, \"micro_batch\": 4", "batch is 6, which is not made of whole micro-batches of 4"), List.of("\"ema\": [\"x:0.9\"]", "ema is x:0.9"),
                List.of("\"lr\": -1", "learning rate is -1.0"), List.of("\"schedule\": \"step\"", "schedule is \"step\"; it is constant, linear or cosine"),
                List.of("\"background\": \"mauve\"", "'mauve' is no colour"), List.of("\"flip\": 3", "settings: flip is 3, it has to be true or false"),
                List.of("\"warmup\": 99", "warmup is 99, the whole run has 30 steps"))) {
            String message = refusal(LangevinException.class, () -> RunConfig.of(Toy.settings(data, STEPS), "{" + wrong.get(0) + "}"));
            assertTrue(message.startsWith(wrong.get(1)), message);
        }
        assertTrue(refusal(InvalidArgumentException.class, () -> Run.begin(own.resolve("run"), RunConfig.of("{\"model\": " + Toy.NETWORK + "}"), device)).startsWith("no data"));
        assertTrue(refusal(InvalidArgumentException.class, () -> Run.begin(own.resolve("run"), RunConfig.of("{\"data\": \"" + data + "\"}"), device)).startsWith("no network"));
    }
}
