package io.langevin.cli;

import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.ModelFormat;
import io.langevin.SampleRequest;
import io.langevin.data.Dataset;
import io.langevin.evaluate.ClassifierTraining;
import io.langevin.evaluate.Drawn;
import io.langevin.evaluate.Evaluation;
import io.langevin.evaluate.NeighbourGrid;
import io.langevin.evaluate.Split;
import io.langevin.internal.AtomicFile;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "evaluate", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Judges a model: draws pictures and sets them beside real ones, by a small classifier and by their nearest training pictures. The same is said of as many"
                + " held-out real pictures, which is what a perfect model would have.",
        footer = {"", "Examples:",
            "  langevin evaluate runs/first --data pictures/",
            "  langevin evaluate --data mnist/ --classifier digits.safetensors \\",
            "      --neighbours neighbours.png --json figures.json",
            "", "The same arguments give the same figures to the last digit. docs/evaluating.md",
            "says what they mean."})
final class EvaluateCommand implements Callable<Integer> {
    private static final int USUAL_COUNT = 1000;

    @Mixin
    private Folder folder;

    @Mixin
    private RealPictures real;

    @Option(names = "--count", paramLabel = "N", description = "Pictures to draw, and held-out ones beside them. Default: 1000, or as many as are held out.")
    private Integer count;

    @Mixin
    private Drawing drawing;

    @Option(names = "--classifier", paramLabel = "FILE", description = "x.safetensors: read where it is there; else the classifier that is trained is written there.")
    private Path classifierFile;

    @Option(names = "--neighbours", paramLabel = "FILE", description = "x.png: drawn pictures, each beside the training picture nearest to it, the nearest first.")
    private Path neighbours;

    @Option(names = "--json", paramLabel = "FILE", description = "Writes all figures and settings there.")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        right(() -> {
            real.check();
            drawing.check();
            checkFiles();
            return null;
        });
        try (var interrupt = new Interrupt(err)) {
            // A GPU draws and classifies, but does not train yet, and the classifier may have to be trained.
            try (var device = folder.openDevice(); var model = folder.openToDraw(device); var processor = Device.cpu(folder.threads)) {
                check(model.config());
                return evaluate(err, interrupt, device, processor, model);
            } catch (CancelledException cancelled) {
                err.println(cancelled.getMessage() + "; there are no figures");
                return Main.CANCELLED;
            }
        }
    }

    /// What cannot be written after the work is refused before it.
    private void checkFiles() {
        if (neighbours != null && !neighbours.toString().endsWith(".png")) {
            throw new IllegalArgumentException("--neighbours " + neighbours + ": it is a picture, write x.png");
        }
        if (classifierFile != null && !classifierFile.toString().endsWith(".safetensors")) {
            throw new IllegalArgumentException("--classifier " + classifierFile + ": it is one file, write x.safetensors");
        }
        for (Path file : new Path[] {neighbours, json, classifierFile}) {
            if (file != null && Files.isDirectory(file)) {
                throw new IllegalArgumentException(file + " is a folder; name a file in it");
            }
            if (file != null && !(file.equals(classifierFile) && Files.exists(file))) {
                Output.checkFolderOf(file);
            }
        }
    }

    private void check(ModelConfig config) {
        if (config.height() == 0) {
            throw new InvalidArgumentException(folder.name() + " does not say the size of its images; set sample_size in its config.json, to 32 for 32 x 32 pixels");
        }
        int channels = config.inChannels();
        if (neighbours != null && channels != 1 && channels != 3 && channels != 4) {
            throw wrong("--neighbours " + neighbours + ": a PNG has 1, 3 or 4 channels, this model's images have " + channels + "; leave it away");
        }
    }

    private int evaluate(PrintWriter err, Interrupt interrupt, Device device, Device processor, Model model) {
        Split split = real.split(model.config());
        int none = right(() -> drawing.none(model, folder.name()));
        Asked asked = right(() -> Asked.of(model, folder.name(), none, split));
        int images = count != null ? count : Math.min(USUAL_COUNT, split.heldOut().size());
        Dataset beside = yardstick(split, images, !asked.labels().isEmpty());
        SampleRequest request = right(() -> drawing.request(model, folder.name(), images, new Classes.Wanted(asked.like(beside), List.of())));
        request.sampler().plan(model.diffusion(), request.steps());      // refuses what it cannot do before the classifier is trained
        introduce(err, device, model, split, images);
        try (Model classifier = classifier(err, interrupt, processor, split)) {
            err.println(drawing.text(model, request));
            drawing.notes(model.diffusion()).forEach(note -> err.println("note: " + note));
            Images pictures = Drawing.draw(err, model, request, interrupt, progress -> { });
            Drawn drawn = asked.labels().isEmpty() ? new Drawn(pictures, List.of(), List.of()) : Drawn.asked(pictures, beside);
            var bars = new Bars(err, interrupt);
            Evaluation found;
            try {
                found = Evaluation.of(drawn, beside, split, classifier == null ? null : classifier::classify, processor.info().threads(), bars::show);
            } finally {
                bars.end();
            }
            write(err, new EvaluationReport(found, folder.name().toString(), real, split, classifierFile, drawing, request.guidance()),
                    NeighbourGrid.of(drawn, split.training(), found.nearest()));
        }
        return Main.OK;
    }

    private Dataset yardstick(Split split, int images, boolean evenly) {
        try {
            return split.yardstick(images, evenly);
        } catch (InvalidArgumentException mistake) {
            throw wrong("--" + mistake.getMessage() + (images > split.heldOut().size() ? " (--held-out PATH, --held-out-share 0.5)" : ""));
        }
    }

    private void introduce(PrintWriter err, Device device, Model model, Split split, int images) {
        err.println("model " + folder.describe(model) + ", " + Folder.trained(model.diffusion()));
        err.println(Folder.describe(device.info()));
        err.println("data " + split.training());
        err.println("held out: " + split.heldOut().size() + " pictures, " + split.how());
        split.notes().forEach(note -> err.println("note: " + note));
        if (split.classes().isEmpty()) {
            err.println("note: these pictures have no classes to tell apart, so there is no classifier, and nearest neighbours are all that is found; for the rest put them into a folder"
                    + " for each class");
        }
        if (count == null && images < USUAL_COUNT) {
            err.println("note: " + images + " pictures are held out, so as many are drawn; figures of so few are rough");
        }
    }

    /// Read or trained; null: the data has nothing to tell apart.
    private Model classifier(PrintWriter err, Interrupt interrupt, Device processor, Split split) {
        if (split.classes().isEmpty()) {
            if (classifierFile != null) {
                throw wrong("--classifier " + classifierFile + ": these pictures have no classes to tell apart; put them into a folder for each, or leave it away");
            }
            return null;
        }
        if (classifierFile != null && Files.exists(classifierFile)) {
            err.println("classifier " + classifierFile);
            return ClassifierTraining.open(classifierFile, processor, split.training());
        }
        var bars = new Bars(err, interrupt);
        Model trained;
        try {
            trained = ClassifierTraining.usual().train(processor, split.training(), bars::show);
        } finally {
            bars.end();
        }
        try {
            if (classifierFile != null) {
                trained.write(classifierFile, ModelFormat.FILE);
                err.println("classifier " + classifierFile + " (written)");
            }
            return trained;
        } catch (RuntimeException e) {
            trained.close();
            throw e;
        }
    }

    private void write(PrintWriter err, EvaluationReport report, Images grid) {
        spec.commandLine().getOut().println(report.table());
        if (neighbours != null) {
            grid.writePng(neighbours);
            err.println(neighbours + "  (drawn pictures, each beside its nearest training picture, the nearest first)");
        }
        if (json != null) {
            AtomicFile.write(json, out -> out.write(report.json().getBytes(StandardCharsets.UTF_8)));
            err.println(json.toString());
        }
    }

    /// What options say wrongly is wrong usage.
    private <T> T right(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException mistake) {
            throw wrong(mistake.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
