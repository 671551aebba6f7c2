package io.langevin.internal;

import io.langevin.Step;
import io.langevin.bindings.lgv_evaluation;
import io.langevin.bindings.lgv_update;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The two arrays of a step, written into memory that is used again for the next. Allocates nothing once it is large enough. Fields that this version
/// does not write were zeroed when the memory was made.
public final class Rows {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final long EVALUATION = lgv_evaluation.sizeof();
    private static final long UPDATE = lgv_update.sizeof();

    private final Scratch evaluationMemory = new Scratch();
    private final Scratch updateMemory = new Scratch();
    private MemorySegment evaluations = MemorySegment.NULL;
    private MemorySegment updates = MemorySegment.NULL;
    private int evaluationCount;
    private int updateCount;

    /// Begins a step of at most `slots` updates and two evaluations each.
    public void begin(int slots) {
        evaluations = evaluationMemory.atLeast(2 * EVALUATION * slots);
        updates = updateMemory.atLeast(UPDATE * slots);
        evaluationCount = 0;
        updateCount = 0;
    }

    public void evaluate(int slot, int condition, Step step, double weight, double weightVariance) {
        MemorySegment to = evaluations;
        long at = EVALUATION * evaluationCount++;
        to.set(INT, at + lgv_evaluation.slot$offset(), slot);
        to.set(INT, at + lgv_evaluation.condition$offset(), condition);
        to.set(FLOAT, at + lgv_evaluation.t$offset(), (float) step.t());
        to.set(FLOAT, at + lgv_evaluation.s$offset(), (float) step.scale());
        to.set(FLOAT, at + lgv_evaluation.weight$offset(), (float) weight);
        to.set(FLOAT, at + lgv_evaluation.weight_variance$offset(), (float) weightVariance);
    }

    public void update(int slot, Step step) {
        MemorySegment to = updates;
        long at = UPDATE * updateCount++;
        to.set(INT, at + lgv_update.slot$offset(), slot);
        to.set(INT, at + lgv_update.draw$offset(), step.draw());
        to.set(INT, at + lgv_update.save$offset(), step.save());
        to.set(INT, at + lgv_update.variance$offset(), step.variance().ordinal());
        to.set(FLOAT, at + lgv_update.p$offset(), (float) step.p());
        to.set(FLOAT, at + lgv_update.q$offset(), (float) step.q());
        to.set(FLOAT, at + lgv_update.limit$offset(), (float) step.limit());
        to.set(FLOAT, at + lgv_update.quantile$offset(), (float) step.quantile());
        to.set(FLOAT, at + lgv_update.a$offset(), (float) step.a());
        to.set(FLOAT, at + lgv_update.b$offset(), (float) step.b());
        to.set(FLOAT, at + lgv_update.e$offset(), (float) step.e());
        to.set(FLOAT, at + lgv_update.d$offset(), (float) step.d());
        long c = at + lgv_update.c$offset();
        to.set(FLOAT, c, (float) step.c0());
        to.set(FLOAT, c + 4, (float) step.c1());
        to.set(FLOAT, c + 8, (float) step.c2());
        to.set(FLOAT, c + 12, (float) step.c3());
        to.set(FLOAT, at + lgv_update.ka$offset(), (float) step.ka());
        to.set(FLOAT, at + lgv_update.kn$offset(), (float) step.kn());
        to.set(INT, at + lgv_update.known_draw$offset(), step.knownDraw());
        to.set(FLOAT, at + lgv_update.sx$offset(), (float) step.sx());
        to.set(FLOAT, at + lgv_update.s0$offset(), (float) step.s0());
        to.set(FLOAT, at + lgv_update.so$offset(), (float) step.so());
        to.set(FLOAT, at + lgv_update.sh$offset(), (float) step.sh());
        to.set(FLOAT, at + lgv_update.logvar_lo$offset(), (float) step.logvarLo());
        to.set(FLOAT, at + lgv_update.logvar_hi$offset(), (float) step.logvarHi());
    }

    public MemorySegment evaluations() {
        return evaluations;
    }

    public int evaluationCount() {
        return evaluationCount;
    }

    public MemorySegment updates() {
        return updates;
    }

    public int updateCount() {
        return updateCount;
    }

    public void close() {
        evaluationMemory.close();
        updateMemory.close();
    }
}
