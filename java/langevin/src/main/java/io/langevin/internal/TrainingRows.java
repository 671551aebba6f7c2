package io.langevin.internal;

import io.langevin.Batch;
import io.langevin.TrainPlan;
import io.langevin.TrainingRow;
import io.langevin.bindings.lgv_training_row;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The rows of a batch, written into memory that is used again for the next. Allocates nothing once it is large enough.
///
/// Image n of the run, counted from 0, has the seed `seed + n`; what is drawn for it are the words of Philox at counter (0, 0, TRAIN_TIMESTEP, 0) under that key: word 0 is
/// its place in the noise, word 1 whether its label is dropped, the top bit of word 2 whether it is mirrored. (Its noise and its dropout masks have purposes
/// of their own.) So an image's numbers depend on nothing but its place in the run: not on how the run is cut into batches.
public final class TrainingRows {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final long ROW = lgv_training_row.sizeof();

    private final Scratch memory = new Scratch();
    private final Philox philox = new Philox();

    /// Rows of a batch whose first image is number `first` of the run.
    public MemorySegment fill(TrainPlan plan, long first, Batch batch) {
        MemorySegment rows = memory.atLeast(ROW * batch.count());
        for (int i = 0; i < batch.count(); i++) {
            long seed = plan.seed() + first + i;
            philox.draw(seed, 0, 0, Philox.TRAIN_TIMESTEP, 0);
            TrainingRow row = batch.timesteps() == null ? plan.objective().row(philox.unit(0)) : plan.objective().at(batch.timesteps()[i]);
            boolean dropped = philox.unit(1) < plan.labelDropout();
            int label = batch.labels() == null || dropped ? -1 : batch.labels()[i];
            long at = ROW * i;
            rows.set(FLOAT, at + lgv_training_row.a$offset(), (float) row.a());
            rows.set(FLOAT, at + lgv_training_row.b$offset(), (float) row.b());
            rows.set(FLOAT, at + lgv_training_row.s$offset(), (float) row.s());
            rows.set(FLOAT, at + lgv_training_row.t$offset(), (float) row.t());
            rows.set(FLOAT, at + lgv_training_row.w$offset(), (float) row.w());
            rows.set(FLOAT, at + lgv_training_row.u$offset(), (float) row.u());
            rows.set(FLOAT, at + lgv_training_row.v$offset(), (float) row.v());
            rows.set(INT, at + lgv_training_row.label$offset(), label);
            rows.set(FLOAT, at + lgv_training_row.class_timestep$offset(), batch.classTimesteps() == null ? 0 : batch.classTimesteps()[i]);
            rows.set(INT, at + lgv_training_row.flip$offset(), plan.flip() ? (int) (philox.word(2) >>> 31) : 0);
            rows.set(LONG, at + lgv_training_row.seed$offset(), seed);
        }
        return rows;
    }

    public void close() {
        memory.close();
    }
}
