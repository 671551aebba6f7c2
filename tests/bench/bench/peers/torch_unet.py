"""PyTorch + diffusers' UNet2DModel as its users run it. Variants: eager or compiled (max-autotune, frozen weights), NCHW or channels_last."""
import torch
from diffusers import UNet2DModel
from safetensors.torch import load_file, save_file


def prepare(unet, variant):
    """Layout and compilation; compilation itself happens in the first call."""
    unet = unet.eval()
    if variant.endswith("channels_last"):
        unet = unet.to(memory_format=torch.channels_last)
    if variant.startswith("compiled"):
        import torch._inductor.config as inductor
        inductor.freezing = True
        unet = torch.compile(unet, mode="max-autotune", dynamic=False)
    return unet


class TorchUnet:
    def __init__(self, settings):
        torch.set_num_threads(settings["threads"])
        torch.set_num_interop_threads(1)
        tensors = load_file(settings["inputs"])
        self.sample, self.timestep, self.labels = tensors["sample"], tensors["timestep"].long(), tensors.get("class_labels")
        if settings["variant"].endswith("channels_last"):
            self.sample = self.sample.to(memory_format=torch.channels_last)
        self.unet = prepare(UNet2DModel.from_pretrained(settings["folder"]), settings["variant"])

    @torch.no_grad()
    def forward(self):
        return self.unet(self.sample, self.timestep, class_labels=self.labels, return_dict=False)[0]

    def write(self, path):
        save_file({"output": self.forward().contiguous()}, path)


if __name__ == "__main__":
    from bench.worker import serve
    serve(TorchUnet)
