"""A peer: JAX on the CPU, the whole step compiled. XLA takes its threads from the processors that it is given."""
import os

from common import measure, missing, mnist, options

chosen = options()
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: chosen.threads])
try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    missing("JAX", "pip install jax", error)

x, y, rng = mnist(chosen)
parameters = [
    (jnp.asarray(rng.uniform(-0.08, 0.08, (inputs, units)), jnp.float32), jnp.zeros(units, jnp.float32))
    for inputs, units in zip(chosen.widths, chosen.widths[1:])
]


def loss(parameters, h, classes):
    for w, b in parameters[:-1]:
        h = jax.nn.relu(h @ w + b)
    w, b = parameters[-1]
    u = h @ w + b
    return (jax.nn.logsumexp(u, axis=1) - jnp.take_along_axis(u, classes[:, None], axis=1)[:, 0]).mean()


@jax.jit
def updated(parameters, h, classes):
    gradients = jax.grad(loss)(parameters, h, classes)
    return jax.tree_util.tree_map(lambda value, gradient: value - chosen.rate * gradient, parameters, gradients)


def step(rows):
    global parameters
    parameters = jax.block_until_ready(updated(parameters, x[rows], y[rows]))


measure(chosen, "jax", jax.__version__, len(x), rng, step)
