package io.langevin.evaluate;

import io.langevin.InvalidArgumentException;
import io.langevin.data.DataOptions;
import io.langevin.data.DataOptions.Part;
import io.langevin.data.Dataset;
import io.langevin.data.Datasets;
import io.langevin.data.Shuffle;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.IntStream;

/// Pictures that were trained on, and pictures that were held out, of the same kind. The same every time: what is chosen at random is chosen by seed 0.
///
/// @param training pictures to compare with
/// @param heldOut  pictures of which the yardstick is made
/// @param how      where the held-out ones come from, in words
/// @param notes    sentences that a user should read
public record Split(Dataset training, Dataset heldOut, String how, List<String> notes) {
    /// Of a data set that comes in one part.
    public static final double USUAL_SHARE = 0.1;

    private static final long SEED = 0;

    /// The parts of a data set that has them (MNIST, CIFAR-10); of any other a tenth is held out.
    public static Split of(Path path, int channels, int height, int width, DataOptions options) {
        return Datasets.hasParts(path)
                ? two(Datasets.open(path, channels, height, width, options.withPart(Part.TRAIN)), Datasets.open(path, channels, height, width, options.withPart(Part.TEST)),
                        "the part to judge by that comes with them")
                : of(Datasets.open(path, channels, height, width, options), USUAL_SHARE);
    }

    /// All of `path`, and the pictures of another path held out.
    public static Split of(Path path, Path heldOut, int channels, int height, int width, DataOptions options) {
        return two(Datasets.open(path, channels, height, width, options), Datasets.open(heldOut, channels, height, width, options), heldOut.toString());
    }

    /// A share of the data held out, by a shuffle.
    ///
    /// @throws InvalidArgumentException for a share that leaves nothing on one of the sides
    public static Split of(Dataset data, double share) {
        if (!(share > 0 && share < 1)) {
            throw new InvalidArgumentException("a held-out share of " + share + "; it is above 0 and below 1, 0.1 for a tenth");
        }
        var notes = new ArrayList<>(data.notes());
        Dataset labelled = labelled(data, notes);
        int out = (int) Math.round(labelled.size() * share);
        if (out < 1 || out == labelled.size()) {
            throw new InvalidArgumentException("a held-out share of " + share + " of " + labelled.size() + " pictures holds out " + (out < 1 ? "none" : "all")
                    + " of them; take another share, or pictures of their own (held out by path)");
        }
        int[] order = new Shuffle(labelled.size(), SEED).epoch(0);
        int[] kept = Arrays.copyOfRange(order, out, order.length);
        Arrays.sort(kept);      // files are read in their order
        return new Split(labelled.subset(kept), labelled.subset(Arrays.copyOf(order, out)), "every " + (share == USUAL_SHARE ? "10th" : "1/" + share + "th") + " of a shuffle of them",
                List.copyOf(notes));
    }

    private static Split two(Dataset training, Dataset heldOut, String how) {
        if (training.labelNames().size() > 1 && heldOut.labelNames().isEmpty()) {
            throw new InvalidArgumentException("the held-out pictures have no labels (" + heldOut + "), those of training have; put them into the same folders");
        }
        var notes = new ArrayList<>(training.notes());
        heldOut.notes().stream().filter(note -> !notes.contains(note)).forEach(notes::add);
        return new Split(labelled(training, notes), labelled(training.labelNames().size() > 1 ? heldOut.withLabelNames(training.labelNames()) : heldOut, notes), how, List.copyOf(notes));
    }

    /// Where there are classes, the pictures that have one.
    private static Dataset labelled(Dataset data, List<String> notes) {
        if (data.labelNames().size() < 2) {
            return data;
        }
        int[] labelled = IntStream.range(0, data.size()).filter(i -> data.label(i) >= 0).toArray();
        if (labelled.length == data.size()) {
            return data;
        }
        notes.add("without a label, and left out: " + (data.size() - labelled.length) + " of " + data);
        return data.subset(labelled);
    }

    /// Each picture is tried once. Without those that cannot be read, if they may be skipped; the notes then name them.
    ///
    /// @throws InvalidArgumentException for a broken picture that may not be skipped, and where no other is left
    public Split readable(boolean skip) {
        var more = new ArrayList<>(notes);
        return new Split(readable(training, skip, more), readable(heldOut, skip, more), how, List.copyOf(more));
    }

    private static Dataset readable(Dataset data, boolean skip, List<String> notes) {
        SortedMap<Integer, String> broken = data.broken();
        if (broken.isEmpty()) {
            return data;
        }
        if (!skip) {
            throw new InvalidArgumentException(broken.get(broken.firstKey()) + (broken.size() == 1 ? "" : " (one of " + broken.size() + " such pictures)"));
        }
        broken.values().forEach(why -> notes.add("skipped: " + why));
        return data.subset(IntStream.range(0, data.size()).filter(i -> !broken.containsKey(i)).toArray());
    }

    /// What the classes are called; empty: there are none, or one, so that nothing can be told apart.
    public List<String> classes() {
        return training.labelNames().size() > 1 ? training.labelNames() : List.of();
    }

    /// `count` of the held-out pictures, by a shuffle; evenly: of each class in turn, as long as it lasts.
    ///
    /// @throws InvalidArgumentException for more than there are, and for too few to have a spread
    public Dataset yardstick(int count, boolean evenly) {
        if (count < 2) {
            throw new InvalidArgumentException("count is " + count + "; it takes 2 pictures to have a spread, and 1000 to say much");
        }
        if (count > heldOut.size()) {
            throw new InvalidArgumentException("count is " + count + ", but only " + heldOut.size() + " pictures are held out to compare with; take " + heldOut.size()
                    + " at most, or hold out more");
        }
        int[] order = new Shuffle(heldOut.size(), SEED).epoch(0);
        return heldOut.subset(Arrays.copyOf(evenly && !classes().isEmpty() ? inTurn(order) : order, count));
    }

    private int[] inTurn(int[] order) {
        List<ArrayDeque<Integer>> queues = classes().stream().map(name -> new ArrayDeque<Integer>()).toList();
        for (int picture : order) {
            queues.get(heldOut.label(picture)).add(picture);
        }
        var turn = new int[order.length];
        for (int at = 0; at < turn.length; ) {
            for (ArrayDeque<Integer> queue : queues) {
                if (!queue.isEmpty()) {
                    turn[at++] = queue.remove();
                }
            }
        }
        return turn;
    }
}
