"""Trains on one device and on two replicas, case by case, and prints what it found as JSON.

TensorFlow has one set of devices a process, and a strategy that fails spoils its process, so `test_replicas.py` runs
this in a child.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import nullcontext
from typing import Any

import tensorflow as tf

if __name__ == "__main__":
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

import numpy as np
from keras import layers, ops
from kpipe_callbacks import (
    BatchStatistics,
    CosineSchedule,
    EarlyStopping,
    ExplosionDetector,
    LayerMeasurement,
    LayerStatistics,
    OnReplicas,
    Phase,
    PolyakAveraging,
    StepCallback,
    find_learning_rate,
)

from .training import Figures, Recorder, Watcher, arrays, distance, fit, net, same, samples

#: Samples of all replicas together.
BATCH = 8
EPOCHS = 2

AVERAGES: dict[str, dict[str, Any]] = {
    "decay 0.9": {"decay": 0.9},
    "equal": {"decay": "equal"},
    "every 2, start 3, warmup": {"decay": 0.9, "every": 2, "start": 3, "warmup": True},
}


def made(strategy: Any, **arguments: Any) -> Any:
    """A model on one device, or on all replicas."""
    with nullcontext() if strategy is None else strategy.scope():
        return net(**arguments)


def train(model: Any, callbacks: list[Any], x: Any = None, epochs: int = EPOCHS) -> Any:
    """Always with the same batches."""
    inputs, y = samples(48)
    return fit(model, callbacks, epochs, x=inputs if x is None else x, y=y, batch_size=BATCH)


def copies(variables: list[Any]) -> list[list[np.ndarray]]:
    """The values of each replica."""
    found = [getattr(variable.value, "values", [variable.value]) for variable in variables]
    return [[np.array(values[index]) for values in found] for index in range(len(found[0]))]


def averages(arguments: dict[str, Any], strategy: Any, plain: list[np.ndarray]) -> dict[str, Any]:
    """How far the averages on two replicas are from those on one device, and from each other.

    `plain` are the weights of a training on two replicas without the callback.
    """
    found = []
    for place in (None, strategy):
        model, averaging = made(place), PolyakAveraging(**arguments)
        train(model, [averaging])
        values = copies(model.trainable_variables)
        averaging.use_raw()
        found.append((values, arrays(model.trainable_variables), averaging.get_state()["updates"]))
    (one, raw_one, updates_one), (two, raw_two, updates_two) = found
    return {
        "replicas": len(two),
        "averages": distance(one[0], two[0]),
        "raw": distance(raw_one, raw_two),
        "raw as without": same(raw_two, plain),
        "moved": distance(one[0], raw_one),
        "replicas agree": same(*two),
        "updates": [updates_one, updates_two],
    }


def rates(strategy: Any) -> dict[str, list[float]]:
    """The learning rate of each step, and the curve that it should be."""
    schedule = CosineSchedule(learning_rate=0.2, warmup_steps=3)
    recorder = Recorder(lambda model: [model.optimizer.learning_rate])
    model = made(strategy)
    history = train(model, [schedule, recorder]).history
    return {
        "steps": [float(values[0]) for values in recorder.ends],
        "epochs": history["learning_rate"],
        "curve": schedule.curve(EPOCHS, 6).tolist(),
    }


def restored(strategy: Any) -> dict[str, Any]:
    """Whether the weights of the best epoch are there again, on each replica."""
    stopping = EarlyStopping("figure", mode="min", patience=1, restore_best_weights=True, verbose=0)
    watcher, averaging = Watcher(), PolyakAveraging(0.9)
    model = made(strategy)
    train(model, [Figures(figure=[2, 1, 3, 0]), watcher, averaging, stopping], epochs=4)
    seen = watcher.seen["epoch ends"]
    return {
        "epochs": len(seen),
        "best epoch": stopping.best_epoch,
        "weights are those": all(same(values, seen[1]) for values in copies(model.trainable_variables)),
        "last ones differ": not same(seen[1], seen[2]),
    }


def explosion(strategy: Any) -> dict[str, Any]:
    """A NaN in the half of one batch that the second replica gets."""
    x, _ = samples(48)
    x = x.copy()
    x[3 * BATCH + BATCH // 2 + 1] = np.nan
    detector = ExplosionDetector(on_explosion="stop", keep_every=1, verbose=0)
    recorder, model = Recorder(), made(strategy)
    train(model, [recorder, detector], x)
    event = {name: detector.events[0][name] for name in ("step", "epoch", "action", "threshold")}
    return {
        "events": len(detector.events),
        **event,
        "loss is NaN": bool(np.isnan(detector.events[0]["loss"])),
        "steps": len(recorder.ends),
        "finite": all(np.isfinite(value).all() for values in copies(model.trainable_variables) for value in values),
    }


class Ledger(StepCallback):
    """Adds up in each replica the loss of its part of the batches, and declares how replicas are combined."""

    def begin(self, session: Any) -> None:
        kinds = {"first": OnReplicas.SAME, "sum": OnReplicas.SUM, "mean": OnReplicas.MEAN}
        self.totals = [self.add_variable(name, 0.0, "float32", on_replicas=kind) for name, kind in kinds.items()]
        session.during(Phase.LOSS, self.add)

    def add(self, loss: Any) -> None:
        for total in self.totals:
            total.assign_add(ops.cast(loss, "float32"))


class OneDevice(StepCallback):
    """A callback that declares that it cannot work on several replicas."""

    def replica_problem(self, replicas: int) -> str:
        return f"OneDevice: expected 1 replica, got {replicas}; train on one device"


def combined(strategy: Any) -> dict[str, Any]:
    """The values of a callback's variables, and each replica's after a checkpoint was put back."""
    ledger, each = Ledger(), {}

    class Restores(Watcher):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 0 and not each:
                each.update(before=self.copies())
                ledger.set_state(dict.fromkeys(("first", "sum", "mean"), 6.0))
                each.update(after=self.copies())
                ledger.set_state(each["before state"])

        def copies(self) -> list[list[float]]:
            each.setdefault("before state", ledger.get_state())
            return [[float(value) for value in values] for values in copies(ledger.totals)]

    train(made(strategy), [ledger, Restores()])
    before = {name: float(value) for name, value in each.pop("before state").items()}
    return {**each, "state": before}


def refused(strategy: Any, callback: Any, **arguments: Any) -> str:
    """The error message where a training is refused."""
    try:
        train(made(strategy, **arguments), [callback])
    except ValueError as error:
        return str(error)
    return "trained"


def range_test(strategy: Any) -> dict[str, Any]:
    """The losses of a range test on one device and on two replicas, and what is left of it in each replica."""
    x, y = samples(48)
    models = [made(place) for place in (None, strategy)]
    before = copies(models[1].variables)
    curves = [find_learning_rate(model, (x, y), batch_size=BATCH, steps=12, highest=0.1) for model in models]
    one, two = (curve.losses.tolist() for curve in curves)
    after = copies(models[1].variables)
    return {"one": one, "two": two, "unchanged": all(same(a, b) for a, b in zip(before, after, strict=True))}


def statistics(strategy: Any) -> dict[str, Any]:
    """The statistics of BatchNormalization after a training, and the rest with the moving ones again."""
    x, _ = samples(48)
    kept: list[Any] = []
    for callbacks in ([], [BatchStatistics(data=[x[:16], x[16:]])]):
        model = made(strategy, layers=lambda: [layers.BatchNormalization()])
        train(model, callbacks)
        dense, norm = model.layers[:2]
        kernel, bias = arrays(dense.variables)
        hidden = np.tanh(x @ kernel + bias)
        found = copies([norm.moving_mean])
        for callback in callbacks:
            callback.use_training_weights()
        kept.append(copies([*model.variables, *model.optimizer.variables]))
    return {
        "distance": max(distance(values, [hidden.mean(0)]) for values in found),
        "replicas differ": not same(*kept[0]),
        "rest": all(same(*pair) for pair in zip(*kept, strict=True)),
    }


def measurement(strategy: Any) -> dict[str, Any]:
    """The values of layers on one device and on two replicas, also within the scope of the strategy."""
    x, y = samples(8)
    found = []
    for place, scope in ((None, None), (strategy, None), (strategy, strategy)):
        model = made(place, layers=lambda: [layers.BatchNormalization(), layers.Dropout(0.5, seed=1)])
        before = copies([*model.variables])
        with nullcontext() if scope is None else scope.scope():
            values = [LayerMeasurement(model, (x, y), training=training)() for training in (False, True)]
        assert all(same(a, b) for a, b in zip(before, copies([*model.variables]), strict=True))
        numbers = [(line.mean, line.deviation, line.gradient_norm) for entry in values for line in entry.layers]
        found.append([*(entry.loss for entry in values), *(number for line in numbers for number in line)])
    one, *two = found
    return {"one": one, "two": two}


def layer_rows(strategy: Any) -> dict[str, Any]:
    """The rows of a training on one device and on two replicas, and whether the training noticed."""
    x, y = samples(8)

    def norms() -> list[Any]:
        return [layers.BatchNormalization(synchronized=True), layers.Dropout(0.5, seed=1)]

    found, kept = [], []
    for place, layer_list in ((None, tuple), (strategy, tuple), (strategy, norms)):
        for callbacks in ([], [LayerStatistics((x, y), 4)]):
            model = made(place, layers=layer_list)
            train(model, callbacks)
            kept.append(copies([*model.variables, *model.optimizer.variables]))
        names = ("mean", "deviation", "gradient_norm", "update_ratio")
        found.append([(row["step"], *(row[name] for name in names)) for row in callbacks[0].rows])
    pairs = [zip(*kept[index : index + 2], strict=True) for index in (0, 2, 4)]
    return {"one": found[0], "two": found[1], "unchanged": [all(same(a, b) for a, b in pair) for pair in pairs]}


def main() -> None:
    """Runs all cases."""
    two = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    without = made(two)
    train(without, [])
    plain = arrays(without.trainable_variables)
    print(
        json.dumps(
            {
                "averages": {name: averages(arguments, two, plain) for name, arguments in AVERAGES.items()},
                "rates": rates(two),
                "restored": restored(two),
                "explosion": explosion(two),
                "combined": combined(two),
                "range test": range_test(two),
                "statistics": statistics(two),
                "measurement": measurement(two),
                "layer rows": layer_rows(two),
                "one device": refused(two, OneDevice()),
                "several steps": refused(two, PolyakAveraging(), steps_per_execution=2),
                "reestimate": refused(two, PolyakAveraging(batch_norm="reestimate", data=[samples()[0]])),
            }
        ),
        file=sys.stdout,
    )
    # The end of Python traverses all objects that are not frozen, for a second.
    gc.freeze()


if __name__ == "__main__":
    main()
