"""The facts about a training that static checks judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from kpipe.checks.static.duration import Duration
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.kinds_of_calls import preserves
from kpipe.checks.static.monitor import Monitor
from kpipe.checks.static.network import Network
from kpipe.checks.static.scale import Scale
from kpipe.checks.static.target_facts import TargetFacts
from kpipe.data.prepare.moments import Moments
from kpipe.data.prepared import PreparedData
from kpipe.keras_internals import stated_from_logits
from kpipe.model.build import BuiltModel
from kpipe.spec.node import Node, split_component
from kpipe.spec.sections.train import Train
from kpipe.spec.spec import Spec
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.model_checks.network_of import network_of
from kpipe.train.objective.loss_and_metric_rules import class_name
from kpipe.train.objective.objective import Objective, TargetObjective
from kpipe.train.step_sizes import step_sizes

_CHUNK_LABELS = 65_536
_LABELLED = (keras.losses.BinaryCrossentropy, keras.losses.BinaryFocalCrossentropy)
#: Arguments that state a duration, with what they state and their unit.
_DURATIONS = {
    "warmup_epochs": ("warm-up", "epochs"),
    "warmup_steps": ("warm-up", "steps"),
    "total_epochs": ("decay", "epochs"),
    "total_steps": ("decay", "steps"),
    "milestone_epochs": ("decay", "epochs"),
    "milestone_steps": ("decay", "steps"),
}
#: The schedules of Keras that end after `decay_steps`; in others it is the length of one period.
_KERAS_DURATIONS = {
    "boundaries": ("decay", "steps"),
    "decay_steps": ("decay", "steps"),
    "warmup_steps": ("warm-up", "steps"),
}
#: The shares of the former average in momentum, whose average over gradients is not corrected for its zero start.
_MOMENTUM = ("momentum", "beta_1")
_ENDING = ("CosineDecay", "PiecewiseConstantDecay", "PolynomialDecay")


def static_facts(
    spec: Spec, built: BuiltModel, prepared: PreparedData, objective: Objective | None, replicas: int = 1
) -> Facts:
    """Return the facts about a training before its first step.

    Args:
        spec: a checked spec.
        built: its model.
        prepared: its data with fitted preparations.
        objective: its losses; None if they are not known.
        replicas: the number of devices among which a batch is divided, default 1.
    """
    network = network_of(built.model, built.labels)
    steps = len(step_sizes(spec.train, prepared)) / _accumulated(spec.train)
    samples = len(prepared.parts["train"])
    # An optimizer of the whole training part computes the same with batches of any size.
    batch_size = min(prepared.batch_size, samples) if is_full_batch(spec.train) else prepared.batch_size
    return Facts(
        network=network,
        targets={} if objective is None else _targets(objective, network, prepared),
        samples=samples,
        batch_size=batch_size,
        normalized_samples=min(prepared.batch_size, samples) // replicas,
        steps=int(steps * spec.train.epochs),
        preparations={name: prepared.stage_names(name) for name in prepared.inputs},
        scales=_scales(prepared),
        monitors=tuple(_monitors(spec)),
        durations=tuple(_durations(spec.train, steps)),
        averages=tuple(_averages(spec.train)),
        place=spec.place,
    )


def _targets(objective: Objective, network: Network, prepared: PreparedData) -> dict[str, TargetFacts]:
    found = {}
    for name, item in objective.targets.items():
        output = network.outputs[name] if name in network.outputs else next(iter(network.outputs.values()))
        loss, moments = item.make_loss(), _label_moments(item, prepared)
        found[name] = TargetFacts(
            task=item.target.task,
            loss=class_name(loss),
            from_logits=stated_from_logits(loss),
            activation=_activation(network, output),
            units=network.calls[output].channels,
            labels=_labels(item, prepared) if isinstance(loss, _LABELLED) else None,
            mean=float(np.sqrt(np.mean(np.square(moments.mean)))),
            deviation=float(np.sqrt(np.mean(moments.variance))),
            is_prepared=item.preparation is not None,
            loss_path="train.loss" if len(objective.targets) == 1 else f"train.targets.{name}.loss",
        )
    return found


def _activation(network: Network, position: int) -> str | None:
    """Return the activation of an output, also if layers that only reshape or pool follow it."""
    call = network.calls[position]
    while preserves(call) and len(call.inputs) == 1:
        call = network.calls[call.inputs[0]]
    return call.activation


def _labels(item: TargetObjective, prepared: PreparedData) -> tuple[float, float] | None:
    if item.target.task != "regression":
        return None
    labels = item.encode(np.asarray(prepared.dataset.labels[item.target.name][prepared.parts["train"]]))
    return float(labels.min()), float(labels.max())


def _label_moments(item: TargetObjective, prepared: PreparedData) -> Moments:
    """Return the moments of the numbers of a target in the training part, as its loss sees them; empty for classes."""
    moments, train = Moments(), prepared.parts["train"]
    for first in range(0, len(train), _CHUNK_LABELS) if item.target.task == "regression" else ():
        chunk = np.asarray(prepared.dataset.labels[item.target.name][train[first : first + _CHUNK_LABELS]])
        moments.add(item.encode(chunk).astype(np.float64).reshape(len(chunk), -1))
    return moments


def _scales(prepared: PreparedData) -> dict[str, Scale]:
    """Return the scale of each input, except of tables with codes of categories, which have no scale."""
    return {
        name: Scale(
            mean=float(np.abs(moments.mean).max()),
            deviation=float(np.sqrt(moments.variance.max())),
            samples=prepared.sampled,
            mean_of=_column(prepared, name, np.abs(moments.mean)),
            deviation_of=_column(prepared, name, moments.variance),
            are_images=prepared.dataset.inputs[name].kind == "image",
            are_bytes=prepared.dataset.inputs[name].dtype == "uint8" and not prepared.stage_names(name),
        )
        for name, moments in prepared.moments().items()
        if name not in prepared.codes_by_input and np.isfinite(moments.variance).all()
    }


def _column(prepared: PreparedData, name: str, values: npt.NDArray[np.float64]) -> str | None:
    """Return the name of the column with the largest value; None if the features are not the columns of a table."""
    columns = prepared.dataset.inputs[name].columns
    if values.shape != (len(columns),) or any(column.kind != "numeric" for column in columns):
        return None
    return columns[int(values.argmax())].name


def _monitors(spec: Spec) -> Iterator[Monitor]:
    train = spec.train
    choose = train.choose
    if choose.mode != "auto":
        yield Monitor(owner="choose", metric=choose.monitor, mode=choose.mode, path="train.choose.mode")
    for name, arguments, node in _components(train.callbacks):
        values = _values(arguments)
        if "mode" in values:
            metric = str(values.get("monitor", "val_loss"))
            yield Monitor(owner=name, metric=metric, mode=str(values["mode"]), path=f"{node.path}.{name}.mode")
    if spec.tune is not None and spec.tune.objective.mode != "auto":
        objective = spec.tune.objective
        yield Monitor(owner="objective", metric=objective.monitor, mode=str(objective.mode), path="tune.objective.mode")


def _durations(train: Train, per_epoch: float) -> Iterator[Duration]:
    for node, known in ((train.callbacks, _DURATIONS), (train.optimizer, _KERAS_DURATIONS)):
        for name, arguments, part in _components(node):
            if known is _KERAS_DURATIONS and name not in _ENDING:
                continue
            for key, value in _values(arguments).items():
                if key in known and value is not None:
                    what, unit = known[key]
                    last = max(value) if isinstance(value, list) else value
                    steps = last * per_epoch if unit == "epochs" else last
                    yield Duration(owner=name, what=what, steps=steps, path=f"{part.path}.{name}.{key}")


def _averages(train: Train) -> Iterator[Duration]:
    for name, arguments, part in _components(train.optimizer):
        for key, value in _values(arguments).items():
            if key in _MOMENTUM and isinstance(value, float) and 0 <= value < 1:
                yield Duration(owner=name, what=key, steps=1 / (1 - value), path=f"{part.path}.{name}.{key}")


def _components(node: Node | None) -> Iterator[tuple[str, Node, Node]]:
    """Yield the class, the arguments and the node of each component with arguments, also inside of others."""
    for part in node.walk() if node is not None else ():
        name, arguments = (split_component(part) if part.is_mapping else None) or ("", None)
        if arguments is not None and arguments.is_mapping:
            yield name.rpartition(".")[2], arguments, part


def _values(arguments: Node) -> Mapping[str, Any]:
    values = arguments.plain()
    return values if isinstance(values, dict) else {}


def _accumulated(train: Train) -> int:
    """Return the number of steps for each update of the weights."""
    _, arguments = (split_component(train.optimizer) if train.optimizer is not None else None) or ("", None)
    return int((_values(arguments) if arguments is not None else {}).get("gradient_accumulation_steps") or 1)
