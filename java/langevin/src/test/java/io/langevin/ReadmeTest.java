package io.langevin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.internal.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadmeTest {
    private static final Path SOURCE = Goldens.ROOT.resolve("java/langevin/src/test/java/io/langevin/ReadmeExample.java");

    @Test
    void the_readme_shows_the_example_that_is_compiled_here() throws IOException {
        String source = Files.readString(SOURCE);
        String shown = source.substring(source.indexOf("// README\n") + "// README\n".length(), source.indexOf("// README ends")).stripIndent().strip();
        assertTrue(Files.readString(Goldens.ROOT.resolve("README.md")).contains(shown), "README.md does not show this, as it stands:\n" + shown);
    }

    @Test
    void the_example_draws_digits(@TempDir Path folder) throws IOException, InterruptedException {
        Files.createDirectory(folder.resolve("models"));
        Files.createSymbolicLink(folder.resolve("models/mnist.safetensors"), Goldens.ROOT.resolve("models/mnist.safetensors"));
        String modules = Goldens.ROOT.resolve("bindings/target/classes") + ":" + Goldens.ROOT.resolve("java/langevin/target/classes");
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "--enable-native-access=io.langevin.bindings", "--illegal-native-access=deny",
                "-Dlangevin.library=" + Engine.library(), "-p", modules, "--patch-module", "io.langevin=" + Goldens.ROOT.resolve("java/langevin/target/test-classes"),
                "-m", "io.langevin/io.langevin.ReadmeExample").directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve("output").toFile()).start();
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "the example hangs");
        assertEquals("", Files.readString(folder.resolve("output")));
        var picture = ImageIO.read(folder.resolve("digits.png").toFile());
        assertEquals(140, picture.getWidth());
        assertEquals(56, picture.getHeight());
        Files.delete(folder.resolve("models/mnist.safetensors"));    // a link out of the folder, which JUnit would warn of
    }
}
