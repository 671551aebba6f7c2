package io.langevin.parity;

import io.langevin.Denoiser;
import io.langevin.Device;
import io.langevin.Diffusion;
import io.langevin.NoiseSource;
import io.langevin.Plane;
import io.langevin.SampleRequest;
import io.langevin.Sampler;
import io.langevin.Slots;
import io.langevin.Step;
import io.langevin.internal.Json;
import io.langevin.internal.Safetensors.Tensor;
import java.util.Arrays;
import java.util.List;

/// A sampler's steps on recorded network outputs, in a denoiser without a network. Each step starts from the recorded x, with history of our
/// own: runs that start from their own x amplify rounding by up to 157, since x stays near 1 while 1/sqrt(alpha_bar) does not.
///
/// Whole timesteps are exact; what the network would see and where a step ends are within 1e-5 of the largest magnitude. Ours computes coefficients in
/// double and rounds once, diffusers rounds on the way: 1.4e-6 apart over all its samplers.
final class SamplerCase {
    static final String WHAT = "steps";

    private static final double TOLERANCE = 1e-5;

    private SamplerCase() {
    }

    static Verdict check(GoldenCase golden) {
        Diffusion diffusion = Diffusion.parse(golden.text("scheduler_config.json"));
        Json.Obj fields = golden.fields();
        Tensors tensors = golden.tensors();
        Tensor times = tensors.floats("timesteps", 1);
        Tensor trajectory = tensors.floats("trajectory", 5);
        Tensor inputs = tensors.floats("model_input", 5);
        Tensor outputs = tensors.floats("model_output", 5);
        Tensor noise = tensors.floats("noise", 5);
        int rows = times.floats().length;
        int[] shape = Arrays.copyOfRange(trajectory.shape(), 1, 5);
        if (rows < 1 || rows != fields.integer("steps") || trajectory.shape()[0] != rows + 1 || inputs.shape()[0] != rows || outputs.shape()[0] != rows
                || noise.shape()[0] != rows || trajectory.floats().length == 0) {
            throw new BrokenCase("timesteps, trajectory, model_input, model_output and noise are not of " + fields.integer("steps") + " steps");
        }

        Sampler own = Samplers.of(diffusion, golden.arguments("step_arguments"));
        Sampler sampler = fields.isNull("custom_timesteps") ? own : own.at(fields.integers("custom_timesteps"));
        List<Step> plan = Samplers.plan(sampler, diffusion, rows);

        var furthest = new Furthest();
        Samplers.compareTimesteps(furthest, "timesteps", Samplers.timesteps(plan), times.floats());
        double sees = 0;
        double ends = 0;
        try (Device device = Device.cpu(); Denoiser denoiser = device.denoiser(shape[1], outputs.shape()[2], shape[0])) {
            Slots slots = denoiser.join(SampleRequest.of(shape[0]).withNoise(NoiseSource.WRITTEN).withSize(shape[2], shape[3]));
            for (int i = 0; i < rows; i++) {
                float[] x = row(trajectory, i);
                sees = Math.max(sees, Furthest.relative(scaled(x, plan.get(i).scale()), row(inputs, i)));
                denoiser.write(slots, Plane.X, 0, x);
                denoiser.write(slots, Plane.OUT, 0, row(outputs, i));
                denoiser.write(slots, Plane.NOISE, 0, row(noise, i));
                denoiser.step(slots, plan.get(i));
                ends = Math.max(ends, Furthest.relative(denoiser.read(slots).values(), row(trajectory, i + 1)));
            }
        }
        furthest.add("model_input", sees, TOLERANCE);
        furthest.add("trajectory", ends, TOLERANCE);
        return furthest.verdict(WHAT, "of the largest magnitude, " + rows + " steps, each from the recorded x");
    }

    /// Entry i of the first axis.
    private static float[] row(Tensor tensor, int i) {
        int size = tensor.floats().length / tensor.shape()[0];
        return Arrays.copyOfRange(tensor.floats(), i * size, (i + 1) * size);
    }

    private static float[] scaled(float[] x, double scale) {
        float factor = (float) scale;
        var out = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = factor * x[i];
        }
        return out;
    }
}
