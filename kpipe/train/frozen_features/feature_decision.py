"""The decision whether the features of frozen layers are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpipe.data.dataset import Indices
from kpipe.data.prepared import PreparedData
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.model.build import BuiltModel
from kpipe.model.model_layers import model_layers
from kpipe.model.names import name_in_spec
from kpipe.nearest import listed
from kpipe.spec.sections.data import Data
from kpipe.train.frozen_features.find_frozen_part import find_frozen_part
from kpipe.train.frozen_features.frozen_part import FrozenPart, has_frozen


@dataclass(frozen=True)
class FeatureDecision:
    """The part of the model whose outputs are kept, and for which samples.

    Args:
        part: the part; None if nothing is kept.
        indices: the samples, in ascending order.
        in_steps: whether the steps of the training receive features; else only evaluations do.
        line: a message for the user; None if there is nothing to report.
    """

    part: FrozenPart | None
    indices: Indices
    in_steps: bool
    line: str | None

    @classmethod
    def of(cls, data: Data, built: BuiltModel, prepared: PreparedData) -> FeatureDecision:
        """Decide for a model with frozen layers.

        Features are kept if `data.cache` is not `none` and they fit into the part of `data.memory` that decoded samples
        leave; for the steps, if the training samples are the same in each epoch.

        Args:
            data: the section `data` of the spec.
            built: the model.
            prepared: its data.
        """
        changes = _changes(data, prepared)
        parts = prepared.parts
        validation = parts.get("validation", np.zeros(0, np.int64))
        indices = np.unique(np.concatenate([validation, *([] if changes else [parts["train"]])]))

        def refused(line: str | None) -> FeatureDecision:
            return cls(None, indices, False, None if line is None else not_kept(line))

        if not built.frozen or data.cache == "none":
            return refused(None)
        part = find_frozen_part(built.model)
        frozen = {id(entry.layer) for entry in model_layers(built) if entry.name in built.frozen}
        if not has_frozen(part, frozen):
            return refused(part.refusals[0] if part.refusals else None)
        if not len(indices):
            return refused(changes)
        size, free = part.sample_bytes, prepared.free_bytes
        if size is None:
            return refused("their size differs between samples")
        if size * len(indices) > free:
            need = f"those of {len(indices):,} samples need {_size(size * len(indices))}"
            return refused(f"{need}, and decoded samples leave {_size(max(free, 0))} of data.memory; increase it")
        return cls(part, indices, not changes, _kept(part, size * len(indices), len(indices), built, changes))


def not_kept(reason: str) -> str:
    """Return a message about frozen layers whose outputs are computed in each step for a reason."""
    return f"features: the outputs of frozen layers are computed in each step: {reason}"


def _changes(data: Data, prepared: PreparedData) -> str:
    """Return why the training samples differ in each epoch; empty if they do not."""
    if prepared.is_augmented:
        return "data.augment changes the training samples in each epoch"
    is_mixed = data.mix is not None and bool(data.mix.items)
    return "data.mix changes the training samples in each epoch" if is_mixed else ""


def _kept(part: FrozenPart, nbytes: int, count: int, built: BuiltModel, changes: str) -> str:
    names = {id(entry.layer): name_in_spec(entry.name, built.labels) for entry in model_layers(built)}
    last = listed([escaped(names.get(id(entry), entry.name)) for entry in part.last], "")
    weighted = sum(id(entry) in names and bool(entry.weights) for entry in part.operations)
    rest = f"; only for evaluations, since {changes}" if changes else ""
    return (
        f"features: the outputs of {last} ({counted(weighted, 'layer')} with weights) are computed once for "
        f"{counted(count, 'sample')} and kept in memory ({_size(nbytes)}){rest}"
    )


def _size(nbytes: int) -> str:
    return f"{nbytes / 2**20:,.2f} MiB"
