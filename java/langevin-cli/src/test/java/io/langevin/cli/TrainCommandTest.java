package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.langevin.Device;
import io.langevin.Ema;
import io.langevin.Engine;
import io.langevin.ModelConfig;
import io.langevin.TrainPlan;
import io.langevin.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainCommandTest {
    @TempDir
    private static Path shared;
    private static Path pictures;
    private static Path network;

    @TempDir
    private Path folder;

    @BeforeAll
    static void draw() throws IOException {
        pictures = Drawings.make(shared.resolve("pictures"), "cat", "dog");
        network = Drawings.network(shared, "");
    }

    private Run train(Object... more) {
        List<Object> usual = List.of("--out", folder.resolve("run"), "--data", pictures, "--model", network, "--steps", 6, "--batch", 4, "--checkpoint-every", 2, "--sample-every", 3,
                "--samples", 2, "--sample-steps", 2);
        var words = new ArrayList<Object>(List.of("train"));
        words.addAll(List.of(more));
        for (int i = 0; i < usual.size(); i += 2) {
            if (!words.contains(usual.get(i))) {
                words.addAll(usual.subList(i, i + 2));
            }
        }
        return Run.of(words.toArray());
    }

    @Test
    void from_pictures_to_a_model_that_draws() throws IOException {
        Path run = folder.resolve("run");
        Run trained = train("--classes", "--seed", 3);
        assertEquals(run + "  (6 steps; try:  langevin sample " + run + ")\n", trained.result());
        for (String sentence : List.of("6 pictures in files, 2 classes (cat, dog)", "classes 0-1 (2 means none)", "parameters; ", "6 steps of 4 images: about ", " images/s", "step 6 of 6, loss ", "lr 0.00020")) {
            assertTrue(trained.err().contains(sentence), trained.err());
        }
        for (String file : List.of("run.json", "config.json", "labels.json", "scheduler_config.json", "diffusion_pytorch_model.safetensors", "loss.csv", "loss.png",
                "events.out.tfevents.0.langevin", "samples/step-00000003.png", "samples/step-00000006.png", "checkpoints/step-00000006.safetensors")) {
            assertTrue(Files.exists(run.resolve(file)), file);
        }
        Path drawn = folder.resolve("cats.png");
        Run.of("sample", run, "--class", "cat", "--count", 2, "--steps", 3, "--guidance", 1.5, "--out", drawn).result();
        assertTrue(Files.size(drawn) > 0);
        assertTrue(Run.of("info", run).result().contains("labels      0 cat; 1 dog"));
        assertTrue(Run.of("bench", run, "--help").result().contains("bench"));
    }

    @Test
    void resume_begins_goes_on_and_finds_it_finished() throws IOException {
        train("--resume", "--steps", 3).result();
        Path run = folder.resolve("run");
        Run more = Run.of("train", "--out", run, "--resume", "--steps", 6);
        more.result();
        assertTrue(more.err().contains("from step 3, 3 steps of 4 images"), more.err());
        List<String> curve = Files.readAllLines(run.resolve("loss.csv"));
        assertEquals(7, curve.size());
        Run again = Run.of("train", "--out", run, "--resume");
        assertEquals(run + "  (6 steps)\n", again.result());
        assertTrue(again.err().contains("this run is finished: 6 of 6 steps"), again.err());
        assertEquals(curve, Files.readAllLines(run.resolve("loss.csv")));
    }

    @Test
    void the_same_command_may_be_given_again_and_again() throws IOException {
        Object[] words = {"--resume", "--classes", "--steps", 4};
        train(words).result();
        byte[] curve = Files.readAllBytes(folder.resolve("run/loss.csv"));
        assertTrue(train(words).err().contains("this run is finished: 4 of 4 steps"));
        Files.writeString(folder.resolve("more.json"), "{\"steps\": 5, \"classes\": true}");
        Run.of("train", "--resume", "--config", folder.resolve("more.json"), "--out", folder.resolve("run")).result();
        assertEquals(6, Files.readAllLines(folder.resolve("run/loss.csv")).size());
        train("--resume", "--seed", 1, "--steps", 5, "--classes").fails(Main.WRONG_USAGE, "this run was begun with seed 0, not 1. Go on without that, or begin another run");
        Path again = folder.resolve("again");
        Run.of("train", "--config", folder.resolve("run/run.json"), "--steps", 4, "--out", again).result();
        assertEquals(new String(curve), Files.readString(again.resolve("loss.csv")));
    }

    @Test
    void settings_may_stand_in_a_file_and_options_come_before_it() throws IOException {
        Path file = folder.resolve("settings.json");
        Files.writeString(file, "{\"data\": \"" + pictures + "\", \"model\": \"" + network + "\", \"steps\": 50, \"batch\": 3, \"sample_every\": 0, \"ema\": []}");
        Path run = folder.resolve("run");
        Run.of("train", "--config", file, "--out", run, "--steps", 2).result();
        String used = Files.readString(run.resolve("run.json"));
        assertTrue(used.contains("\"steps\": 2,") && used.contains("\"batch\": 3,") && used.contains("\"ema\": []"), used);
        Path second = folder.resolve("second");
        Run.of("train", "--config", run.resolve("run.json"), "--out", second).result();
        assertEquals(-1, Files.mismatch(run.resolve("loss.csv"), second.resolve("loss.csv")), "a run's settings make the same run again");
    }

    @Test
    void fine_tuning_takes_any_model_that_opens() {
        train("--steps", 2).result();
        Path second = folder.resolve("second");
        Run tuned = Run.of("train", "--from", folder.resolve("run"), "--data", pictures, "--out", second, "--steps", 2, "--batch", 2, "--sample-every", 0);
        assertTrue(tuned.result().startsWith(second + "  (2 steps"));
        assertTrue(tuned.err().contains("note: the 2 labels of these pictures are ignored"), tuned.err());
    }

    @Test
    void mistakes_are_sentences() throws IOException {
        Run.of("train", "--data", pictures).fails(Main.WRONG_USAGE, "--out is missing");
        Run.of("train", "--out", folder.resolve("run")).fails(Main.WRONG_USAGE, "no network: name its config");
        Run.of("train", "--out", folder.resolve("run"), "--model", network).fails(Main.WRONG_USAGE, "no data: say which pictures");
        train("--data", folder.resolve("nowhere")).fails(Main.WRONG_USAGE, folder.resolve("nowhere") + " does not exist. Data is ");
        train("--lr", "fast").fails(Main.WRONG_USAGE, "Invalid value for option '--lr': 'fast' is not a number");
        train("--model", folder.resolve("nowhere.json")).fails(Main.FAILED, folder.resolve("nowhere.json") + ": there is no such file");
        train("--label-dropout", 0.1).fails(Main.WRONG_USAGE, "label_dropout is 0.1, but the network has no label that means none");
        train("--batch", 4, "--micro-batch", 3).fails(Main.WRONG_USAGE, "batch is 4, which is not made of whole micro-batches of 3");
        assertFalse(Files.exists(folder.resolve("run")), "nothing is written before it is clear that it can be");
        Path file = Files.writeString(folder.resolve("file"), "");
        Run.of("train", "--out", file, "--data", pictures, "--model", network).fails(Main.WRONG_USAGE, file + " is a file; a run needs a folder of its own");
        train("--steps", 1).result();
        train("--steps", 1).fails(Main.WRONG_USAGE, folder.resolve("run") + " holds a run already: go on with it by --resume");
    }

    @Test
    void a_broken_picture_is_named_and_skipped_where_that_is_asked_for() throws IOException {
        Path broken = Drawings.make(folder.resolve("broken"), "cat");
        Files.write(broken.resolve("cat/0.png"), new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0});
        Run refused = train("--data", broken);
        assertEquals(Main.WRONG_USAGE, refused.code());
        assertTrue(refused.err().contains("0.png") && refused.err().contains("--skip-broken"), refused.err());
        Run skipped = Run.of("train", "--out", folder.resolve("run"), "--resume", "--skip-broken");
        skipped.result();
        assertTrue(skipped.err().contains("note: skipped so far: ") && skipped.err().contains("0.png"), skipped.err());
    }

    @Test
    void an_interrupt_writes_a_checkpoint_and_ends() throws IOException, InterruptedException {
        assumeFalse(interruptsIgnored(), "whoever started this build has SIGINT ignored, and so does every process below");
        Path run = folder.resolve("run");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=io.langevin.bindings", "--illegal-native-access=deny",
                "-Dlangevin.library=" + Engine.library(), "-p", System.getProperty("jdk.module.path"), "-m", "io.langevin.cli/io.langevin.cli.Main", "train", "--out", run.toString(),
                "--data", pictures.toString(), "--model", network.toString(), "--steps", "1000000", "--checkpoint-every", "1000000", "--sample-every", "0")
                .redirectOutput(folder.resolve("out").toFile()).redirectError(folder.resolve("err").toFile()).start();
        try {
            long start = System.nanoTime();
            while (!(Files.exists(run.resolve("loss.csv")) && Files.size(run.resolve("loss.csv")) > 1000) && process.isAlive() && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(120)) {
                Thread.sleep(20);
            }
            assertEquals(0, new ProcessBuilder("sh", "-c", "kill -INT " + process.pid()).start().waitFor());
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it hangs");
        } finally {
            process.destroyForcibly();
        }
        String err = Files.readString(folder.resolve("err"));
        assertEquals(130, process.exitValue(), err);
        String last = err.lines().toList().getLast();
        assertTrue(last.matches("stopped after step [0-9]+ of 1000000, which is in a checkpoint\\. Go on with:  langevin train --out .*run --resume"), err);
        String step = last.split(" ")[3];
        assertTrue(Files.exists(run.resolve("checkpoints/step-" + "0".repeat(8 - step.length()) + step + ".safetensors")));
    }

    private static boolean interruptsIgnored() throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(status -> status.startsWith("SigIgn:")).findFirst().orElseThrow();
        return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> 1 & 1) != 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"toy-28", "mnist-28", "unet-32", "unet-64"})
    void the_configs_that_come_along_can_be_trained(String name) {
        ModelConfig config = ModelConfig.read(Run.ROOT.resolve("models/configs/" + name + ".json"));
        try (Device device = Device.cpu(1); Trainer trainer = Trainer.create(device, config, TrainPlan.defaults().withEma(new Ema[0]))) {
            assertEquals(Integer.parseInt(name.substring(name.indexOf('-') + 1)), config.height());
            assertTrue(trainer.plan(1).flops() > 0);
            if (name.equals("mnist-28")) {
                assertEquals(10, config.noneLabel());
                assertTrue(2 * trainer.size() < 5_900_000, "in bfloat16 it is at most 6 MB");
            }
        }
    }

    @Test
    void times_are_told_as_people_tell_them() {
        assertEquals("40 s", TrainCommand.duration(Duration.ofSeconds(40)));
        assertEquals("12 min", TrainCommand.duration(Duration.ofSeconds(725)));
        assertEquals("3 h 20 min", TrainCommand.duration(Duration.ofMinutes(200)));
        assertEquals("2 days 4 h", TrainCommand.duration(Duration.ofHours(52)));
    }
}
