"""A peer: PyTorch on the CPU, as its tutorials write it; --compile for torch.compile, where the version has it."""
from common import measure, missing, mnist, options

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
for inputs, units in zip(chosen.widths, chosen.widths[1:]):
    linear = torch.nn.Linear(inputs, units)
    torch.nn.init.uniform_(linear.weight, -0.08, 0.08)
    torch.nn.init.zeros_(linear.bias)
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


mode = "compiled" if chosen.compile else "eager"
measure(chosen, "pytorch", torch.__version__, len(x), rng, step, mode=mode)
