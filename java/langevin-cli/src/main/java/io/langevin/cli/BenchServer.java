package io.langevin.cli;

import io.langevin.InvalidArgumentException;
import io.langevin.Model;
import io.langevin.Plane;
import io.langevin.SampleRequest;
import io.langevin.Step;
import io.langevin.internal.AtomicFile;
import io.langevin.internal.Safetensors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/// Our engine in tests/bench: a process that is told line by line what to do, so that engines take turns. In training there is nothing to check.
///
///     check IN.safetensors OUT.safetensors    sample [N, C, H, W], timestep [N] float32, perhaps class_labels [N] int64  ->  output [N, C, H, W]
///     run K                                   K steps of the batch; prints {"milliseconds": [...]}
///     quit
final class BenchServer {
    private BenchServer() {
    }

    static int serve(Model model, Timed bench, InputStream in, PrintWriter out, PrintWriter err) {
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.strip().split(" +");
                if (words[0].equals("check") && words.length == 3 && bench instanceof Bench) {
                    check(model, Path.of(words[1]), Path.of(words[2]));
                } else if (words[0].equals("run") && words.length == 2 && words[1].matches("[0-9]{1,6}")) {
                    out.println(json(bench.milliseconds(Integer.parseInt(words[1]))));
                } else if (words[0].equals("quit")) {
                    return Main.OK;
                } else {
                    err.println("error: '" + line + "': there are check IN OUT, run K and quit");
                    return Main.WRONG_USAGE;
                }
            }
            return Main.OK;
        } catch (IOException e) {
            throw new UncheckedIOException("stdin: " + e.getMessage(), e);
        }
    }

    private static void check(Model model, Path in, Path out) {
        Map<String, Safetensors.Tensor> tensors = Safetensors.read(in);
        Safetensors.Tensor sample = tensors.get("sample");
        Safetensors.Tensor timestep = tensors.get("timestep");
        Safetensors.Tensor labels = tensors.get("class_labels");
        if (sample == null || timestep == null) {
            throw new InvalidArgumentException(in + " has the tensors " + tensors.keySet() + ", wanted sample and timestep");
        }
        int[] shape = sample.shape();
        if (shape.length != 4 || sample.floats() == null || timestep.floats() == null || timestep.floats().length != shape[0]
                || labels != null && (labels.longs() == null || labels.longs().length != shape[0])) {
            throw new InvalidArgumentException(in + ": wanted float32 sample [N, C, H, W] and timestep [N], and int64 class_labels [N] if any; sample has the shape "
                    + Arrays.toString(shape));
        }
        var request = SampleRequest.of(shape[0]).withSize(shape[2], shape[3]);
        var steps = new ArrayList<Step>();
        var wanted = new ArrayList<Integer>();
        for (int i = 0; i < shape[0]; i++) {
            steps.add(Bench.look(timestep.floats()[i]));
            if (labels != null) {
                wanted.add(Math.toIntExact(labels.longs()[i]));
            }
        }
        try (var denoiser = model.denoiser(shape[0])) {
            var slots = denoiser.join(request.withLabels(List.copyOf(wanted)));
            denoiser.write(slots, Plane.X, 0, sample.floats());
            denoiser.step(slots, steps);
            float[] output = denoiser.read(slots, Plane.OUT).values();
            AtomicFile.write(out, stream -> Safetensors.write(stream, "output", output, shape[0], model.config().outChannels(), shape[2], shape[3]));
        }
    }

    private static String json(double[] milliseconds) {
        var list = new StringJoiner(", ", "{\"milliseconds\": [", "]}");
        for (double value : milliseconds) {
            list.add(String.format(Locale.ROOT, "%.6f", value));
        }
        return list.toString();
    }
}
