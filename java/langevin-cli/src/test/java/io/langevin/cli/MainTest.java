package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @Test
    void without_a_command_it_tells_what_there_is() {
        Run run = Run.of();
        assertEquals(Main.WRONG_USAGE, run.code());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("Usage: langevin"), run.err());
    }

    @Test
    void help_is_a_result() {
        String help = Run.of("--help").result();
        for (String command : List.of("sample", "train", "evaluate", "export", "info", "dump", "bench")) {
            assertTrue(help.contains("\n  " + command + " "), help);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sample", "evaluate", "export", "info", "dump", "bench"})
    void every_command_has_help_and_a_version(String command) {
        String help = Run.of(command, "--help").result();
        assertTrue(help.startsWith("Usage: langevin " + command + " [OPTIONS] [MODEL]"), help);
        assertTrue(help.contains("--device=NAME") && help.contains("--threads=N"), help);
        assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
        assertEquals(Run.of("--version").result(), Run.of(command, "--version").result());
    }

    @Test
    void version_names_the_library_that_was_loaded() {
        List<String> lines = Run.of("--version").result().lines().toList();
        assertEquals("langevin " + Engine.version(), lines.get(0));
        assertEquals("library " + Engine.library(), lines.get(1));
        assertTrue(lines.get(2).startsWith("java 2"), lines.get(2));
    }

    @Test
    void what_is_unknown_brings_what_is_near() {
        Run.of("smaple").fails(Main.WRONG_USAGE, "langevin does not know what to do with 'smaple'; did you mean sample?");
        Run.of("sample", "--sed", 7).fails(Main.WRONG_USAGE, "there is no option '--sed'; did you mean --seed?");
        Run run = Run.of("sample", Run.MNIST, "more");
        run.fails(Main.WRONG_USAGE, "sample does not know what to do with 'more'");
        assertEquals("langevin sample --help tells what there is", run.err().lines().toList().getLast().strip());
    }

    @Test
    void numbers_are_numbers() {
        Run.of("sample", "--seed", "abc").fails(Main.WRONG_USAGE, "Invalid value for option '--seed': 'abc' is not a whole number below 2^63");
        Run.of("sample", "--count", "99999999999").fails(Main.WRONG_USAGE, "Invalid value for option '--count': '99999999999' is not a whole number below 2^31");
        Run.of("sample", "--eta", "much").fails(Main.WRONG_USAGE, "Invalid value for option '--eta': 'much' is not a number");
        Run.of("bench", "--batch", "1.5").fails(Main.WRONG_USAGE, "Invalid value for option '--batch': '1.5' is not a whole number below 2^31");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sample", "info", "dump", "bench"})
    void a_device_that_is_not_there_is_an_error(String command) {
        Run.of(command, Run.MNIST, "--device", "abacus").fails(Main.WRONG_USAGE, command.equals("dump")
                ? "GPU \"abacus\": predictions there are for a100, h100 and h200; devices that are here are cpu, cuda, cuda:1 (and so on), cuda/float32 and auto"
                : "device \"abacus\": there are cpu, cuda, cuda:1 (and so on), cuda/float32 and auto");
        Run.of(command, Run.MNIST, "--device", "cuda").fails(Main.FAILED, "no CUDA device");
        Run.of(command, Run.MNIST, "--threads", 5000).fails(Main.WRONG_USAGE, "threads: 5000, wanted 1 to 1024");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sample", "info", "dump", "bench"})
    void a_folder_without_a_model_says_what_is_missing(String command, @TempDir Path folder) throws IOException {
        Run.of(command, folder.resolve("none")).fails(Main.FAILED, folder.resolve("none") + ": there is no such file or folder");
        Run.of(command, folder).fails(Main.FAILED, folder + "/config.json is missing");
        Run.of(command, "google/ddpm-cifar10-32").fails(Main.FAILED, "google/ddpm-cifar10-32 is a hub id, not a folder. Fetch it first:  hf download");
        Files.writeString(folder.resolve("config.json"), "{\"sample_size\": ");
        Files.write(folder.resolve("diffusion_pytorch_model.safetensors"), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', '}'});      // well formed, of no tensors
        Run.of(command, folder).fails(Main.FAILED, folder + "/config.json, line 1");
    }

    @Test
    void weights_that_are_cut_off_are_an_error(@TempDir Path folder) throws IOException {
        Path weights = Path.of("unet/diffusion_pytorch_model.safetensors");
        Files.createDirectory(folder.resolve("unet"));
        Files.copy(Path.of(Run.MNIST, "unet/config.json"), folder.resolve("unet/config.json"));
        byte[] all = Files.readAllBytes(Path.of(Run.MNIST).resolve(weights));
        Files.write(folder.resolve(weights), Arrays.copyOf(all, all.length / 2));
        Run.of("info", folder).fails(Main.FAILED, folder.resolve(weights).toString());
    }

    @Test
    void the_model_that_comes_along_is_the_default() {
        String before = System.getProperty("langevin.home");
        try {
            System.setProperty("langevin.home", Run.ROOT.toString());
            assertEquals(Run.of("info", Run.SHIPPED), Run.of("info"));
            System.setProperty("langevin.home", "/nowhere");
            Run.of("info").fails(Main.FAILED, "the model that comes along is not in /nowhere/models/mnist.safetensors");
        } finally {
            if (before == null) {
                System.clearProperty("langevin.home");
            } else {
                System.setProperty("langevin.home", before);
            }
        }
    }

    @Test
    void nothing_native_is_left_open() throws IOException {
        long before = Engine.liveHandles();
        Run.of("info", Run.MNIST).result();
        Run.of("dump", Run.MNIST, "--rows", 0).fails(Main.WRONG_USAGE, "rows: 0, wanted 1 or more");
        Run.of("sample", Run.MNIST, "--steps", 1001).fails(Main.WRONG_USAGE, "steps is 1001");
        assertEquals(before, Engine.liveHandles());
    }
}
