"""The private interfaces of Keras that `kpipe_callbacks` uses are those of the installed version."""

import ast
import inspect
import re
from pathlib import Path

import keras
import kpipe_callbacks
import numpy as np
import pytest
from kpipe_callbacks import _keras_internals

from tests.callbacks.training import fit, net

SOURCE = Path(kpipe_callbacks.__file__).parent

METHODS = {
    (keras.Model, "_flatten_layers"): "(self, include_self=True, recursive=True)",
    (keras.Model, "_symbolic_build"): "(self, iterator=None, data_batch=None)",
    (keras.Model, "_get_metrics_result_or_logs"): "(self, logs)",
    (keras.Model, "compute_loss"): "(self, x=None, y=None, y_pred=None, sample_weight=None, training=True)",
    (keras.Model, "make_train_function"): "(self, force=False)",
    (keras.callbacks.EarlyStopping, "_set_monitor_op"): "(self)",
}
ATTRIBUTES = {
    "keras.callbacks.Callback": (keras.callbacks.Callback, ["_model"]),
    "keras.callbacks.EarlyStopping": (keras.callbacks.EarlyStopping, ["monitor_op"]),
    "keras.optimizers.SGD": (keras.optimizers.SGD, ["_iterations", "_learning_rate"]),
    "keras.Sequential": (keras.Sequential, ["_losses_override"]),
    "keras.metrics.Mean": (keras.metrics.Mean, ["_variables"]),
}


def test_all_are_what_this_version_of_keras_has():
    changes = []
    for (owner, name), expected in METHODS.items():
        found = str(inspect.signature(getattr(owner, name))) if hasattr(owner, name) else "missing"
        if found != expected:
            changes.append(f"{owner.__name__}.{name}: expected {expected}, found {found}")
    for place, (make, names) in ATTRIBUTES.items():
        changes += [f"{place}: no attribute {name}" for name in names if name not in vars(make())]
    source = inspect.getsource(keras.Model.fit)
    used = [_keras_internals.EPOCH_METRICS, _keras_internals.OF_FIT]
    changes += [f"keras.Model.fit: no use of {name}" for name in used if name not in source]
    assert not changes, f"Keras {keras.__version__} differs from what kpipe_callbacks uses:\n" + "\n".join(changes)


def test_they_are_used_in_one_module():
    private = {name for _, name in METHODS if name.startswith("_")} | {"_jax_state", "_jax_state_synced"}
    private |= {_keras_internals.OF_FIT, "_iterations", "_learning_rate", "monitor_op", "_losses_override"}
    found = []
    for path in SOURCE.rglob("*.py"):
        if path.name == "_keras_internals.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
            name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "value", None)
            if isinstance(name, str) and name in private and not is_own:
                found.append(f"{path.name}:{node.lineno} {name}")
    assert not found


def test_each_function_is_used():
    names = [name for name, value in vars(_keras_internals).items() if inspect.isfunction(value)]
    sources = "".join(path.read_text() for path in SOURCE.rglob("*.py") if path.name != "_keras_internals.py")
    assert [name for name in names if not re.search(rf"\b{name}\(", sources)] == []


def test_layers_are_found_within_layers():
    inner = keras.Sequential([keras.layers.Dense(2), keras.layers.ReLU()])
    model = keras.Sequential([keras.Input((3,)), inner])
    found = _keras_internals.layers_of(model)
    assert {id(layer) for layer in found} >= {id(layer) for layer in [inner, *inner.layers]}
    assert model not in found


def test_a_value_within_an_epoch_is_the_one_of_the_step():
    class Reads(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            model = _keras_internals.model_of(self)
            variable = model.metrics[0].variables[1]
            value = _keras_internals.value_within_epoch(model, variable)
            counts.append(float(keras.ops.convert_to_numpy(variable) if value is None else value))

    counts = []
    fit(net(), [Reads()], epochs=1, x=np.ones((8, 3)), y=np.ones((8, 1)), batch_size=4)
    assert counts == [4.0, 8.0]


def test_the_direction_is_decided_once():
    stopping = keras.callbacks.EarlyStopping("loss")
    stopping.set_model(net())
    _keras_internals.set_monitor_direction(stopping)
    assert stopping.monitor_op is keras.ops.less
    stopping.monitor_op = keras.ops.greater
    _keras_internals.set_monitor_direction(stopping)
    assert stopping.monitor_op is keras.ops.greater


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_the_counter_and_the_learning_rate_are_those_of_the_optimizer(optimizer):
    made = optimizer(0.5)
    assert _keras_internals.counts_updates(made)
    assert _keras_internals.batch_counter(made) is made.iterations
    assert _keras_internals.learning_rate_of(made) is made.learning_rate
