package io.langevin.cli;

import io.langevin.Model;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "dump", mixinStandardHelpOptions = true, description = "Prints the program of a model, one line an op.")
final class DumpCommand implements Callable<Integer> {
    @Mixin
    private Folder folder;

    @Option(names = "--rows", paramLabel = "N", defaultValue = "1", description = "Images of the program. Default: 1.")
    private int rows;

    @Option(names = "--size", paramLabel = "HxW", description = "Height and width. Default: the model's own.")
    private String size;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        int height = 0;
        int width = 0;
        if (size != null) {
            String[] parts = size.split("x", 2);
            try {
                height = Integer.parseInt(parts[0]);
                width = Integer.parseInt(parts[1]);
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException mistake) {
                throw new ParameterException(spec.commandLine(), "--size " + size + ": write height and width as 32x48");
            }
        }
        try (var device = folder.openDevice(); var model = Model.open(folder.path(), device)) {
            spec.commandLine().getOut().print(model.dump(rows, height, width));
            spec.commandLine().getOut().flush();
            return Main.OK;
        }
    }
}
