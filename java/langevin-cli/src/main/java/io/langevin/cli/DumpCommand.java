package io.langevin.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "dump", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Prints the program of a model, one line an op.")
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
        try (var device = folder.openDevice(); var model = folder.open(device)) {
            spec.commandLine().getOut().print(model.dump(rows, size.height(), size.width()));
            spec.commandLine().getOut().flush();
            return Main.OK;
        }
    }
}
