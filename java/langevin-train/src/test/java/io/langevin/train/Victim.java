package io.langevin.train;

import io.langevin.Device;
import java.nio.file.Files;
import java.nio.file.Path;

/// A process of its own that trains, to be killed: RUN SETTINGS-FILE. Says "training" once it does.
final class Victim {
    private Victim() {
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        boolean[] said = {false};
        try (Device device = Device.cpu(1);
                Run run = Run.exists(folder) ? Run.resume(folder, device) : Run.begin(folder, RunConfig.of(Files.readString(Path.of(arguments[1]))), device)) {
            run.train(progress -> {
                if (!said[0]) {
                    said[0] = true;
                    System.out.println("training");
                    System.out.flush();
                }
                return true;
            });
        }
    }
}
