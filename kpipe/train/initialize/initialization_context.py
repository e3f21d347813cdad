"""What an initialization knows: the model and the training samples."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from kpipe.data.feeds.order import order
from kpipe.model.names import LayerLabel
from kpipe.train.setup.layer_sample_count import layer_sample_count

if TYPE_CHECKING:
    import keras

    from kpipe.data.prepared import PreparedData
    from kpipe.train.objective.objective import Objective

_PART = "initialize"
#: The most numbers in the labels that are read.
_MOST_VALUES = 20_000_000


@dataclass(frozen=True, kw_only=True)
class InitializationContext:
    """A model before its first step, with its training samples.

    Args:
        model: the training model, which is compiled and accepts prepared inputs.
        labels: the labels of the layers in the spec, keyed by layer name; a layer of the model without one belongs to
            a preparation, unless there are none.
        objective: the losses and the forms of the labels.
        prepared: the data.
        weights: the weights of all samples by target name, which include those of classes; None if all are equal.
        seed: the seed of the run.
        loaded: the paths of the layers and models that have loaded weights, which initializations keep; by default
            none.
    """

    model: keras.Model
    labels: Mapping[str, LayerLabel]
    objective: Objective
    prepared: PreparedData
    weights: Mapping[str, Any] | None
    seed: int
    loaded: Collection[str] = field(default_factory=frozenset)

    def inputs(self) -> Any:
        """Return the inputs of up to 256 training samples, prepared and not augmented, as the model accepts them.

        They are the first samples of the first epoch; of large samples, such as color images, there are up to 64.
        """
        import keras

        indices = self.prepared.parts["train"]
        first = order(len(indices), self.prepared.seed, 0)[: layer_sample_count(self.prepared)]
        batches = self.prepared.with_part(_PART, indices[first]).batches(_PART, labels=self.objective.labels)
        parts = [batch[0] for batch in batches]
        return keras.tree.map_structure(lambda *tensors: keras.ops.concatenate(tensors, axis=0), *parts)

    def training_labels(self, target: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
        """Return the labels of the training part in the form that the loss expects, and the weights of the samples.

        Args:
            target: the name of a target.

        Returns:
            The labels, and the weights in a shape that broadcasts to the values of the loss, or None if all are equal.
            Of more than 20 million numbers, evenly spaced samples are returned.
        """
        item, train = self.objective.targets[target], self.prepared.parts["train"]
        size = max(1, math.prod(item.target.shape)) * (item.shape[-1] or 1 if item.form == "one_hot" else 1)
        count = max(1, min(len(train), _MOST_VALUES // size))
        chosen = train[np.unique(np.linspace(0, len(train) - 1, count, dtype=np.int64))]
        labels = item.encode(np.asarray(self.prepared.dataset.labels[target][chosen]))
        return labels, None if self.weights is None else np.asarray(self.weights[target][chosen])

    def is_preparation(self, path: str) -> bool:
        """Return whether a layer belongs to a preparation of the data.

        Args:
            path: the name of a layer of the model, with `/` before that of a layer inside of it.
        """
        return bool(self.labels) and path.partition("/")[0] not in self.labels

    def is_loaded(self, path: str) -> bool:
        """Return whether a layer, or the model or wrapper around it, has loaded weights, which have to be kept.

        Args:
            path: the name of a layer of the model, with `/` before that of a layer inside of it.
        """
        parts = path.split("/")
        return any("/".join(parts[:count]) in self.loaded for count in range(1, len(parts) + 1))
