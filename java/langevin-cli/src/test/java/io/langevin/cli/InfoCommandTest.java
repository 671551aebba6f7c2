package io.langevin.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.langevin.Model;
import io.langevin.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfoCommandTest {
    @TempDir
    Path folder;

    @Test
    void info_tells_what_a_model_is_and_costs() {
        List<String> lines = Run.of("info", Run.MNIST).result().lines().map(String::strip).toList();
        try (var model = Model.open(Path.of(Run.MNIST))) {
            var wanted = new ArrayList<>(List.of(
                    Run.MNIST + ": UNet2DModel 28x28x1, 1.1 M parameters, classes 0-9 (10 means none)",
                    "parameters  %,d".formatted(model.parameters()),
                    "channels    1 in, 1 out",
                    "config      " + Run.MNIST + "/unet/config.json",
                    "weights     " + Run.MNIST + "/unet/diffusion_pytorch_model.safetensors, " + model.files().types().getFirst(),
                    "trained     to predict epsilon with 1000 steps, linear betas 0.0001 to 0.02, alpha_bar 0.9999 to 0.00004036",
                    "scheduler   DDPMScheduler: leading spacing of timesteps, clips to 1.0, variance fixed_small"));
            assertEquals(wanted, lines.subList(0, 7));
            assertTrue(lines.get(7).startsWith("device      cpu"), lines.get(7));
            assertTrue(lines.get(8).matches("work        0\\.[0-9]{3} GFLOP an image, " + model.plan(1).ops() + " ops"), lines.get(8));
            assertEquals("packed      " + InfoCommand.mebibytes(model.plan(1).weightBytes()) + " of weights", lines.get(9));
            assertEquals("memory      " + InfoCommand.mebibytes(model.plan(4).arenaBytes()) + " for 4 images of 28x28", lines.get(12));
            assertEquals("larger batches run in chunks of " + model.plan(1000).rows(), lines.getLast());
        }
    }

    @Test
    void labels_are_named_a_few_or_all() throws IOException {
        Path named = Models.mnist(folder.resolve("named"), "unet/labels.json", "[\"zero\", \"one\", \"two, deux\", \"three\", \"four\", \"five\", \"six\", \"7\", \"8\", \"9\"]");
        String info = Run.of("info", named).result();
        assertTrue(info.contains("  labels      0 zero; 1 one; 2 two, deux; 3 three; 4 four; 5 five; 6 six ... 9 9\n"), info);
        assertEquals("zero\none\ntwo, deux\nthree\nfour\nfive\nsix\n7\n8\n9\n", Run.of("info", named, "--labels").result());
        Run.of("info", Run.MNIST, "--labels").fails(Main.FAILED, Run.MNIST + " does not name its labels: there is no labels.json beside its config.json");
    }

    @Test
    void a_class_that_is_no_label_is_told() throws IOException {
        String timestep = Run.of("info", Models.golden(folder.resolve("t"), "unet-class-timestep")).result();
        assertTrue(timestep.lines().findFirst().orElseThrow().endsWith("UNet2DModel 16x16x3, 46,603 parameters, a class timestep for each image"), timestep);
        String embedding = Run.of("info", Models.golden(folder.resolve("e"), "unet-class-identity")).result();
        assertTrue(embedding.lines().findFirst().orElseThrow().endsWith("a class embedding of 32 numbers for each image"), embedding);
    }

    @Test
    void a_scheduler_tells_its_options() throws IOException {
        Path model = Models.mnist(folder.resolve("model"), "scheduler/scheduler_config.json", """
                {"_class_name": "DPMSolverMultistepScheduler", "beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction", "use_karras_sigmas": true,
                 "thresholding": true, "timestep_spacing": "trailing", "solver_order": 3}""");
        String info = Run.of("info", model).result();
        assertTrue(info.contains("  trained     to predict v with 1000 steps, squaredcos_cap_v2 betas, alpha_bar "), info);
        assertTrue(info.contains("  scheduler   DPMSolverMultistepScheduler: trailing spacing of timesteps, thresholds at quantile 0.995, karras sigmas, order=3, plus=true"), info);
    }

    @Test
    void an_edm_scheduler_tells_its_levels() throws IOException {
        Path model = Models.mnist(folder.resolve("model"), "scheduler/scheduler_config.json", "{\"_class_name\": \"EDMEulerScheduler\", \"sigma_max\": 20}");
        String info = Run.of("info", model).result();
        assertTrue(info.contains("  trained     to predict epsilon with noise from 0.002 to 20.0\n"
                + "  scheduler   EDMEulerScheduler: does not clip, churn=none, clean=true\n"), info);
        Run.of("sample", model).fails(Main.WRONG_USAGE, "this network (EDMEulerScheduler) has EDM's continuous noise levels and no schedule of timesteps:"
                + " the samplers edm-euler and edm-dpm++ are for it");
    }

    @Test
    void a_scheduler_that_is_lacking_fails_after_the_rest_was_told() throws IOException {
        Path model = Models.mnist(folder.resolve("model"), "scheduler/scheduler_config.json", "{\"_class_name\": \"DEISMultistepScheduler\"}");
        Run run = Run.of("info", model);
        assertEquals(Main.FAILED, run.code());
        assertTrue(run.out().contains("  scheduler   cannot be sampled by this version\n") && run.out().contains("  memory "), run.out());
        assertTrue(run.err().startsWith("error: scheduler_config.json: _class_name DEISMultistepScheduler is not supported; these are: DDPMScheduler, "), run.err());
        Run.of("sample", model).fails(Main.FAILED, "scheduler_config.json: _class_name DEISMultistepScheduler is not supported");
    }

    @Test
    void what_cannot_be_opened_says_why_in_a_sentence() throws IOException {
        Path unet = Path.of(Run.MNIST, "unet");
        Path weights = unet.resolve("diffusion_pytorch_model.safetensors");
        Path pickle = Files.writeString(folder.resolve("model.ckpt"), "x");
        Run.of("info", pickle).fails(Main.FAILED, pickle + " is a pickle, which may run any code when it is opened. ");
        Path text = Files.writeString(folder.resolve("model.onnx"), "x");
        Run.of("info", text).fails(Main.FAILED, text + " is a file, but no .safetensors; wanted a model in one file, or a diffusers folder");
        Run.of("info", weights).fails(Main.FAILED, weights + " has weights alone, no langevin.config in its metadata: open the folder that holds it and its config.json");

        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(unet.resolve("config.json"), model.resolve("config.json"));
        Run.of("info", model).fails(Main.FAILED, model + " holds ");
        Path bin = Files.writeString(model.resolve("diffusion_pytorch_model.bin"), "x");
        Run.of("info", model).fails(Main.FAILED, bin + " is a pickle, which may run any code when it is opened. Convert it once, where PyTorch is: ");
        Path index = Files.writeString(model.resolve("diffusion_pytorch_model.safetensors.index.json"), """
                {"weight_map": {"conv_in.weight": "diffusion_pytorch_model-00001-of-00002.safetensors"}}""");
        Run.of("info", model).fails(Main.FAILED, index + ": diffusion_pytorch_model-00001-of-00002.safetensors is missing, with 1 of the tensors: fetch it as well");
        Path pipeline = Files.writeString(model.resolve("model_index.json"), "{\"_class_name\": \"StableDiffusionPipeline\"}");
        Run.of("info", model).fails(Main.FAILED, pipeline + ": StableDiffusionPipeline is not supported; langevin opens pipelines of a UNet2DModel over pixels");
    }

    @Test
    void another_size_costs_something_else() {
        String larger = Run.of("info", Run.MNIST, "--size", "56x28").result();
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertTrue(larger.contains(InfoCommand.mebibytes(model.plan(2, 56, 28).arenaBytes()) + " for 2 images of 56x28"), larger);
        }
    }

    @Test
    void dump_prints_the_program() {
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertEquals(model.dump(1), Run.of("dump", Run.MNIST).result());
            assertEquals(model.dump(3, 56, 28), Run.of("dump", Run.MNIST, "--rows", 3, "--size", "56x28").result());
        }
    }

    @Test
    void dump_predicts_for_gpus_that_need_not_be_here() {
        Run run = Run.of("dump", Run.MNIST, "--device", "h200", "--rows", 3, "--size", "56x28");
        try (var model = Model.open(Path.of(Run.MNIST))) {
            assertEquals(model.predict("h200", 3, 56, 28), run.result());
        } catch (UnsupportedException e) {
            run.fails(Main.FAILED, e.getMessage());
        }
        Run.of("sample", Run.MNIST, "--device", "h200").fails(Main.WRONG_USAGE, "device \"h200\": there are cpu, cuda");
        assertTrue(Run.of("dump", "--help").result().contains("h200"));
    }

    @Test
    void sizes_are_two_numbers() {
        for (String text : List.of("3", "axb", "3x", "0x3", "3x3x3", "-1x4")) {
            Run.of("dump", Run.MNIST, "--size", text).fails(Main.WRONG_USAGE, "Invalid value for option '--size': '" + text + "' is no size; write height and width as 32x48");
        }
        Run.of("dump", Run.MNIST, "--size", "30x30").fails(Main.WRONG_USAGE, "images of 30x30 do not fit " + Run.MNIST);
    }
}
