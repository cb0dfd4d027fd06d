"""A peer: NumPy, float32 or float64, as fast as it goes: every product, sum and difference goes to an array that is
there already (`out=`), the gather included. (Not numpy.py: that name would hide NumPy.)"""
from common import measure, missing, mnist, options, parameters_of

chosen = options(dtype={"choices": ["float32", "float64"], "default": "float32"})
try:
    import numpy as np
except ImportError as error:
    missing("NumPy", "apt-get install python3-numpy libopenblas0 (or pip install numpy)", error)
import seed

x, y, rng = mnist(chosen)
x = x.astype(chosen.dtype, copy=False)
layers = [[value.astype(chosen.dtype) for value in layer] for layer in parameters_of(chosen, rng)]
array = lambda *shape: np.empty(shape, chosen.dtype)
rows_of = np.arange(chosen.batch)
scale = np.dtype(chosen.dtype).type(chosen.rate / chosen.batch)
# Each layer's inputs, the derivatives by its outputs, and its gradient; a row's largest output or sum.
inputs = [array(chosen.batch, width) for width in chosen.widths]
deltas = [array(chosen.batch, width) for width in chosen.widths]
found = [(array(*w.shape), array(*b.shape)) for w, b in layers]
active = [np.empty((chosen.batch, width), bool) for width in chosen.widths]
in_row = array(chosen.batch, 1)


def step(rows):
    np.take(x, rows, axis=0, out=inputs[0], mode="clip")  # a mode that needs no buffer
    for l, (w, b) in enumerate(layers):
        h = np.matmul(inputs[l], w, out=inputs[l + 1])
        np.add(h, b, out=h)
        if l < len(layers) - 1:
            np.maximum(h, 0, out=h)
    # The loss's derivative: softmax - target, over the rows; the rate goes in here, on the fewest numbers.
    np.subtract(h, np.max(h, axis=1, keepdims=True, out=in_row), out=h)
    p = np.exp(h, out=deltas[-1])
    np.divide(p, np.sum(p, axis=1, keepdims=True, out=in_row), out=p)
    p[rows_of, y[rows]] -= 1
    np.multiply(p, scale, out=p)
    for l in range(len(layers) - 1, -1, -1):
        (w, b), (dw, db), h, delta = layers[l], found[l], inputs[l], deltas[l + 1]
        # One row makes an outer product, which broadcasting does in half of a matrix product's time.
        (np.multiply if chosen.batch == 1 else np.matmul)(h.T, delta, out=dw)
        np.sum(delta, axis=0, out=db)
        if l > 0:
            np.matmul(delta, w.T, out=deltas[l])
            np.multiply(deltas[l], np.greater(h, 0, out=active[l]), out=deltas[l])
        np.subtract(w, dw, out=w)
        np.subtract(b, db, out=b)


measure(chosen, "numpy", np.__version__, len(x), rng, step, lambda: layers, dtype=chosen.dtype, blas=seed.blas())
