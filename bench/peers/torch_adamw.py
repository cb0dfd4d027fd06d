"""PyTorch's AdamW in windows of parameters, for bench/optimizers.mjs: a line with the number of a repetition is answered
with the seconds of each way."""
import json
import sys
import time

import torch

threads, window, windows = map(int, sys.argv[1:])
torch.set_num_threads(threads)


def made(**how):
    optimizers = []
    for k in range(windows):
        theta = torch.nn.Parameter(torch.sin(torch.arange(threads * window, dtype=torch.float32)))
        theta.grad = torch.cos(torch.arange(threads * window, dtype=torch.float32)) / 128
        optimizers.append(torch.optim.AdamW([theta], **how))
        optimizers[-1].step()
    return optimizers


ways = {}
for title, how in {'fused': {'fused': True}, 'foreach': {'foreach': True}}.items():
    try:
        ways[title] = made(**how)
    except (TypeError, RuntimeError):
        pass  # an older one has no fused steps on processors
size = 7 * threads * window // 2
source, target = [[torch.ones(size) for _ in range(windows)] for _ in range(2)]
print('ready', flush=True)
for line in sys.stdin:
    k = int(line) % windows
    found = {}
    begun = time.perf_counter()
    target[k].copy_(source[k])
    found['copy'] = time.perf_counter() - begun
    for title, optimizers in ways.items():
        begun = time.perf_counter()
        optimizers[k].step()
        found[title] = time.perf_counter() - begun
    print(json.dumps(found), flush=True)
