"""Keras' own callbacks from their names in a spec, checked against the training they are for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
from kpipe_callbacks import Schedule
from kpipe_callbacks.member import Member

from kpipe.components import build
from kpipe.nearest import nearest
from kpipe.spec.node import Node, split_component
from kpipe.train.own_callbacks import prepare_own
from kpipe.train.refusal import Place, refusal
from kpipe.train.watching import watched_figures

#: The argument that says where a callback writes, and Keras' default for it; relative ones go below the run
#: folder.
_OUTPUTS: dict[str, tuple[str, str | None]] = {
    "ModelCheckpoint": ("filepath", None),
    "CSVLogger": ("filename", None),
    "TensorBoard": ("log_dir", "logs"),
    "OrbaxCheckpoint": ("directory", None),
    "EarlyStopping": ("best_weights_path", None),
}
#: What the run itself writes into its folder; a callback's file of that name would be overwritten, or overwrite it.
_OWN = frozenset(
    {
        "bad_samples.csv",
        "checkpoint",
        "data.json",
        "history.csv",
        "imports",
        "log.txt",
        "model.keras",
        "result.json",
        "spec.yaml",
        "tensorboard",
        "validations.csv",
    }
)
_RATE = ("ReduceLROnPlateau", "LearningRateScheduler")


def build_callbacks(node: Node | None, folder: Path, batch_size: int) -> list[tuple[Any, Node]]:
    """The callbacks of `train.callbacks`, each with its node; those of `kpipe_callbacks` come first.

    Args:
        node: the list, or None.
        folder: the run folder; files that callbacks write go there unless their path is absolute.
        batch_size: samples of a batch.

    Raises:
        SpecError: an argument is wrong, or the callback cannot be run.
    """
    if node is None or node.value is None:
        return []
    items = node.items if node.is_list else [node]
    built = [(build(_placed(item, folder), "callback"), item) for item in items]
    for callback, _ in built:
        prepare_own(callback, batch_size)
    return sorted(built, key=lambda entry: not isinstance(entry[0], Member))


def check_callbacks(
    callbacks: Sequence[tuple[Any, Node]],
    optimizer: Any,
    names: Sequence[str],
    monitor: str,
    place: Place,
    folder: Path,
) -> None:
    """Refuses before training what Keras would find out after the first epoch, or never.

    Args:
        callbacks: with their nodes.
        optimizer: the model's.
        names: the figures of the training.
        monitor: the figure by which the kept model is chosen.
        place: where paths of the spec stand.
        folder: the run folder.

    Raises:
        SpecError: a callback that watches a figure that is not there, or sets a learning rate that a schedule
            sets, or restores other weights than those that `train.choose` keeps, or swaps in averages that the
            optimizer does not take, or writes into a file of the run itself.
    """
    scheduled = [type(callback).__name__ for callback, _ in callbacks if isinstance(callback, Schedule)]
    for callback, node in callbacks:
        _refuse_unknown_figures(callback, node, names, place)
        if scheduled and type(callback).__name__ in _RATE:
            text = f"{type(callback).__name__} and {scheduled[0]} both set the learning rate; leave one of them out"
            raise refusal(place, "train.callbacks", text, node)
        message = _mistake(callback, optimizer, names, monitor) or _overlap(node, folder)
        if message is not None:
            raise refusal(place, "train.callbacks", message, node)


def make_folders(callbacks: Sequence[tuple[Any, Node]], folder: Path) -> None:
    """Creates the folders in which callbacks write; Keras' do not all do so themselves."""
    for _, node in callbacks:
        path = _output_path(_placed(node, folder))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)


def _refuse_unknown_figures(callback: Any, node: Node, names: Sequence[str], place: Place) -> None:
    _, arguments = split_component(node) or ("", None)
    for figure in sorted(watched_figures(callback) - set(names)):
        reason = "" if any(entry.startswith("val_") for entry in names) else " (there is no validation part)"
        message = (
            f"{type(callback).__name__} watches {figure}, which is no figure of this training{reason}; "
            f"there are: {', '.join(names)}"
        )
        written = [entry for entry in arguments.entries.values() if entry.value == figure] if arguments else []
        raise refusal(place, "train.callbacks", message, written[0] if written else node, nearest(figure, names))


def _mistake(callback: Any, optimizer: Any, names: Sequence[str], monitor: str) -> str | None:
    name = type(callback).__name__
    within = getattr(callback, "save_freq", "epoch") != "epoch"
    if within and (late := sorted(entry for entry in watched_figures(callback) if entry.startswith("val_"))):
        return f"{name} saves within an epoch, where there is no {late[0]}: write save_freq: epoch, or watch loss"
    if name in _RATE and _has_schedule(optimizer):
        return f"{name} sets the learning rate, and the optimizer's schedule does so too; leave one of them out"
    if isinstance(callback, keras.callbacks.SwapEMAWeights) and not getattr(_inner(optimizer), "use_ema", False):
        return (
            f"{name} swaps in the averages of the optimizer, which takes none: give the optimizer use_ema: true, or "
            f"leave {name} out"
        )
    if getattr(callback, "restore_best_weights", False) and callback.monitor != monitor:
        return (
            f"{name} would restore the best {callback.monitor}, and train.choose keeps that of {monitor}: "
            f"leave restore_best_weights out and write choose: {{monitor: {callback.monitor}}}"
        )
    return None


def _has_schedule(optimizer: Any) -> bool:
    rate = getattr(_inner(optimizer), "_learning_rate", None)
    return isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)


def _inner(optimizer: Any) -> Any:
    return getattr(optimizer, "inner_optimizer", optimizer)


def _overlap(node: Node, folder: Path) -> str | None:
    path = _output_path(_placed(node, folder))
    first = "" if path is None else Path(os.path.relpath(path, folder)).parts[0]
    if first not in _OWN:
        return None
    return f"the run keeps its own {first} in its folder; give this callback another name to write to"


def _output_path(node: Node) -> Path | None:
    component = split_component(node)
    output = _OUTPUTS.get(component[0].rpartition(".")[2]) if component else None
    if component is None or output is None or component[1] is None:
        return None
    given = component[1].get(output[0])
    return Path(given.value) if given is not None and isinstance(given.value, str) else None


def _placed(node: Node, folder: Path) -> Node:
    """The node with the callback's output below the run folder."""
    component = split_component(node)
    output = _OUTPUTS.get(component[0].rpartition(".")[2]) if component else None
    if component is None or output is None:
        return node
    name, arguments = component
    key, default = output
    entries = dict(arguments.entries) if arguments is not None else {}
    given = entries.get(key)
    path = given.value if given is not None else default
    if not isinstance(path, str):
        return node
    base = given or node
    entries[key] = replace(base, value=str(folder / path), keys={})
    inside = replace(arguments or node, value=entries)
    return replace(node, value={name: inside}, keys=node.keys or {name: node.mark})
