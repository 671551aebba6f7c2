package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Images;
import io.langevin.internal.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With a model that has hardly learnt anything, on pictures with a bright column for each of three classes; one classifier, trained once, serves all.
class EvaluateCommandTest {
    private static final int EACH = 60;

    @TempDir
    private static Path shared;
    private static Path pictures;
    private static Path model;
    private static Path classifier;
    private static Run first;

    @TempDir
    private Path folder;

    @BeforeAll
    static void evaluate() throws IOException {
        pictures = shared.resolve("pictures");
        columns(pictures, 1, "left", "middle", "right");
        model = shared.resolve("model");
        Run.of("train", "--out", model, "--data", pictures, "--classes", "--model", Drawings.network(shared, ""), "--steps", 3, "--batch", 4, "--sample-every", 0).result();
        classifier = shared.resolve("classifier.safetensors");
        first = judge(model, "--json", shared.resolve("first.json"));
    }

    private static void columns(Path folder, long seed, String... classes) throws IOException {
        var random = new Random(seed);
        for (String name : classes) {
            Path own = Files.createDirectories(folder.resolve(name));
            int column = Math.max(0, List.of("left", "middle", "right").indexOf(name));
            for (int i = 0; i < EACH; i++) {
                var shades = new float[64];
                for (int at = 0; at < 64; at++) {
                    shades[at] = at % 8 / 2 == column ? 0.5f + random.nextFloat() / 2 : -1 + random.nextFloat() / 2;
                }
                new Images(1, 1, 8, 8, shades).writePng(own.resolve(i + ".png"));
            }
        }
    }

    private static Run judge(Object... more) {
        var words = new ArrayList<Object>(List.of("evaluate", "--steps", 2));
        words.addAll(List.of(more));
        if (!words.contains("--data")) {
            words.addAll(List.of("--data", pictures));
        }
        if (!words.contains("--classifier")) {
            words.addAll(List.of("--classifier", classifier));
        }
        return Run.of(words.toArray());
    }

    @Test
    void a_table_of_drawn_and_held_out_pictures() {
        List<String> lines = first.result().lines().toList();
        assertEquals("18 drawn pictures and 18 held-out ones, beside 162 of training", lines.getFirst());
        assertTrue(lines.get(2).matches(" +drawn +held-out"), first.out());
        assertTrue(lines.get(3).matches("Frechet distance, 64 features +[0-9]+\\.[0-9]{3} +[0-9]+\\.[0-9]{3}"), first.out());
        assertTrue(lines.get(4).matches("seen as their class +[0-9.]+ % +100.0 %"), first.out());
        assertTrue(lines.get(5).matches("  95 % interval +[0-9.]+ to [0-9.]+ +82.4 to 100.0"), first.out());
        assertTrue(lines.stream().anyMatch(line -> line.matches("class left +[0-9] of 5 +5 of 5")), first.out());
        assertTrue(first.out().contains("The classifier is right on 100.0 % of all 18 held-out pictures."), first.out());
        assertTrue(first.out().contains("18 pictures span less than 64 features"), first.out());
        assertTrue(lines.stream().allMatch(line -> line.length() <= 90), first.out());
        for (String sentence : List.of("model ", "data 162 of " + pictures, "held out: 18 pictures, every 10th of a shuffle of them", "note: 18 pictures are held out, so as many are drawn",
                "training the classifier\n", classifier + " (written)", "18 images, DDIM 2 steps, seed 0", "looking for neighbours")) {
            assertTrue(first.err().contains(sentence), first.err());
        }
    }

    @Test
    void drawn_noise_is_far_from_real_pictures_and_held_out_ones_are_near() throws IOException {
        Json.Obj found = Json.parseObject("first.json", Files.readString(shared.resolve("first.json")));
        Json.Obj drawn = found.object("drawn");
        Json.Obj heldOut = found.object("held_out");
        assertTrue(drawn.number("frechet_distance") > 3 * heldOut.number("frechet_distance"), first.out());
        assertTrue(drawn.number("nearest_median") > heldOut.number("nearest_median") + 10, first.out());
        assertEquals(1, found.integer("format"));
        assertEquals(18, found.object("settings").integer("count"));
        assertEquals(162, found.object("pictures").integer("training"));
        assertEquals(18, found.object("classifier").object("held_out_accuracy").integer("right"));
        assertEquals(18, heldOut.object("accuracy").integer("of"));
        assertEquals(3, drawn.fields().get("accuracy_by_class").array().size());
        assertEquals("middle", drawn.fields().get("accuracy_by_class").array().get(1).object().text("class"));
        assertEquals(1, heldOut.integer("nearer_than_limit"));
    }

    @Test
    void the_same_arguments_give_the_same_figures_to_the_last_digit_with_any_number_of_threads() throws IOException {
        Path again = folder.resolve("again.json");
        Path grid = folder.resolve("neighbours.png");
        Run second = judge(model, "--json", again, "--threads", 1, "--batch", 5, "--neighbours", grid);
        assertEquals(first.result(), second.result());
        assertEquals(Files.readString(shared.resolve("first.json")), Files.readString(again));
        assertTrue(second.err().contains("classifier " + classifier + "\n"), "it is read: " + second.err());
        var picture = ImageIO.read(grid.toFile());
        assertEquals(6 * 20 - 4, picture.getWidth());
        assertEquals(3 * 12 - 4, picture.getHeight());
        Run other = judge(model, "--seed", 1, "--count", 12);
        assertTrue(other.result().startsWith("12 drawn pictures and 12 held-out ones"), other.out());
        Path trainedAgain = folder.resolve("again.safetensors");
        judge(model, "--classifier", trainedAgain).result();
        assertTrue(Arrays.equals(Files.readAllBytes(classifier), Files.readAllBytes(trainedAgain)), "the classifier is trained to the same bits");
    }

    @Test
    void held_out_pictures_may_be_given() throws IOException {
        Path others = folder.resolve("others");
        columns(others, 2, "middle", "right");
        Run run = judge(model, "--held-out", others, "--count", 20);
        assertTrue(run.result().startsWith("20 drawn pictures and 20 held-out ones, beside 180 of training"), run.out());
        assertTrue(run.out().lines().anyMatch(line -> line.matches("class left +none +none")), run.out());
        assertTrue(run.out().lines().anyMatch(line -> line.matches(" +right +[0-9]+ of 10 +10 of 10")), run.out());
        assertTrue(judge(model, "--held-out-share", 0.5).result().startsWith("90 drawn pictures and 90 held-out ones, beside 90 of training"));
    }

    @Test
    void a_broken_picture_is_named_or_skipped() throws IOException {
        Path some = folder.resolve("some");
        columns(some, 3, "left", "middle", "right");
        Path broken = Files.writeString(some.resolve("right/0.png"), "no picture");
        judge(model, "--data", some).fails(Main.WRONG_USAGE, broken + ": it is no picture: it begins with neither PNG's, JPEG's, GIF's nor BMP's signature. Mend it, or skip such pictures with --skip-broken");
        Run run = judge(model, "--data", some, "--skip-broken");
        run.result();
        assertTrue(run.err().contains("note: skipped: " + broken + ": it is no picture"), run.err());
    }

    @Test
    void without_classes_there_are_neighbours() throws IOException {
        Run run = Run.of("evaluate", model, "--data", pictures.resolve("left"), "--steps", 2);
        assertTrue(run.result().startsWith("6 drawn pictures and 6 held-out ones, beside 54 of training"), run.out());
        assertFalse(run.out().contains("Frechet"), run.out());
        assertTrue(run.out().contains("to the nearest training picture, median"), run.out());
        assertTrue(run.err().contains("note: these pictures have no classes to tell apart"), run.err());
        Path bare = folder.resolve("bare");
        Run.of("train", "--out", bare, "--data", pictures, "--model", Drawings.network(folder, ""), "--steps", 2, "--batch", 4, "--sample-every", 0).result();
        Run unasked = judge(bare);
        assertTrue(unasked.result().lines().anyMatch(line -> line.matches("seen as their class +no class asked for +100.0 %")), unasked.out());
    }

    @Test
    void mistakes_are_sentences() throws IOException {
        Run.of("evaluate", model).fails(Main.WRONG_USAGE, "--data is missing: the pictures that the model was trained on, as --data pictures/");
        judge(model, "--data", folder.resolve("none")).fails(Main.WRONG_USAGE, folder.resolve("none") + " does not exist");
        judge(model, "--count", 19).fails(Main.WRONG_USAGE, "--count is 19, but only 18 pictures are held out to compare with; take 18 at most, or hold out more (--held-out PATH,");
        judge(model, "--count", 1).fails(Main.WRONG_USAGE, "--count is 1; it takes 2 pictures to have a spread");
        judge(model, "--held-out", pictures, "--held-out-share", 0.5).fails(Main.WRONG_USAGE, "--held-out " + pictures + " and --held-out-share 0.5");
        judge(model, "--held-out-share", 1).fails(Main.WRONG_USAGE, "a held-out share of 1.0; it is above 0 and below 1");
        judge(model, "--neighbours", "x.jpg").fails(Main.WRONG_USAGE, "--neighbours x.jpg: it is a picture, write x.png");
        judge(model, "--classifier", "x").fails(Main.WRONG_USAGE, "--classifier x: it is one file, write x.safetensors");
        judge(model, "--json", folder.resolve("none/x.json")).fails(Main.FAILED, "cannot write " + folder.resolve("none/x.json") + ": there is no folder");
        judge(model, "--sampler", "dimm").fails(Main.WRONG_USAGE, "--sampler dimm: there are ");
        judge(model, "--background", "pink").fails(Main.WRONG_USAGE, "'pink' is no colour");
        judge(model, "--data", pictures.resolve("left")).fails(Main.WRONG_USAGE, "--classifier " + classifier + ": these pictures have no classes to tell apart");
        Run digits = judge(Run.MNIST);
        digits.fails(Main.WRONG_USAGE, "--data: these pictures have 3 classes (left, middle, right), ");
        assertTrue(digits.err().contains("models/mnist has 10 (classes 0-9 (10 means none)); give the pictures that it was trained on"), digits.err());
        Path animals = folder.resolve("animals");
        columns(animals, 3, "left", "middle", "yak");
        judge(model, "--data", animals).fails(Main.WRONG_USAGE, "--data: these pictures have classes that " + model + " does not: yak. It has left, middle, right");
    }

    @Test
    void a_classifier_for_other_pictures_is_refused() throws IOException {
        String sentence = classifier + " classifies, it does not draw; give a model that does (evaluate takes this one as --classifier)";
        judge(classifier).fails(Main.WRONG_USAGE, sentence);
        Run.of("sample", classifier).fails(Main.WRONG_USAGE, sentence);
        String info = Run.of("info", classifier).result();
        assertTrue(info.contains("LangevinClassifier 8x8x1, ") && info.contains(", tells 3 classes apart\n") && info.contains("classes     3, by 64 features\n"), info);
        Path file = folder.resolve("unet.safetensors");
        Run.of("export", model, "--out", file).result();
        judge(model, "--classifier", file).fails(Main.WRONG_USAGE, file + " is a UNet2DModel, which does not classify; name another file");
        Path animals = folder.resolve("animals");
        columns(animals, 3, "cat", "dog", "yak");
        Path own = folder.resolve("model");
        Run.of("train", "--out", own, "--data", animals, "--classes", "--model", Drawings.network(folder, ""), "--steps", 2, "--batch", 4, "--sample-every", 0).result();
        judge(own, "--data", animals).fails(Main.WRONG_USAGE, classifier + " has the classes left, middle, right, these pictures cat, dog, yak; name another file");
    }
}
