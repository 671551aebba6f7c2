package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTrainingTest {
    private static final Path SOURCE = Goldens.ROOT.resolve("java/langevin/src/test/java/io/langevin/ReadmeTrainingExample.java");

    @Test
    void the_readme_shows_the_training_loop_that_is_compiled_here() throws IOException {
        String source = Files.readString(SOURCE);
        String shown = source.substring(source.indexOf("// README\n") + "// README\n".length(), source.indexOf("// README ends")).stripIndent().strip();
        assertTrue(shown.lines().count() <= 15, "the training loop is to be read at a glance");
        assertTrue(Files.readString(Goldens.ROOT.resolve("README.md")).contains(shown), "README.md does not show this, as it stands:\n" + shown);
    }

    @Test
    void the_loop_trains_a_model_that_draws(@TempDir Path folder) throws IOException, InterruptedException {
        Files.createDirectory(folder.resolve("models"));
        Files.createSymbolicLink(folder.resolve("models/configs"), Goldens.ROOT.resolve("models/configs"));
        Files.write(folder.resolve("pixels"), new byte[3 * 784]);
        String modules = Goldens.ROOT.resolve("bindings/target/classes") + ":" + Goldens.ROOT.resolve("java/langevin/target/classes");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=io.langevin.bindings", "--illegal-native-access=deny",
                "-Dlangevin.library=" + Engine.library(), "-p", modules, "--patch-module", "io.langevin=" + Goldens.ROOT.resolve("java/langevin/target/test-classes"),
                "-m", "io.langevin/io.langevin.ReadmeTrainingExample", "pixels", "704").directory(folder.toFile()).redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile()).start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the example hangs");
        List<String> said = Files.readAllLines(folder.resolve("output"));
        assertTrue(said.size() <= 10 && said.stream().allMatch(line -> line.startsWith("TrainMetrics[update=")), said.toString());
        try (Model model = Model.open(folder.resolve("digits.safetensors"))) {
            assertEquals(1, model.sample(SampleRequest.of(1).withSteps(2).withLabels(7).withGuidance(2)).count());
        }
        Files.delete(folder.resolve("models/configs"));    // a link out of the folder, which JUnit would warn of
    }
}
