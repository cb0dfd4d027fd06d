"""What a peer's first steps must lead to, in float64: `python3 reference.py --case NAME --check FOLDER` writes the files
that a peer's --check reads (see common.py) and FOLDER/end, the parameters after STEPS steps from there, as float64."""
import os

from common import mnist, options, parameters_of

STEPS = 5

chosen = options()
import numpy as np
import seed

folder, chosen.check = chosen.check, None
x, y, rng = mnist(chosen)
layers = parameters_of(chosen, rng)
for layer in layers:
    # Nothing may be right because a bias is 0.
    layer[1] = rng.uniform(-0.08, 0.08, layer[1].shape).astype("float32")
rows = rng.permutation(len(x))[: STEPS * chosen.batch].reshape(STEPS, chosen.batch).astype("int32")


def write(name, layers):
    np.concatenate([value.ravel() for layer in layers for value in layer]).tofile(os.path.join(folder, name))


write("start", layers)
rows.tofile(os.path.join(folder, "rows"))
layers = [[value.astype("float64") for value in layer] for layer in layers]
for batch in rows:
    seed.step(layers, x[batch].astype("float64"), y[batch], chosen.rate, seed.softmax)
write("end", layers)
print(f'{{"steps": {STEPS}}}')
