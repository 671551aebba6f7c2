package io.langevin.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Batch;
import io.langevin.CancelledException;
import io.langevin.Classified;
import io.langevin.Images;
import io.langevin.InvalidArgumentException;
import io.langevin.data.Dataset;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EvaluationTest {
    private static final Split SPLIT = Split.of(Squares.of(900, 1), 0.1);

    /// Sums of the three places where a bright column may be are features and logits.
    private static final Function<Batch, Classified> SUMS = batch -> {
        byte[] shades = batch.images().toArray(ValueLayout.JAVA_BYTE);
        var sums = new float[3 * batch.count()];
        for (int i = 0; i < shades.length; i++) {
            int column = i % 8 - 1;
            if (column >= 0 && column < 6) {
                sums[i / 64 * 3 + column / 2] += (shades[i] & 0xFF) / 256f;
            }
        }
        return new Classified(batch.count(), 3, 3, sums, sums.clone());
    };

    private static Evaluation evaluate(Dataset drawn) {
        return Evaluation.of(drawn, SPLIT.yardstick(drawn.size(), true), SPLIT, SUMS, 2, progress -> true);
    }

    /// Pictures as an engine would draw them: floats.
    private static Drawn drawn(Dataset data) {
        var values = new float[data.size() * data.bytes()];
        for (int i = 0; i < data.size(); i++) {
            byte[] shades = Shades.of(data, i);
            for (int j = 0; j < shades.length; j++) {
                values[i * shades.length + j] = (shades[j] & 0xFF) / 127.5f - 1;
            }
        }
        return Drawn.asked(new Images(data.size(), 1, 8, 8, values), data);
    }

    @Test
    void good_pictures_are_like_the_held_out_ones() {
        Evaluation found = evaluate(drawn(Squares.of(60, 2)));
        assertEquals(60, found.count());
        assertEquals(810, found.training());
        assertEquals(3, found.features());
        assertEquals(Squares.THREE, found.classes());
        assertEquals(new Score(90, 90), found.classifier());
        assertEquals(List.of(new Score(20, 20), new Score(20, 20), new Score(20, 20)), found.drawn().byClass());
        assertEquals(new Score(60, 60), found.heldOut().accuracy());
        assertTrue(found.drawn().frechet() < 1 && found.heldOut().frechet() < 1, found.toString());
        assertEquals(found.heldOut().median(), found.drawn().median(), 1);
        assertEquals(1, found.heldOut().near(), "1 % of 60 lies below the second nearest");
        assertTrue(found.drawn().near() < 6, found.toString());
    }

    @Test
    void copies_are_found_out_by_their_neighbours() {
        Drawn copies = drawn(SPLIT.training().subset(5, 6, 7, 100, 200, 300));
        Evaluation found = evaluate(copies);
        assertEquals(6, found.drawn().near());
        assertEquals(0, found.drawn().median());
        assertArrayEquals(new int[] {5, 6, 7, 100, 200, 300}, found.nearest().index());
        assertTrue(found.heldOut().median() > 5, found.toString());
    }

    @Test
    void pictures_of_the_wrong_class_are_found_out_by_their_accuracy_and_of_one_class_by_their_distance() {
        Dataset wrong = new Drawn(drawn(Squares.of(60, 2)).images(), Squares.THREE, Collections.nCopies(60, 1));
        Evaluation found = evaluate(wrong);
        assertEquals(List.of(new Score(0, 0), new Score(20, 60), new Score(0, 0)), found.drawn().byClass());
        assertEquals(new Score(20, 60), found.drawn().accuracy());
        Squares many = Squares.of(180, 2);
        Dataset collapsed = drawn(many.subset(IntStream.range(0, 60).map(i -> 3 * i).toArray()));
        assertTrue(evaluate(collapsed).drawn().frechet() > 20 * found.drawn().frechet());
    }

    @Test
    void a_model_without_classes_is_asked_for_none() {
        Dataset drawn = Drawn.asked(drawn(Squares.of(60, 2)).images(), new Squares(60, List.of(), 2));
        Evaluation found = evaluate(drawn);
        assertEquals(List.of(), found.drawn().byClass());
        assertTrue(found.drawn().frechet() < 1);
        assertEquals(60, found.heldOut().accuracy().of());
    }

    @Test
    void without_a_classifier_there_are_neighbours() {
        Split bare = Split.of(new Squares(900, List.of(), 1), 0.1);
        Evaluation found = Evaluation.of(drawn(new Squares(60, List.of(), 2)), bare.yardstick(60, true), bare, null, 1, progress -> true);
        assertNull(found.classifier());
        assertEquals(0, found.features());
        assertTrue(Double.isNaN(found.drawn().frechet()) && Double.isNaN(found.heldOut().frechet()));
        assertTrue(found.drawn().median() > 5 && found.drawn().low() <= found.drawn().median());
    }

    @Test
    void the_threads_move_no_figure_and_progress_is_told_and_cancels() {
        Drawn drawn = drawn(Squares.of(60, 2));
        Dataset yardstick = SPLIT.yardstick(60, true);
        var stages = new ArrayList<EvaluationProgress>();
        Evaluation one = Evaluation.of(drawn, yardstick, SPLIT, SUMS, 1, stages::add);
        Evaluation more = Evaluation.of(drawn, yardstick, SPLIT, SUMS, 3, progress -> true);
        assertEquals(one.drawn(), more.drawn());
        assertEquals(one.heldOut(), more.heldOut());
        assertEquals(one.limit(), more.limit());
        assertTrue(stages.contains(new EvaluationProgress("classifying", 60 + 60 + 90 + 810, 60 + 60 + 90 + 810)), stages.toString());
        assertEquals(new EvaluationProgress("looking for neighbours", 810, 810), stages.getLast());
        String cancelled = assertThrows(CancelledException.class, () -> Evaluation.of(drawn, yardstick, SPLIT, SUMS, 2, progress -> progress.stage().equals("classifying"))).getMessage();
        assertTrue(cancelled.startsWith("cancelled while looking for neighbours, "), cancelled);
    }

    @Test
    void what_cannot_be_compared_is_refused() {
        Drawn drawn = drawn(Squares.of(60, 2));
        assertTrue(refusal(drawn, SPLIT.yardstick(59, true)).startsWith("60 drawn and 59 held-out pictures"));
        var small = Drawn.asked(new Images(60, 1, 4, 4, new float[60 * 16]), Squares.of(60, 2));
        assertTrue(refusal(small, SPLIT.yardstick(60, true)).startsWith("drawn pictures are 1 x 4 x 4, 60 of "));
        var others = new Drawn(drawn.images(), List.of("a", "b"), drawn.asked());
        assertTrue(refusal(others, SPLIT.yardstick(60, true)).startsWith("drawn pictures have the classes [a, b], the data [left, middle, right]"));
        assertThrows(InvalidArgumentException.class, () -> new Drawn(drawn.images(), Squares.THREE, List.of(1)));
    }

    private static String refusal(Dataset drawn, Dataset heldOut) {
        return assertThrows(InvalidArgumentException.class, () -> Evaluation.of(drawn, heldOut, SPLIT, SUMS, 1, progress -> true)).getMessage();
    }

    @Test
    void the_grid_shows_the_nearest_pair_first() {
        Drawn drawn = drawn(SPLIT.training().subset(3, 50, 51, 52, 53, 54, 55, 56));
        var nearest = new Nearest(new int[] {9, 9, 9, 9, 9, 9, 9, 3}, new double[] {8, 7, 6, 5, 4, 3, 2, 1});
        Images grid = NeighbourGrid.of(drawn, SPLIT.training(), nearest);
        assertEquals(8 + 4 + 8, grid.height());
        assertEquals(6 * 20 - 4, grid.width());
        assertEquals((Shades.of(drawn, 7)[0] & 0xFF) / 127.5f - 1, grid.values()[0]);
        assertEquals((Shades.of(SPLIT.training(), 3)[0] & 0xFF) / 127.5f - 1, grid.values()[8]);
        assertEquals((Shades.of(drawn, 0)[9] & 0xFF) / 127.5f - 1, grid.values()[13 * 116 + 20 + 1], "the second of the second row");
        assertEquals(1, grid.values()[16], "white between pairs");
    }
}
