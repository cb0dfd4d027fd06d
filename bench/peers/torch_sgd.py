"""A peer: PyTorch on the CPU, as its tutorials write it; --compile for torch.compile, where the version has it."""
from common import measure, missing, mnist, options, parameters_of

chosen = options(compile={"action": "store_true"})
try:
    import torch
except ImportError as error:
    missing("PyTorch", "apt-get install python3-torch libopenblas0-openmp (or pip install torch)", error)
if chosen.compile and not hasattr(torch, "compile"):
    missing("torch.compile", "it came with PyTorch 2.0", f"this is PyTorch {torch.__version__}")

torch.set_num_threads(chosen.threads)
x, y, rng = mnist(chosen)
x, y = torch.from_numpy(x), torch.from_numpy(y)

parts = []
for w, b in parameters_of(chosen, rng):
    linear = torch.nn.Linear(*w.shape)
    linear.weight.data = torch.from_numpy(w.T.copy())
    linear.bias.data = torch.from_numpy(b)
    parts += [linear, torch.nn.ReLU()]
model = torch.nn.Sequential(*parts[:-1])
loss = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=chosen.rate)


def loss_of(inputs, classes):
    return loss(model(inputs), classes)


if chosen.compile:
    loss_of = torch.compile(loss_of)


def step(rows):
    rows = torch.from_numpy(rows)
    optimizer.zero_grad(set_to_none=True)
    loss_of(x[rows], y[rows]).backward()
    optimizer.step()


def parameters():
    return [(linear.weight.detach().T, linear.bias.detach()) for linear in parts[:-1:2]]


mode = "compiled" if chosen.compile else "eager"
measure(chosen, "pytorch", torch.__version__, len(x), rng, step, parameters, mode=mode)
