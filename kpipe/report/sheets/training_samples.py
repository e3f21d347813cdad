"""The first samples of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.components.quiet_import import import_keras
from kpipe.data.dataset import Indices
from kpipe.data.feeds.order import order
from kpipe.data.mix.mix_draw import MixDraw
from kpipe.data.mix.mixed_labels import MixedLabels
from kpipe.data.mix.mixing import Mixing
from kpipe.data.prepared import PreparedData

Values = npt.NDArray[Any]


@dataclass(frozen=True)
class MixedSamples:
    """What samples are mixed with.

    Args:
        labels: the labels of their partners, keyed by target name.
        partners: the indices of their partners in the dataset.
        weights: the weight of each sample, in [0, 1]; its partner has the rest.
    """

    labels: Mapping[str, Values]
    partners: Indices
    weights: Values


@dataclass(frozen=True)
class TrainingSamples:
    """Samples as the steps of a training receive them.

    Args:
        indices: their indices in the dataset.
        batches: the inputs of the training model, augmented and mixed, keyed by name.
        labels: their own labels in the units of the dataset, keyed by target name.
        mixed: what they are mixed with; None without mixes.
    """

    indices: Indices
    batches: Mapping[str, Values]
    labels: Mapping[str, Values]
    mixed: MixedSamples | None = None

    @classmethod
    def first(cls, prepared: PreparedData, mixing: Mixing | None, count: int) -> TrainingSamples:
        """Return the first samples of the first epoch, which are those that a run with the same seed trains on.

        Args:
            prepared: the data with fitted preparations.
            mixing: mixes the batches; None for none.
            count: the largest number of samples, at least 1.

        Raises:
            DataError: a sample cannot be read, augmented or mixed.
        """
        train, found = prepared.parts["train"], list[dict[str, dict[str, Values]]]()
        indices, done = train[order(len(train), prepared.seed, epoch=0)], 0
        with closing(prepared), prepared.worker_errors():
            for step, (x, y) in enumerate(prepared.batches("train", epoch=0, mixing=mixing)):
                batch = _by_name(x, prepared.inputs)
                size = len(next(iter(batch.values())))
                labels = {"labels": _by_name(y, prepared.dataset.targets)}
                if mixing is not None:
                    labels = _unmixed(labels["labels"], mixing.draw(0, step, size), indices[done : done + size])
                found.append({"batches": batch, **labels})
                done += size
                if done >= count:
                    break
        parts = {key: _joined([part[key] for part in found], count) for key in found[0]}
        mixed = MixedSamples(parts["others"], **parts["draws"]) if mixing is not None else None
        return cls(indices[: min(done, count)], parts["batches"], parts["labels"], mixed)

    def prepared(self, prepared: PreparedData, name: str) -> Values:
        """Return what the first layers receive of an input, computed by the layers of `data.prepare` in the model.

        Args:
            prepared: the data with fitted preparations.
            name: the name of the input.
        """
        keras = import_keras()
        entry = prepared.inputs[name]
        tensor = keras.Input(entry.shape, dtype=entry.dtype, name=name)
        output = prepared.prepare({name: tensor})[name]
        batch = self.batches[name].astype(entry.dtype)
        return batch if output is tensor else np.asarray(keras.Model(tensor, output)(batch))


def _unmixed(labels: Mapping[str, Values], draw: MixDraw, indices: Indices) -> dict[str, dict[str, Values]]:
    """Return the labels of mixed samples and of their partners, with the draw."""
    weights = np.asarray(draw.weights, np.float32)
    own, others = {}, {}
    for name, packed in labels.items():
        parts = MixedLabels.of(packed)
        is_first = (weights >= 0.5).reshape(-1, *[1] * (parts.first.ndim - 1))
        own[name] = np.where(is_first, parts.first, parts.second)
        others[name] = np.where(is_first, parts.second, parts.first)
    return {
        "labels": own,
        "others": others,
        "draws": {"weights": weights, "partners": indices[np.asarray(draw.permutation)]},
    }


def _by_name(value: Any, names: Mapping[str, Any]) -> dict[str, Values]:
    values = value if isinstance(value, Mapping) else {next(iter(names)): value}
    return {name: np.asarray(tensor) for name, tensor in values.items()}


def _joined(parts: Sequence[Mapping[str, Values]], count: int) -> dict[str, Values]:
    return {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
