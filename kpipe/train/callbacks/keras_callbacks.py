"""Building the callbacks of a spec, and checking them against the training."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
from kpipe_callbacks import StepCallback

from kpipe.components import build
from kpipe.components.callback_outputs import CallbackOutput, callback_output
from kpipe.components.inspection.keras_callbacks import keras_facts
from kpipe.components.output_path import OutputPath
from kpipe.errors import Problem, SpecError
from kpipe.keras_internals import learning_rate_source
from kpipe.model.unknown_metric import unknown_metric
from kpipe.nearest import nearest
from kpipe.run_files import RunFile
from kpipe.spec.node import Node, split_component
from kpipe.spec.refusal import Place, refusal
from kpipe.train.callbacks.monitored_metrics import monitored_metrics
from kpipe.train.callbacks.step_callbacks import step_callbacks


def build_callbacks(
    node: Node | None, folder: Path, batch_size: int, training_data: Callable[[], Iterable[Any]] = tuple
) -> list[tuple[Any, Node]]:
    """Build the callbacks of `train.callbacks`, and return each with its node; those of `kpipe_callbacks` come first.

    Args:
        node: the node of `train.callbacks`, or None.
        folder: the run folder, to which callbacks write unless their path is absolute.
        batch_size: the number of samples of a batch.
        training_data: returns the batches of the training part; by default there are none.

    Raises:
        SpecError: an argument is invalid, or the callback cannot be built.
    """
    if node is None or node.value is None:
        return []
    items = node.items if node.is_list else [node]
    built = [(build(_placed(item, folder), "callback"), item) for item in items]
    for callback, _ in built:
        if isinstance(callback, StepCallback):
            callback.prepare_run(batch_size=batch_size, training_data=training_data)
    return sorted(built, key=lambda entry: not isinstance(entry[0], StepCallback))


def check_callbacks(
    callbacks: Sequence[tuple[Any, Node]],
    optimizer: Any,
    names: Sequence[str],
    monitor: str | None,
    place: Place,
) -> None:
    """Refuse before training what Keras would report after the first epoch, or not at all.

    Args:
        callbacks: the callbacks with their nodes.
        optimizer: the optimizer of the model.
        names: the names of the metrics of the training.
        monitor: the metric by which the kept model is chosen; None in a stage that is followed by another one, which
            continues with the weights that a callback restores.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a callback monitors a missing metric, sets a learning rate that a schedule sets too, restores other
            weights than those that `train.choose` keeps, or swaps in averages that the optimizer does not compute.
    """
    built = [callback for callback, _ in callbacks]
    scheduled = [type(entry).__name__ for entry in step_callbacks(built) if entry.sets_learning_rate]
    for callback, node in callbacks:
        _refuse_unknown_metrics(callback, node, names, place)
        if scheduled and keras_facts(callback).sets_learning_rate:
            text = f"{type(callback).__name__} and {scheduled[0]} both set the learning rate; remove one of them"
            raise refusal(place, "train.callbacks", text, node)
        message = _conflict(callback, optimizer, names, monitor)
        if message is not None:
            raise refusal(place, "train.callbacks", message, node)


def make_folders(callbacks: Sequence[tuple[Any, Node]], folder: Path) -> list[CallbackOutput]:
    """Create the folders to which callbacks write; some of Keras' callbacks do not create them.

    Args:
        callbacks: the callbacks with their nodes.
        folder: the run folder.

    Returns:
        The files that are written outside the run folder, which only overrides allow.

    Raises:
        SpecError: a link leads out of the run folder, or an absolute path is that of a file of the run or of another
            callback.
    """
    outputs = [output for _, node in callbacks for output in (callback_output(node),) if output is not None]
    _refuse_links(outputs, folder)
    _refuse_shared_files(outputs, folder)
    for output in outputs:
        (folder / output.text).parent.mkdir(parents=True, exist_ok=True)
    return [output for output in outputs if output.is_elsewhere]


def _refuse_links(outputs: Sequence[CallbackOutput], folder: Path) -> None:
    """Refuse outputs that a link in the folder of an earlier start leads out of it."""
    inside = Path(os.path.realpath(folder))
    found = [path for path in inside.rglob("*") if path.is_symlink()]
    outside = [path for path in found if not Path(os.path.realpath(path)).is_relative_to(inside)]
    for output in outputs:
        path = OutputPath(output.text, output.is_template)
        links = [link for link in outside if path.meets(OutputPath(str(link.relative_to(inside))))]
        if links and not output.is_elsewhere:
            message = f"{output.text!r} leads out of the run folder through the link {links[0]}; remove the link"
            raise SpecError([Problem(output.node.mark, output.node.path, message)])


def _refuse_shared_files(outputs: Sequence[CallbackOutput], folder: Path) -> None:
    """Refuse absolute paths of files of the run or of another callback."""
    inside = Path(os.path.realpath(folder))
    taken = [(f"{name} of the run", OutputPath(f"{inside}/{name}".lstrip("/"))) for name in RunFile]
    for output in sorted(outputs, key=lambda entry: entry.is_elsewhere):
        path = OutputPath(_escaped(output, inside).lstrip("/"), output.is_template)
        owner = next((name for name, other in taken if output.is_elsewhere and path.meets(other)), None)
        if owner is not None:
            message = (
                f"{output.text!r} may be the same file as {owner}; use another {output.argument} of {output.callback}"
            )
            raise SpecError([Problem(output.node.mark, output.node.path, message)])
        taken.append((f"{output.text!r} of {output.callback}", path))


def _escaped(output: CallbackOutput, folder: Path) -> str:
    """Return the complete path of an output, with the braces of the run folder's path escaped for a template."""
    whole = str(folder).replace("{", "{{").replace("}", "}}") if output.is_template else str(folder)
    return str(Path(whole) / output.text)


def _refuse_unknown_metrics(callback: Any, node: Node, names: Sequence[str], place: Place) -> None:
    _, arguments = split_component(node) or ("", None)
    for metric in sorted(monitored_metrics(callback) - set(names)):
        message = unknown_metric(metric, names, type(callback).__name__)
        written = [entry for entry in arguments.entries.values() if entry.value == metric] if arguments else []
        raise refusal(place, "train.callbacks", message, written[0] if written else node, nearest(metric, names))


def _conflict(callback: Any, optimizer: Any, names: Sequence[str], monitor: str | None) -> str | None:
    name = type(callback).__name__
    within = getattr(callback, "save_freq", "epoch") != "epoch"
    if within and (late := sorted(entry for entry in monitored_metrics(callback) if entry.startswith("val_"))):
        return f"{name} saves within an epoch, where {late[0]} does not exist; write save_freq: epoch, or monitor loss"
    if keras_facts(callback).sets_learning_rate and _has_schedule(optimizer):
        return f"{name} and the schedule of the optimizer both set the learning rate; remove one of them"
    if keras_facts(callback).swaps_averages and not getattr(_inner(optimizer), "use_ema", False):
        return (
            f"{name} swaps in the averages of the optimizer, which does not compute any; write use_ema: true in the "
            f"optimizer, or remove {name}"
        )
    if monitor is not None and getattr(callback, "restore_best_weights", False) and callback.monitor != monitor:
        return (
            f"{name} restores the weights of the best {callback.monitor}, but train.choose keeps those of the best "
            f"{monitor}; remove restore_best_weights, and write choose: {{monitor: {callback.monitor}}}"
        )
    return None


def _has_schedule(optimizer: Any) -> bool:
    return isinstance(learning_rate_source(_inner(optimizer)), keras.optimizers.schedules.LearningRateSchedule)


def _inner(optimizer: Any) -> Any:
    return getattr(optimizer, "inner_optimizer", optimizer)


def _placed(node: Node, folder: Path) -> Node:
    """Return the node with the path of the callback's output in the run folder."""
    output = callback_output(node)
    if output is None:
        return node
    name, arguments = split_component(node) or ("", None)
    entries = dict(arguments.entries) if arguments is not None else {}
    entries[output.argument] = replace(output.node, value=_escaped(output, folder), keys={})
    inside = replace(arguments or node, value=entries)
    return replace(node, value={name: inside}, keys=node.keys or {name: node.mark})
