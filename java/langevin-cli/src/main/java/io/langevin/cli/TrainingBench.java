package io.langevin.cli;

import io.langevin.Batch;
import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.ModelConfig;
import io.langevin.OpProfile;
import io.langevin.TrainPlan;
import io.langevin.Trainer;
import java.util.List;
import java.util.Random;

/// Steps of training on random pictures, all of a step: noise, forward pass, loss, backward pass, clipping, AdamW and one moving average.
final class TrainingBench implements Timed {
    private static final double RATE = 1e-6;      // small, so that the numbers stay numbers however long it runs

    private final Trainer trainer;
    private final Batch batch;

    TrainingBench(Model model, int rows) {
        TrainPlan plan = TrainPlan.defaults();
        // What is asked of the network does not change what that costs.
        TrainPlan own = model.scheduler().isEmpty() ? plan : TrainPlan.of(model.diffusion(), plan.objective());
        batch = batch(model.config(), rows);
        trainer = Trainer.from(model, own.withLearningRate(RATE));
    }

    private static Batch batch(ModelConfig config, int rows) {
        if (config.height() == 0) {
            throw new InvalidArgumentException("this model's config.json does not say its size (sample_size), so there is nothing to train it on");
        }
        var random = new Random(0);
        var pixels = new byte[Math.multiplyExact(rows, Math.multiplyExact(config.inChannels(), config.height() * config.width()))];
        random.nextBytes(pixels);
        Batch pictures = Batch.of(pixels, rows, config.inChannels(), config.height(), config.width());
        return switch (config.classInput()) {
            case NONE -> pictures;
            case LABEL -> pictures.withLabels(random.ints(rows, 0, config.labels()).toArray());
            case TIMESTEP -> pictures.withClassTimesteps(floats(random, rows));
            case EMBEDDING -> pictures.withEmbeddings(floats(random, rows * config.embeddingSize()));
        };
    }

    private static float[] floats(Random random, int count) {
        var floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = random.nextFloat();
        }
        return floats;
    }

    @Override
    public void step() {
        trainer.accumulate(batch);
        trainer.apply();
        trainer.await();
    }

    @Override
    public void profiling(boolean on) {
        trainer.profiling(on);
    }

    @Override
    public List<OpProfile> profile() {
        return trainer.profile();
    }

    @Override
    public void close() {
        trainer.close();
    }
}
