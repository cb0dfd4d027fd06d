"""A peer: PyTorch on the CPU training a usual network of today: dense, batch-norm, ReLU and dropout, by AdamW (fused where the
version has it). --compile: network and loss by torch.compile."""
from common import measure, missing, mnist, options

chosen = options(compile={"action": "store_true"})
try:
    import torch
except ImportError as error:
    missing("PyTorch", "apt-get install python3-torch libopenblas0-openmp (or pip install torch)", error)
if chosen.compile and not hasattr(torch, "compile"):
    missing("torch.compile", "it came with PyTorch 2.0", f"this is PyTorch {torch.__version__}")

torch.set_num_threads(chosen.threads)
torch.manual_seed(0)
x, y, rng = mnist(chosen)
x, y = torch.from_numpy(x), torch.from_numpy(y)
parts = []
for inputs, units in zip(chosen.widths[:-2], chosen.widths[1:-1]):
    parts += [torch.nn.Linear(inputs, units), torch.nn.BatchNorm1d(units), torch.nn.ReLU(), torch.nn.Dropout(0.2)]
model = torch.nn.Sequential(*parts, torch.nn.Linear(*chosen.widths[-2:]))
loss = torch.nn.CrossEntropyLoss()
try:
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, fused=True)
except (TypeError, RuntimeError):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, foreach=True)


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
measure(chosen, "pytorch", torch.__version__, len(x), rng, step, lambda: [], mode=mode)
