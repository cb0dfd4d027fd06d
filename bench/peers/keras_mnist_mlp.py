"""A peer: Keras's own example mnist_mlp, as it was published, on JAX: 20 epochs, then the official test. One JSON line a run."""
import json
import os
import sys
import time

from common import missing, options

chosen = options(seeds={"type": int, "default": 3})
os.environ["KERAS_BACKEND"] = "jax"
try:
    import keras
except ImportError as error:
    missing("Keras", "pip install keras jax", error)
import numpy as np
import seed as files


def part(name):
    folder = chosen.data or files.MNIST
    images = files.read_idx(folder, f"{name}-images-idx3-ubyte", 3)
    classes = files.read_idx(folder, f"{name}-labels-idx1-ubyte", 1)
    return images.reshape(len(images), -1).astype("float32") / 255, keras.utils.to_categorical(classes, 10)


(x, y), test = part("train"), part("t10k")
for number in range(chosen.seeds):
    keras.utils.set_random_seed(number)
    layers = [keras.Input((784,))]
    for _ in range(2):
        layers += [keras.layers.Dense(512, activation="relu"), keras.layers.Dropout(0.2)]
    model = keras.Sequential([*layers, keras.layers.Dense(10, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.RMSprop(), metrics=["accuracy"])
    begun = time.perf_counter()
    model.fit(x, y, batch_size=128, epochs=20, verbose=0)
    seconds = time.perf_counter() - begun
    wrong = 100 * (1 - float(model.evaluate(*test, verbose=0)[1]))
    print(json.dumps({"version": f"{keras.__version__} on jax {sys.modules['jax'].__version__}", "wrong": wrong, "trainSeconds": seconds}), flush=True)
