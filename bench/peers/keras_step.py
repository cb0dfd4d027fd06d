"""A peer: Keras, on JAX or TensorFlow (--backend), training a usual network of today: dense, batch-norm, ReLU and dropout, by
AdamW, with fit, many steps in one call."""
import os
import sys

from common import missing, mnist, options, report

chosen = options(backend={"default": "jax"}, jit={"default": "auto"})
os.environ["KERAS_BACKEND"] = chosen.backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("XLA_FLAGS", f"--xla_cpu_multi_thread_eigen={str(chosen.threads > 1).lower()}")
try:
    import keras
except ImportError as error:
    missing("Keras", "pip install keras jax tensorflow-cpu", error)
if chosen.backend == "tensorflow":
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(chosen.threads)

x, y, rng = mnist(chosen)
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((chosen.widths[0],))])
for units in chosen.widths[1:-1]:
    model.add(keras.layers.Dense(units))
    model.add(keras.layers.BatchNormalization())
    model.add(keras.layers.ReLU())
    model.add(keras.layers.Dropout(0.2))
model.add(keras.layers.Dense(chosen.widths[-1]))
jit = {"auto": "auto", "yes": True, "no": False}[chosen.jit]
model.compile(
    optimizer=keras.optimizers.AdamW(0.001),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    jit_compile=jit,
    steps_per_execution=30,
)
steps = len(x) // chosen.batch // 30 * 30
rows = steps * chosen.batch
x, y = x[:rows], y[:rows]


def epoch():
    model.fit(x, y, batch_size=chosen.batch, epochs=1, shuffle=True, verbose=0)


epoch()
version = f"{keras.__version__} on {chosen.backend} {sys.modules[chosen.backend].__version__}"
report(chosen, "keras", version, epoch, steps, mode=f"jit {chosen.jit}")
