"""A peer: scikit-learn's MLPClassifier, plain gradient descent: no momentum, no decay, float32 (it takes the type of x).
Its quickest way is `partial_fit` over many rows, which makes all their minibatches in a call; it takes them in the
order given, since that is random here already. It has the loss computed in each step and cannot be told not to."""
import warnings

from common import measure_stretches, missing, mnist, options, parameters_of

chosen = options()
try:
    import numpy as np
    import sklearn
    from sklearn.neural_network import MLPClassifier
except ImportError as error:
    missing("scikit-learn", "pip install scikit-learn", error)

warnings.filterwarnings("ignore")
x, y, rng = mnist(chosen)
model = MLPClassifier(
    hidden_layer_sizes=chosen.widths[1:-1],
    solver="sgd",
    momentum=0,
    nesterovs_momentum=False,
    alpha=0,
    learning_rate_init=chosen.rate,
    batch_size=chosen.batch,
    shuffle=False,
)
# The first call makes the arrays; then they get the values that training starts from.
model.partial_fit(x[: chosen.batch], y[: chosen.batch], classes=np.arange(chosen.widths[-1]))
for l, (w, b) in enumerate(parameters_of(chosen, rng)):
    model.coefs_[l][...], model.intercepts_[l][...] = w, b


def stretch(batches):
    rows = batches.ravel()
    model.partial_fit(x[rows], y[rows])


parameters = lambda: zip(model.coefs_, model.intercepts_)
measure_stretches(chosen, "sklearn", sklearn.__version__, len(x), rng, stretch, parameters)
