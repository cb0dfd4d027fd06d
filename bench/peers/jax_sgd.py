"""A peer: JAX on the CPU, as fast as it goes: many steps in one compiled call (lax.scan over the minibatches of up to
an epoch), the images on XLA's side, the parameters updated in place (donated). The target is picked by a product with
one-hot rows, whose gradient is quicker than that of a gather. `--loop python` makes a call for each step instead, as
most programs do. XLA takes its threads from the processors that it is given."""
import os

from common import measure, measure_stretches, missing, mnist, options, parameters_of

chosen = options(loop={"choices": ["scan", "python"], "default": "scan"})
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.threads])
try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    missing("JAX", "pip install jax", error)

images, classes, rng = mnist(chosen)
classes = classes.astype("int32")
parameters = [(jnp.asarray(w), jnp.asarray(b)) for w, b in parameters_of(chosen, rng)]


def loss(parameters, h, target):
    for w, b in parameters[:-1]:
        h = jax.nn.relu(h @ w + b)
    w, b = parameters[-1]
    u = h @ w + b
    return (jax.nn.logsumexp(u, axis=1) - (u * target).sum(axis=1)).mean()


def step(parameters, h, target):
    gradients = jax.grad(loss)(parameters, h, target)
    return jax.tree_util.tree_map(lambda value, gradient: value - chosen.rate * gradient, parameters, gradients)


def targets(classes):
    return jax.nn.one_hot(classes, chosen.widths[-1])


@jax.jit(donate_argnums=0)
def one_step(parameters, h, classes):
    return step(parameters, h, targets(classes))


@jax.jit(donate_argnums=0)
def many_steps(parameters, batches, x, y):
    return jax.lax.scan(lambda kept, rows: (step(kept, x[rows], targets(y[rows])), None), parameters, batches)[0]


def call_step(rows):
    global parameters
    parameters = jax.block_until_ready(one_step(parameters, images[rows], classes[rows]))


def stretch(batches):
    global parameters
    parameters = jax.block_until_ready(many_steps(parameters, batches, x, y))


if chosen.loop == "scan":
    x, y = jnp.asarray(images), jnp.asarray(classes)
    measure_stretches(chosen, "jax", jax.__version__, len(images), rng, stretch, lambda: parameters, loop=chosen.loop)
else:
    measure(chosen, "jax", jax.__version__, len(images), rng, call_step, lambda: parameters, loop=chosen.loop)
