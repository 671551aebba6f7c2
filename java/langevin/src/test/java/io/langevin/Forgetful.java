package io.langevin;

import java.nio.file.Path;

/// A program that closes nothing, and waits for the cleaner.
final class Forgetful {
    private Forgetful() {
    }

    public static void main(String[] arguments) throws InterruptedException {
        forget(Path.of(arguments[0]));
        for (int i = 0; i < 1000 && Engine.liveHandles() > 0; i++) {
            System.gc();
            Thread.sleep(10);
        }
        System.out.println("live handles: " + Engine.liveHandles());
    }

    private static void forget(Path folder) {
        Device device = Device.cpu(1);
        Model model = Model.open(folder, device);
        Denoiser denoiser = model.denoiser(1);
        denoiser.join(SampleRequest.of(1));
        device.buffer(64);
        device.tensor(TensorType.FLOAT32, 64);
    }
}
