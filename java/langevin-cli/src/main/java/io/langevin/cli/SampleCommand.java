package io.langevin.cli;

import io.langevin.CancelledException;
import io.langevin.Device;
import io.langevin.Diffusion;
import io.langevin.Images;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.Progress;
import io.langevin.SampleRequest;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "sample", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Draws pictures: noise from a seed, denoised step by step.")
final class SampleCommand implements Callable<Integer> {
    private static final int IMAGES_WITHOUT_CLASSES = 8;

    @Mixin
    private Folder folder;

    @Option(names = "--count", paramLabel = "N", description = "Images. Default: one for each class and each picture of --from, or 8.")
    private Integer count;

    @Mixin
    private Drawing drawing;

    @Mixin
    private Classes classes;

    @Mixin
    private Start start;

    @Option(names = "--out", paramLabel = "WHERE", defaultValue = "samples.png",
            description = {"x.png: all of them in a grid (samples.png is the default).", "folder/: numbered pictures.",
                "x.safetensors: float32 images, shape [N, C, H, W], in [-1, 1]."})
    private String out;

    @Option(names = "--previews", paramLabel = "DIR", description = "Folder for the estimate of the finished pictures after each step. Steps are counted on through all batches.")
    private Path previews;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter err = spec.commandLine().getErr();
        Output output = output();
        right(() -> {
            drawing.check();
            start.check();
            return null;
        });
        try (var interrupt = new Interrupt(err)) {
            try (var device = folder.openDevice(); var model = folder.openToDraw(device)) {
                SampleRequest request = request(model);
                output.check(model.config().inChannels());
                if (previews != null) {
                    Output.checkFolder(previews);
                }
                introduce(err, model, device, request);
                spec.commandLine().getOut().println(output.write(Drawing.draw(err, model, request, interrupt, this::writePreview)));
                return Main.OK;
            } catch (CancelledException cancelled) {
                err.println(cancelled.getMessage() + "; " + out + " was not written");
                return Main.CANCELLED;
            }
        }
    }

    private void introduce(PrintWriter err, Model model, Device device, SampleRequest request) {
        Diffusion diffusion = model.diffusion();
        err.println("model " + folder.describe(model) + ", " + Folder.trained(diffusion));
        err.println(Folder.describe(device.info()));
        err.println(drawing.text(model, request) + start.text());
        drawing.notes(diffusion).forEach(note -> err.println("note: " + note));
    }

    private SampleRequest request(Model model) {
        ModelConfig config = model.config();
        Classes.Wanted wanted = right(() -> classes.of(model, folder.name(), drawing.none(model, folder.name())));
        Images pictures = start.pictures(config);
        int asked = Math.max(wanted.size(), pictures == null ? 0 : pictures.count());
        int images = count != null ? count : asked > 0 ? asked : IMAGES_WITHOUT_CLASSES;
        return right(() -> start.into(drawing.request(model, folder.name(), images, wanted), pictures, config, folder.name()));
    }

    private Output output() {
        return right(() -> Output.of(out));
    }

    /// What options say wrongly is wrong usage.
    private <T> T right(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException mistake) {
            throw wrong(mistake.getMessage());
        }
    }

    private void writePreview(Progress progress) {
        if (previews == null) {
            return;
        }
        Output.create(previews);
        Images preview = progress.preview();
        preview.grid(Output.Grid.columns(preview.count())).writePng(previews.resolve("step-%04d.png".formatted(progress.step())));
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
