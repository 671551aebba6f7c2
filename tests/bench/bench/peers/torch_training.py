"""A training step by PyTorch, with what it has that is fastest on a CPU: fused AdamW, clipping and averaging by _foreach.

Variants: eager or compiled, NCHW or channels_last; float64 (eager, NCHW) is what the others are compared with.
"""
import torch
from diffusers import DDPMScheduler, UNet2DModel
from safetensors.torch import load_file, save_file
from torch.optim.swa_utils import get_ema_multi_avg_fn

LEARNING_RATE = 1e-4
CLIP = 1.0
AVERAGE = 0.9999
SEED = 150


class TorchTraining:
    def __init__(self, settings):
        if "threads" in settings:
            torch.set_num_threads(settings["threads"])
            torch.set_num_interop_threads(1)
        variant = settings["variant"]
        self.type = torch.float64 if variant == "float64" else torch.float32
        self.layout = torch.channels_last if variant.endswith("channels_last") else torch.contiguous_format
        tensors = load_file(settings["inputs"])
        self.images, self.labels = self.placed(tensors["sample"].clamp(-1, 1)), tensors.get("class_labels")
        self.generator = torch.Generator("cpu").manual_seed(SEED)
        alpha_bar = DDPMScheduler(num_train_timesteps=1000, beta_schedule="linear").alphas_cumprod.to(self.type)
        self.a, self.b = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()

        unet = UNet2DModel.from_pretrained(settings["folder"]).train().to(dtype=self.type, memory_format=self.layout)
        self.parameters = list(unet.parameters())
        self.averages = [parameter.detach().clone() for parameter in self.parameters]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=LEARNING_RATE, fused=True)
        self.average = get_ema_multi_avg_fn(AVERAGE)
        self.unet = torch.compile(unet, mode="max-autotune", dynamic=False) if variant.startswith("compiled") else unet

    def placed(self, tensor):
        return tensor.to(dtype=self.type, memory_format=self.layout)

    def forward(self):
        """One step -> loss, gradient norm before clipping."""
        rows = len(self.images)
        noise = self.placed(torch.randn(self.images.shape, generator=self.generator))
        t = torch.randint(0, len(self.a), (rows,), generator=self.generator)
        x = self.a[t].view(-1, 1, 1, 1) * self.images + self.b[t].view(-1, 1, 1, 1) * noise
        loss = torch.nn.functional.mse_loss(self.unet(x, t, class_labels=self.labels, return_dict=False)[0], noise)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, CLIP, foreach=True)
        self.optimizer.step()
        self.average(self.averages, self.parameters, 0)
        return loss.detach(), norm

    def write(self, path):
        loss, norm = self.forward()
        save_file({"loss": loss.reshape(1), "gradient_norm": norm.reshape(1)}, path)


if __name__ == "__main__":
    from bench.worker import serve
    serve(TorchTraining)
