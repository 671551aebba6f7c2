"""OpenVINO on the exported net, in float32 (its default is bf16 where the processor has it), one stream with all threads, the batch fixed."""
import openvino
from safetensors.numpy import load_file, save_file


class OpenvinoUnet:
    def __init__(self, settings):
        core = openvino.Core()
        model = core.read_model(settings["onnx"])
        tensors = load_file(settings["inputs"])
        tensors["timestep"] = tensors["timestep"].astype("int64")
        self.inputs = {i.any_name: tensors[i.any_name] for i in model.inputs}
        model.reshape({name: list(tensor.shape) for name, tensor in self.inputs.items()})
        self.compiled = core.compile_model(model, "CPU", {
            "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": settings["threads"]})
        self.request = self.compiled.create_infer_request()

    def forward(self):
        return self.request.infer(self.inputs, share_inputs=True, share_outputs=True)[0]

    def write(self, path):
        save_file({"output": self.forward().copy()}, path)


if __name__ == "__main__":
    from bench.worker import serve
    serve(OpenvinoUnet)
