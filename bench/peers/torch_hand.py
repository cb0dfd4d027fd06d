"""A peer: PyTorch on the CPU by hand: no autograd, products into arrays that are there already (`out=`), the update added
by the product that makes the gradient. `--compile`: the same step through torch.compile, which joins what stands between
products and takes the memory for all."""
from common import measure, missing, mnist, options, parameters_of

chosen = options(compile={"action": "store_true"})
try:
    import torch
except ImportError as error:
    missing("PyTorch", "apt-get install python3-torch libopenblas0-openmp (or pip install torch)", error)
if chosen.compile and not hasattr(torch, "compile"):
    missing("torch.compile", "it came with PyTorch 2.0", f"this is PyTorch {torch.__version__}")

torch.set_num_threads(chosen.threads)
torch.set_grad_enabled(False)
x, y, rng = mnist(chosen)
x, y = torch.from_numpy(x), torch.from_numpy(y)
layers = [[torch.from_numpy(value) for value in layer] for layer in parameters_of(chosen, rng)]
hidden = len(layers) - 1
scale = chosen.rate / chosen.batch
inputs = [torch.empty(chosen.batch, width) for width in chosen.widths]
deltas = [torch.empty(chosen.batch, width) for width in chosen.widths]
less_one = torch.full((chosen.batch, 1), -1.0)
through_relu = torch.ops.aten.threshold_backward


def by_hand(rows):
    torch.index_select(x, 0, rows, out=inputs[0])
    for l, (w, b) in enumerate(layers):
        torch.addmm(b, inputs[l], w, out=inputs[l + 1])
        if l < hidden:
            inputs[l + 1].relu_()
    delta = torch.softmax(inputs[-1], 1, out=deltas[-1])
    delta.scatter_add_(1, y[rows].unsqueeze(1), less_one).mul_(scale)
    for l in range(hidden, -1, -1):
        (w, b), h, delta = layers[l], inputs[l], deltas[l + 1]
        if l > 0:
            torch.mm(delta, w.t(), out=deltas[l])
            through_relu.grad_input(deltas[l], h, 0, grad_input=deltas[l])
        w.addmm_(h.t(), delta, alpha=-1)
        b.sub_(delta.sum(0))


def to_compile(rows):
    hs = [x[rows]]
    for l, (w, b) in enumerate(layers):
        u = torch.addmm(b, hs[l], w)
        hs.append(torch.relu(u) if l < hidden else u)
    delta = (torch.softmax(hs[-1], 1) - torch.nn.functional.one_hot(y[rows], chosen.widths[-1])) * scale
    for l in range(hidden, -1, -1):
        (w, b), below = layers[l], None
        if l > 0:
            below = torch.where(hs[l] > 0, torch.mm(delta, w.t()), 0.0)
        w.addmm_(hs[l].t(), delta, alpha=-1)
        b.sub_(delta.sum(0))
        delta = below


make = torch.compile(to_compile) if chosen.compile else by_hand
mode = "by hand, compiled" if chosen.compile else "by hand"
step = lambda rows: make(torch.from_numpy(rows))
measure(chosen, "pytorch", torch.__version__, len(x), rng, step, lambda: layers, mode=mode)
