"""A peer: TensorFlow on the CPU, the whole step a compiled graph (tf.function)."""
import os

from common import measure, missing, mnist, options, parameters_of

chosen = options(xla={"action": "store_true"})
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    import tensorflow as tf
except ImportError as error:
    missing("TensorFlow", "pip install tensorflow-cpu", error)

tf.config.threading.set_intra_op_parallelism_threads(chosen.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
x, y, rng = mnist(chosen)
parameters = [tf.Variable(value) for layer in parameters_of(chosen, rng) for value in layer]


@tf.function(jit_compile=chosen.xla)
def update(h, classes):
    with tf.GradientTape() as tape:
        for w, b in zip(parameters[:-2:2], parameters[1:-2:2]):
            h = tf.nn.relu(h @ w + b)
        u = h @ parameters[-2] + parameters[-1]
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, u))
    for variable, gradient in zip(parameters, tape.gradient(loss, parameters)):
        variable.assign_sub(chosen.rate * gradient)
    return loss


def step(rows):
    update(tf.constant(x[rows]), tf.constant(y[rows])).numpy()


measure(chosen, "tensorflow", tf.__version__, len(x), rng, step, lambda: zip(parameters[::2], parameters[1::2]), mode="xla" if chosen.xla else "graph")
