"""A peer: ONNX Runtime's on-device training. The network is written as an ONNX graph, ONNX Runtime adds the gradients and
the optimizer's graph. Its last release is of 2024."""
import os
import tempfile

from common import measure, missing, mnist, options, parameters_of

chosen = options()
try:
    import numpy as np
    import onnx
    import onnxruntime
    from onnxruntime.training import api, artifacts
except ImportError as error:
    missing("ONNX Runtime training", "pip install onnxruntime-training onnx==1.17.0 torch", error)

x, y, rng = mnist(chosen)
started_from = parameters_of(chosen, rng)
last = len(started_from) - 1
nodes, tensors = [], []
for l, (w, b) in enumerate(started_from):
    tensors += [onnx.numpy_helper.from_array(w, f"w{l}"), onnx.numpy_helper.from_array(b, f"b{l}")]
    nodes.append(onnx.helper.make_node("Gemm", [f"h{l}", f"w{l}", f"b{l}"], [f"u{l}" if l < last else "logits"]))
    if l < last:
        nodes.append(onnx.helper.make_node("Relu", [f"u{l}"], [f"h{l + 1}"]))
value = lambda name, width: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [chosen.batch, width])
graph = onnx.helper.make_graph(
    nodes, "network", [value("h0", chosen.widths[0])], [value("logits", chosen.widths[-1])], tensors
)
model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)

with tempfile.TemporaryDirectory() as folder:
    artifacts.generate_artifacts(
        model,
        requires_grad=[tensor.name for tensor in tensors],
        loss=artifacts.LossType.CrossEntropyLoss,
        optimizer=artifacts.OptimType.SGD,
        artifact_directory=folder,
    )
    file = lambda name: os.path.join(folder, name)
    state = api.CheckpointState.load_checkpoint(file("checkpoint"))
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = chosen.threads
    settings.log_severity_level = 3
    training = api.Module(file("training_model.onnx"), state, session_options=settings)
    optimizer = api.Optimizer(file("optimizer_model.onnx"), training)
optimizer.set_learning_rate(chosen.rate)
training.train()


def step(rows):
    training(x[rows], y[rows])
    optimizer.step()
    training.lazy_reset_grad()


def parameters():
    return [[state.parameters[f"{kind}{l}"].data for kind in "wb"] for l in range(last + 1)]


measure(chosen, "onnxruntime", onnxruntime.__version__, len(x), rng, step, parameters)
