"""Keras' own callbacks from their names in a spec, checked against the training they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras

from kpipe.components import build
from kpipe.spec.node import Node, split_component
from kpipe.train.refusal import Place, refusal

#: The argument that says where a callback writes, and Keras' default for it; relative ones go below the run
#: folder.
_OUTPUTS: dict[str, tuple[str, str | None]] = {
    "ModelCheckpoint": ("filepath", None),
    "CSVLogger": ("filename", None),
    "TensorBoard": ("log_dir", "logs"),
    "OrbaxCheckpoint": ("directory", None),
}
_RATE = ("ReduceLROnPlateau", "LearningRateScheduler")


def build_callbacks(node: Node | None, folder: Path) -> list[tuple[Any, Node]]:
    """The callbacks of `train.callbacks`, each with its node.

    Args:
        node: the list, or None.
        folder: the run folder; files that callbacks write go there unless their path is absolute.

    Raises:
        SpecError: an argument is wrong, or the callback cannot be run.
    """
    if node is None or node.value is None:
        return []
    items = node.items if node.is_list else [node]
    return [(build(_placed(item, folder), "callback"), item) for item in items]


def check_callbacks(
    callbacks: Sequence[tuple[Any, Node]],
    optimizer: Any,
    names: Sequence[str],
    monitor: str,
    place: Place,
) -> None:
    """Refuses before training what Keras would find out after the first epoch, or never.

    Args:
        callbacks: with their nodes.
        optimizer: the model's.
        names: the figures of the training.
        monitor: the figure by which the kept model is chosen.
        place: where paths of the spec stand.

    Raises:
        SpecError: a callback that watches a figure that is not there, or sets a learning rate that a schedule
            sets, or resumes, or restores other weights than those that `train.choose` keeps.
    """
    for callback, node in callbacks:
        message = _mistake(callback, optimizer, names, monitor)
        if message is not None:
            raise refusal(place, "train.callbacks", message, node)


def make_folders(callbacks: Sequence[tuple[Any, Node]], folder: Path) -> None:
    """Creates the folders in which callbacks write; Keras' do not all do so themselves."""
    for _, node in callbacks:
        path = _output_path(_placed(node, folder))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)


def _mistake(callback: Any, optimizer: Any, names: Sequence[str], monitor: str) -> str | None:
    name = type(callback).__name__
    if _is_watching(callback) and callback.monitor not in names:
        reason = "" if any(entry.startswith("val_") for entry in names) else " (there is no validation part)"
        figures = ", ".join(names)
        return f"{name} watches {callback.monitor}, which is no figure of this training{reason}: {figures}"
    if name in _RATE and _has_schedule(optimizer):
        return f"{name} sets the learning rate, and the optimizer's schedule does so too; leave one of them out"
    if getattr(callback, "restore_best_weights", False) and callback.monitor != monitor:
        return (
            f"{name} would restore the best {callback.monitor}, and train.choose keeps that of {monitor}: "
            f"leave restore_best_weights out and write choose: {{monitor: {callback.monitor}}}"
        )
    return None


def _is_watching(callback: Any) -> bool:
    if isinstance(callback, keras.callbacks.ModelCheckpoint) and not callback.save_best_only:
        return False
    return isinstance(getattr(callback, "monitor", None), str) and callback.monitor != "learning_rate"


def _has_schedule(optimizer: Any) -> bool:
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return isinstance(getattr(inner, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule)


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
