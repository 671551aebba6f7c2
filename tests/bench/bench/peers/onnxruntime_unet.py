"""ONNX Runtime on the exported net: all graph optimisations, the batch fixed when the session is made, its own thread pool."""
import onnxruntime
from safetensors.numpy import load_file, save_file


class OnnxruntimeUnet:
    def __init__(self, settings):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = settings["threads"]
        options.inter_op_num_threads = 1
        options.add_free_dimension_override_by_name("rows", settings["rows"])
        self.session = onnxruntime.InferenceSession(settings["onnx"], options, providers=["CPUExecutionProvider"])
        tensors = load_file(settings["inputs"])
        tensors["timestep"] = tensors["timestep"].astype("int64")
        self.inputs = {i.name: tensors[i.name] for i in self.session.get_inputs()}

    def forward(self):
        return self.session.run(None, self.inputs)[0]

    def write(self, path):
        save_file({"output": self.forward()}, path)


if __name__ == "__main__":
    from bench.worker import serve
    serve(OnnxruntimeUnet)
