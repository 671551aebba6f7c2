package io.langevin.cli;

import io.langevin.Model;
import io.langevin.ModelFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(name = "export", mixinStandardHelpOptions = true, versionProvider = Main.Version.class, sortOptions = false, abbreviateSynopsis = true,
        description = "Writes a model, of a run its latest average, as a folder that diffusers opens, or as one file.")
final class ExportCommand implements Callable<Integer> {
    private static final String FILE = ".safetensors";

    @Mixin
    private Folder folder;

    @Option(names = "--out", paramLabel = "WHERE", required = true, description = {"folder/: as diffusers has it, float32. A new or empty folder.", "x.safetensors: one file that holds everything."})
    private Path out;

    @Option(names = "--bf16", description = "With x.safetensors: weights rounded to bfloat16. Half the size, and slightly other pictures.")
    private boolean bf16;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        boolean file = out.toString().endsWith(FILE);
        if (bf16 && !file) {
            throw new ParameterException(spec.commandLine(), "--bf16 is for one file; write --out " + (out.getFileName() == null ? "model" : out.getFileName()) + FILE);
        }
        if (file && Files.isDirectory(out)) {
            throw new ParameterException(spec.commandLine(), "--out " + out + ": it is a folder; choose another name");
        }
        try (var device = folder.openDevice(); Model model = folder.open(device)) {
            model.write(out, file ? bf16 ? ModelFormat.FILE_BF16 : ModelFormat.FILE : ModelFormat.FOLDER);
            spec.commandLine().getOut().println(out + "  (" + folder.describe(model) + (bf16 ? ", bfloat16)" : ", float32)"));
            return Main.OK;
        }
    }
}
