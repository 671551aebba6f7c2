"""Files made from a net once, each by its own process (`python -m bench.derived onnx|reference|training ...`): the ONNX export, float64 outputs."""
import sys
import warnings

CHUNK = 8                                                   # rows a pass of the reference: float64 activations of 64 rows would fill the memory


def export_onnx(unet_folder, inputs, path):
    """The route most users take: the tracing exporter, opset 17, batch left open (both engines fix it when they load)."""
    import torch
    from diffusers import UNet2DModel
    from safetensors.torch import load_file

    class Forward(torch.nn.Module):
        def __init__(self, unet):
            super().__init__()
            self.unet = unet

        def forward(self, sample, timestep, class_labels=None):
            return self.unet(sample, timestep, class_labels=class_labels, return_dict=False)[0]

    tensors = load_file(inputs)
    names = [name for name in ("sample", "timestep", "class_labels") if name in tensors]
    example = tuple(tensors[name].long() if name == "timestep" else tensors[name] for name in names)
    warnings.filterwarnings("ignore")
    with torch.no_grad():
        torch.onnx.export(Forward(UNet2DModel.from_pretrained(unet_folder).eval()), example, path, input_names=names, output_names=["output"],
                          dynamic_axes={name: {0: "rows"} for name in names + ["output"]}, opset_version=17, dynamo=False)


def write_reference(unet_folder, inputs, path):
    import torch
    from diffusers import UNet2DModel
    from safetensors.torch import load_file, save_file

    unet = UNet2DModel.from_pretrained(unet_folder).eval().double()
    tensors = load_file(inputs)
    outputs = []
    with torch.no_grad():
        for row in range(0, len(tensors["sample"]), CHUNK):
            part = {name: tensor[row:row + CHUNK] for name, tensor in tensors.items()}
            outputs.append(unet(part["sample"].double(), part["timestep"].long(), class_labels=part.get("class_labels"), return_dict=False)[0])
    save_file({"output": torch.cat(outputs)}, path)


def write_training(unet_folder, inputs, path):
    """Loss and gradient norm of the first training step."""
    from bench.peers.torch_training import TorchTraining
    TorchTraining({"folder": unet_folder, "inputs": inputs, "variant": "float64"}).write(path)


if __name__ == "__main__":
    {"onnx": export_onnx, "reference": write_reference, "training": write_training}[sys.argv[1]](*sys.argv[2:])
