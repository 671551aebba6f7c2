package io.langevin.cli;

import io.langevin.Device;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "dump", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Prints the program of a model, one line an op; or, for a GPU that need not be here (--device a100, h100 or h200), what each launch would "
                + "move and compute there, and the time that is predicted.")
final class DumpCommand implements Callable<Integer> {
    @Mixin
    private Folder folder;

    @Option(names = "--rows", paramLabel = "N", defaultValue = "1", description = "Images of the program. Default: 1.")
    private int rows;

    @Option(names = "--size", paramLabel = "HxW", converter = Size.Converter.class, description = "Height and width. Default: the model's own.")
    private Size size = Size.OWN;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        boolean here = folder.device.matches("auto|cpu|cuda.*");
        try (var device = here ? folder.openDevice() : Device.open("cpu", folder.threads); var model = folder.open(device)) {
            spec.commandLine().getOut().print(here ? model.dump(rows, size.height(), size.width()) : model.predict(folder.device, rows, size.height(), size.width()));
            spec.commandLine().getOut().flush();
            return Main.OK;
        }
    }
}
