"""scikit-learn's MLPClassifier or MLPRegressor on what `npm run results` hands over.

Reads one JSON object a line: `x`, `y` (files of float32 and of int32 or float32), `rows`, `columns`, where most inputs are
0 `places` (a file of int32: the input that each value of `x` is for, `width` of them a row), `kind` (class or values), `train` and `test` (files of int32: row numbers), `hidden`, `activation`, `batch`, `rate`, `epochs`, `seed`, and where training
stops early `patience` and `validation` (the share of `train` that decides). Prints one JSON object a line.
"""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.metrics import accuracy_score, mean_absolute_error, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.filterwarnings("ignore")  # that it could learn on: the epochs are those of the other side

for line in sys.stdin:
    task = json.loads(line)
    is_class = task["kind"] == "class"
    x = np.fromfile(task["x"], np.float32)
    if "places" in task:
        starts = np.arange(task["rows"] + 1) * task["width"]
        x = csr_matrix((x, np.fromfile(task["places"], np.int32), starts), (task["rows"], task["columns"]))
    else:
        x = x.reshape(task["rows"], task["columns"])
    y = np.fromfile(task["y"], np.int32 if is_class else np.float32)
    train, test = (np.fromfile(task[part], np.int32) for part in ("train", "test"))
    stop = (
        dict(early_stopping=True, validation_fraction=task["validation"], n_iter_no_change=task["patience"])
        if task["validation"]
        else dict(n_iter_no_change=task["epochs"])
    )
    model = (MLPClassifier if is_class else MLPRegressor)(
        hidden_layer_sizes=task["hidden"],
        activation=task["activation"],
        batch_size=min(task["batch"], len(train)),
        learning_rate_init=task["rate"],
        max_iter=task["epochs"],
        random_state=task["seed"],
        tol=0,
        **stop,
    )
    begun = time.perf_counter()
    model.fit(x[train], y[train])
    seconds = time.perf_counter() - begun
    said = model.predict(x[test])
    figures = (
        {"accuracy": accuracy_score(y[test], said)}
        if is_class
        else {"r2": r2_score(y[test], said), "mae": mean_absolute_error(y[test], said)}
    )
    print(json.dumps({"version": sklearn.__version__, "seconds": seconds, "epochs": model.n_iter_, **figures}), flush=True)
