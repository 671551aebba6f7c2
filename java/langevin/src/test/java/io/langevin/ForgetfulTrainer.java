package io.langevin;

/// A program that closes nothing, and waits for the cleaner.
final class ForgetfulTrainer {
    private ForgetfulTrainer() {
    }

    public static void main(String[] arguments) throws InterruptedException {
        forget();
        for (int i = 0; i < 1000 && Engine.liveHandles() > 0; i++) {
            System.gc();
            Thread.sleep(10);
        }
        System.out.println("live handles: " + Engine.liveHandles());
    }

    private static void forget() {
        Trainer trainer = Trainer.create(Device.cpu(1), Training.CONFIG, Training.PLAN);
        trainer.accumulate(Training.squares(4, 0));
        trainer.apply();
        trainer.model();
    }
}
