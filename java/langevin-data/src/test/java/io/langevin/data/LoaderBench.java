package io.langevin.data;

import io.langevin.Batch;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;

/// How fast pictures are loaded; run by hand. Arguments: a folder of pictures, height = width, batches of so many, channels.
///
///     java ... io.langevin.data.LoaderBench PICTURES 64 128 3
///
/// Decoding is measured with nothing kept in memory, after an epoch to warm up; then the same from memory.
final class LoaderBench {
    private static final int SECONDS = 4;

    private LoaderBench() {
    }

    public static void main(String[] args) {
        Path path = Path.of(args[0]);
        int side = args.length > 1 ? Integer.parseInt(args[1]) : 64;
        int batch = args.length > 2 ? Integer.parseInt(args[2]) : 128;
        int channels = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        for (boolean cached : new boolean[] {false, true}) {
            long since = System.nanoTime();
            Dataset data = Datasets.open(path, channels, side, side, DataOptions.defaults().withCache(cached ? 1L << 30 : 0));
            System.out.printf("%s; opened in %.0f ms%n", data, (System.nanoTime() - since) / 1e6);
            data.notes().forEach(note -> System.out.println("  note: " + note));
            for (int threads : new int[] {1, 2}) {
                measure(data, batch, threads, cached ? "in memory" : "decoded");
            }
        }
    }

    private static void measure(Dataset data, int batch, int threads, String what) {
        try (Loader loader = data.shuffled(1).withThreads(threads).withSkipping(true).batches(batch)) {
            for (int warm = 0; warm * (long) batch < 2L * data.size() && warm * (long) batch < 20_000; warm++) {
                loader.next();
            }
            long pictures = 0;
            long sum = 0;
            Duration cpu = cpu();
            long since = System.nanoTime();
            while (System.nanoTime() - since < SECONDS * 1_000_000_000L) {
                Batch next = loader.next();
                pictures += next.count();
                sum += next.images().get(ValueLayout.JAVA_BYTE, 0);
            }
            double seconds = (System.nanoTime() - since) / 1e9;
            double micros = cpu().minus(cpu).toNanos() / 1e3 / pictures;
            System.out.printf("  %-9s %d thread%s %9.0f images/s, %6.1f us of a processor each   %s (%d)%n", what, threads, threads == 1 ? " " : "s", pictures / seconds, micros, loader.waiting(), sum);
            loader.skipped().forEach(skipped -> System.out.println("  skipped " + skipped));
        }
    }

    /// Of this process, all threads: what is left of a measurement on a machine that others use too.
    private static Duration cpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }
}
