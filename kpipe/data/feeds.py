"""Which feed serves which labels and weights; a feed is made once and kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.dataset import Indices
from kpipe.data.feed import Feed, Spec, WorkerErrors
from kpipe.data.samples import Samples

Values = npt.NDArray[Any]
Labels = Callable[[str, Values], Values]
Read = Callable[[Indices], dict[str, Values]]

#: Feeds that are kept: the training part's with its weights, the other parts' without, and room for two more.
MOST_FEEDS = 4


class Feeds:
    """The feeds of a dataset.

    Args:
        samples: its samples.
        batch_size: samples a batch.
        memory: GiB of labels above which they are read batch by batch.
    """

    def __init__(self, samples: Samples, batch_size: int, memory: float) -> None:
        self.errors = WorkerErrors()
        self._samples = samples
        self._batch_size = batch_size
        self._most_bytes = memory * 2**30
        self._feeds: dict[Any, tuple[Feed, Any]] = {}

    def feed(self, labels: Labels | None, weights: Mapping[str, Values]) -> Feed:
        """The feed of these labels and weights; arguments as in `PreparedData.batches`."""
        key = (labels, tuple((name, id(array)) for name, array in weights.items()))
        if key not in self._feeds:
            while len(self._feeds) >= MOST_FEEDS:
                self._feeds.pop(next(iter(self._feeds)))
            # The weights are kept with it, so that no other array can take their ids.
            self._feeds[key] = (self._make(labels, weights), dict(weights))
        return self._feeds[key][0]

    def _make(self, labels: Labels | None, weights: Mapping[str, Values]) -> Feed:
        import tensorflow as tf

        reader = self._samples.reader
        targets = list(reader.dataset.targets)
        held: dict[str, Any] = {}
        specs: dict[str, Spec] = {}
        reads: list[Read] = []
        with tf.device("CPU:0"):
            tensors = self._samples.tensors()
            if tensors is None:
                specs.update({f"x {name}": Spec(reader.shape(name), reader.dtypes[name]) for name in reader.inputs})
                reads.append(lambda indices: {f"x {key}": value for key, value in reader.read(indices).items()})
            else:
                held.update({f"x {name}": tensor for name, tensor in tensors.items()})
            for name in targets:
                self._add_target(name, labels, held, specs, reads)
            held.update({f"w {name}": tf.constant(np.asarray(array, np.float32)) for name, array in weights.items()})

        def read(indices: Indices) -> dict[str, Values]:
            return {key: value for own in reads for key, value in own(indices).items()}

        def assemble(values: Mapping[str, Any]) -> Any:
            batch = [_pick(values, "x", list(reader.inputs))]
            batch += [_pick(values, "y", targets)] if targets else []
            batch += [_pick(values, "w", list(weights))] if weights else []
            return tuple(batch)

        return Feed(self._batch_size, held, specs, read, assemble, self.errors)

    def _add_target(
        self, name: str, labels: Labels | None, held: dict[str, Any], specs: dict[str, Spec], reads: list[Read]
    ) -> None:
        import tensorflow as tf

        values = self._samples.reader.dataset.labels[name]

        def encode(some: Values) -> Values:
            return np.asarray(some if labels is None else labels(name, np.asarray(some)))

        if values.nbytes > self._most_bytes:
            first = encode(values[:1])
            specs[f"y {name}"] = Spec(first.shape[1:], first.dtype.name)
            reads.append(lambda indices: {f"y {name}": encode(values[indices])})
        else:
            held[f"y {name}"] = tf.constant(encode(values))


def _pick(values: Mapping[str, Any], role: str, names: list[str]) -> Any:
    """The tensors of one role: a dict by name, or the tensor itself where there is one."""
    picked = {name: values[f"{role} {name}"] for name in names}
    return picked if len(picked) != 1 else next(iter(picked.values()))
