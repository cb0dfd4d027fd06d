"""A peer: the exercise of seed.py in NumPy, in float32 or float64. (Not numpy.py: that name would hide NumPy.)"""
from common import measure, missing, mnist, options

chosen = options(dtype={"choices": ["float32", "float64"], "default": "float32"})
try:
    import numpy as np
except ImportError as error:
    missing("NumPy", "apt-get install python3-numpy libopenblas0 (or pip install numpy)", error)
import seed

x, y, rng = mnist(chosen)
x = x.astype(chosen.dtype, copy=False)
layers = seed.layers_of(chosen.widths, rng, np.dtype(chosen.dtype))


def step(rows):
    seed.step(layers, x[rows], y[rows], chosen.rate, seed.softmax)


measure(chosen, "numpy", np.__version__, len(x), rng, step, dtype=chosen.dtype, blas=seed.blas())
