package io.langevin.evaluate;

import io.langevin.data.Dataset;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// The nearest picture by brute force: |q - t|^2 = |q|^2 + |t|^2 - 2 q t of every query q [Q, D] and every picture t [T, D], Q T D multiplications.
///
/// The products are a matrix product in float, blocked so that a block of pictures stays in the cache, and written so that the compiler makes vector instructions of it: 4 queries times 4
/// shades of many pictures at once. It is exact: shades are shifted to -128 ... 127, a product is at most 2^14, and the sum of [#SHADES] of them at most 2^22, an integer that a float
/// holds; longer sums go on in double. So neither the order nor the number of threads moves a bit. Pictures are read a block at a time, and need not fit into memory.
final class Neighbours {
    private static final int BLOCK = 512;        // pictures of a block
    private static final int SHADES = 256;       // of them at a time: 512 KiB
    private static final int TOGETHER = 4;       // queries

    private final Dataset among;
    private final int shades;                    // D, rounded up to whole fours
    private final int count;
    private final float[][] queries;             // [Q, D], Q rounded up to whole fours
    private final double[] lengths;              // |q|^2

    /// @param queries of one shape with the pictures among which the nearest is looked for; one after the other
    Neighbours(List<Dataset> queries, Dataset among) {
        this.among = among;
        this.shades = whole(among.channels() * among.height() * among.width());
        this.count = queries.stream().mapToInt(Dataset::size).sum();
        this.queries = new float[whole(count)][shades];
        this.lengths = new double[count];
        int at = 0;
        for (Dataset some : queries) {
            for (int i = 0; i < some.size(); i++, at++) {
                lengths[at] = shift(Shades.of(some, i), this.queries[at]);
            }
        }
    }

    private static int whole(int count) {
        return (count + TOGETHER - 1) / TOGETHER * TOGETHER;
    }

    /// Writes the shifted shades, and returns the sum of their squares.
    private static double shift(byte[] bytes, float[] shifted) {
        double length = 0;
        for (int i = 0; i < bytes.length; i++) {
            int shade = (bytes[i] & 0xFF) - 128;
            shifted[i] = shade;
            length += shade * shade;
        }
        return length;
    }

    /// @param looked is told how many pictures were looked at, by one thread at a time; what it throws ends the search
    Nearest search(int threads, IntConsumer looked) {
        int blocks = (among.size() + BLOCK - 1) / BLOCK;
        var next = new AtomicInteger();
        var done = new Counter(looked);
        List<Worker> workers = IntStream.range(0, Math.clamp(blocks, 1, threads)).mapToObj(i -> new Worker()).toList();
        Parallel.run(workers.size(), worker -> {
            for (int block = next.getAndIncrement(); block < blocks; block = next.getAndIncrement()) {
                int first = block * BLOCK;
                int some = Math.min(BLOCK, among.size() - first);
                workers.get(worker).look(first, some);
                done.add(some);
            }
        });
        return merged(workers);
    }

    private static final class Counter {
        private final IntConsumer looked;
        private int all;

        Counter(IntConsumer looked) {
            this.looked = looked;
        }

        synchronized void add(int some) {
            all += some;
            looked.accept(all);
        }
    }

    private Nearest merged(List<Worker> workers) {
        var index = new int[count];
        var distance = new double[count];
        for (int q = 0; q < count; q++) {
            double best = Double.POSITIVE_INFINITY;
            for (Worker worker : workers) {
                if (worker.best[q] < best || worker.best[q] == best && worker.index[q] < index[q]) {
                    best = worker.best[q];
                    index[q] = worker.index[q];
                }
            }
            distance[q] = Math.sqrt(best / (among.channels() * among.height() * among.width()));
        }
        return new Nearest(index, distance);
    }

    /// What a thread has: a block of pictures, shade by shade, and the nearest so far.
    private final class Worker {
        final double[] best = new double[count];
        final int[] index = new int[count];
        private final float[][] block = new float[shades][BLOCK];
        private final double[] lengths = new double[BLOCK];
        private final double[][] products = new double[queries.length][BLOCK];
        private final float[][] sums = new float[TOGETHER][BLOCK];

        Worker() {
            Arrays.fill(best, Double.POSITIVE_INFINITY);
        }

        void look(int first, int some) {
            var shifted = new float[shades];
            for (int t = 0; t < some; t++) {
                lengths[t] = shift(Shades.of(among, first + t), shifted);
                for (int k = 0; k < shades; k++) {
                    block[k][t] = shifted[k];
                }
            }
            for (double[] row : products) {
                Arrays.fill(row, 0);
            }
            for (int from = 0; from < shades; from += SHADES) {
                for (int q = 0; q < queries.length; q += TOGETHER) {
                    multiply(q, from, Math.min(shades, from + SHADES));
                }
            }
            for (int q = 0; q < count; q++) {
                for (int t = 0; t < some; t++) {
                    double squared = Neighbours.this.lengths[q] + lengths[t] - 2 * products[q][t];
                    if (squared < best[q]) {        // blocks of a thread come in order, so the first of equals stays
                        best[q] = squared;
                        index[q] = first + t;
                    }
                }
            }
        }

        private void multiply(int q, int from, int to) {
            for (float[] sum : sums) {
                Arrays.fill(sum, 0);
            }
            for (int k = from; k < to; k += 4) {
                for (int i = 0; i < TOGETHER; i++) {
                    float[] query = queries[q + i];
                    add(sums[i], block[k], block[k + 1], block[k + 2], block[k + 3], query[k], query[k + 1], query[k + 2], query[k + 3]);
                }
            }
            for (int i = 0; i < TOGETHER; i++) {
                double[] products = this.products[q + i];
                float[] sum = sums[i];
                for (int t = 0; t < BLOCK; t++) {
                    products[t] += sum[t];
                }
            }
        }
    }

    private static void add(float[] sum, float[] a, float[] b, float[] c, float[] d, float p, float q, float r, float s) {
        for (int t = 0; t < BLOCK; t++) {
            sum[t] += p * a[t] + q * b[t] + r * c[t] + s * d[t];
        }
    }
}
