"""A peer: PyTorch's DistributedDataParallel on the CPU, as its tutorials write it: a process a host, a part of the
minibatch each. RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT say who they are; --backend gloo, or mpi where it was built in."""
import os

import common
from common import measure, missing, mnist, options, parameters_of

# Hosts make the same number of steps: by steps alone, never by the clock of one of them.
common.WARMUP_SECONDS = float("inf")

chosen = options(backend={"default": "gloo"})
try:
    import torch
    import torch.distributed as distributed
except ImportError as error:
    missing("PyTorch", "apt-get install python3-torch libopenblas0-openmp (or pip install torch)", error)
if chosen.backend == "mpi" and not distributed.is_mpi_available():
    missing("PyTorch with MPI", "Debian's python3-torch may have it", "this one was built without")

torch.set_num_threads(chosen.threads)
distributed.init_process_group(chosen.backend)
hosts, host = distributed.get_world_size(), distributed.get_rank()
x, y, rng = mnist(chosen)
x, y = torch.from_numpy(x), torch.from_numpy(y)
parts = []
for w, b in parameters_of(chosen, rng):
    linear = torch.nn.Linear(*w.shape)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(w.T))
        linear.bias.copy_(torch.from_numpy(b))
    parts += [linear, torch.nn.ReLU()]
network = torch.nn.Sequential(*parts[:-1])
parallel = torch.nn.parallel.DistributedDataParallel(network)
optimizer = torch.optim.SGD(parallel.parameters(), lr=chosen.rate)
loss_of = torch.nn.CrossEntropyLoss()
share = chosen.batch // hosts


def step(rows):
    own = torch.from_numpy(rows[host * share:(host + 1) * share])
    optimizer.zero_grad()
    loss_of(parallel(x[own]), y[own]).backward()
    optimizer.step()


def layers():
    return [[part.weight.t(), part.bias] for part in network if isinstance(part, torch.nn.Linear)]


if host > 0:
    import sys
    sys.stdout = open(os.devnull, "w")

measure(chosen, "pytorch ddp", torch.__version__, len(x), rng, step, layers, mode=chosen.backend)
