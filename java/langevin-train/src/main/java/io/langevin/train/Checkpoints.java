package io.langevin.train;

import io.langevin.BadModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The checkpoints of a run, step-00001000.safetensors for one, of which the newest are kept.
record Checkpoints(Path folder) {
    private static final Pattern NAME = Pattern.compile("step-(\\d{8,})\\.safetensors");
    private static final String DAMAGED = ".damaged";

    Path file(long step) {
        return folder.resolve(String.format(Locale.ROOT, "step-%08d.safetensors", step));
    }

    /// The steps that there are checkpoints of, the newest first.
    List<Long> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> NAME.matcher(file.getFileName().toString())).filter(name -> name.matches()).map(name -> Long.parseLong(name.group(1)))
                    .sorted((a, b) -> Long.compare(b, a)).toList();
        } catch (IOException e) {
            throw Durable.failed("read", folder, e);
        }
    }

    /// Deletes all but the newest `keep`, the oldest first, so that at every moment the newest are there.
    void retain(int keep, long step) {
        List<Long> steps = steps();
        try {
            for (int i = steps.size() - 1; i >= keep; i--) {
                Files.deleteIfExists(file(steps.get(i)));
                Fault.at(Fault.RETENTION, step);
            }
            Durable.flushFolder(folder);
        } catch (IOException e) {
            throw Durable.failed("delete old checkpoints in", folder, e);
        }
    }

    /// The newest that is whole. Those that are not are set aside under another name, and `says` is told.
    ///
    /// @throws BadModelException when there is none
    Checkpoint newest(Consumer<String> says) {
        Durable.cleanUp(folder);
        var damaged = new ArrayList<String>();
        for (long step : steps()) {
            Path file = file(step);
            try {
                Checkpoint checkpoint = Checkpoint.verified(file);
                damaged.forEach(why -> says.accept(why + ". Going on from the one before, of step " + step));
                return checkpoint;
            } catch (BadModelException e) {
                damaged.add("checkpoint " + file + " is passed over: " + e.getMessage());
                setAside(file);
            }
        }
        throw new BadModelException(damaged.isEmpty() ? folder + " holds no checkpoint; begin the run again" : String.join("; ", damaged) + ". No other is left: begin the run again");
    }

    private void setAside(Path file) {
        try {
            Files.move(file, file.resolveSibling(file.getFileName() + DAMAGED), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Durable.failed("rename", file, e);
        }
    }
}
