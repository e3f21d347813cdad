"""A cache of feeds, keyed by their labels and sample weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.feeds.batch_maker import BatchMaker
from kpipe.data.feeds.feed import Feed
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.feeds.sample_spec import SampleSpec
from kpipe.data.feeds.samples import Samples
from kpipe.data.feeds.waiting import Waiting
from kpipe.data.feeds.worker_errors import WorkerErrors

Values = npt.NDArray[Any]
Labels = Callable[[str, Values], Values]
Read = Callable[[SampleRequest], dict[str, Values]]

#: Feeds that are kept: one for training with weights, one for evaluation without, and two more.
MAX_FEEDS = 4


class Feeds:
    """The feeds of a dataset.

    Args:
        samples: the samples of the dataset.
        maker: makes inputs that are not kept as tensors.
        batch_size: samples per batch.
        memory: GiB of labels above which they are read batch by batch.
        features: tensors (rows, ...) by name that replace the inputs, as a mapping in each batch; None for the inputs
            of the dataset.
        rows: the row of each sample of the dataset in them.
    """

    def __init__(
        self,
        samples: Samples,
        maker: BatchMaker,
        batch_size: int,
        memory: float,
        features: Mapping[str, Any] | None = None,
        rows: Values | None = None,
    ) -> None:
        self.errors = WorkerErrors()
        self.waiting = Waiting()
        self._samples = samples
        self._maker = maker
        self._batch_size = batch_size
        self._most_bytes = memory * 2**30
        self._features, self._rows = features, rows
        self._feeds: dict[Any, tuple[Feed, Any]] = {}

    def feed(
        self,
        labels: Labels | None,
        weights: Mapping[str, Values],
        is_training: bool = False,
        augments: bool = False,
    ) -> Feed:
        """Return the feed of these labels and weights; the arguments are those of `PreparedData.batches`.

        Args:
            labels: returns the labels in the form that the losses expect.
            weights: weights of all samples, keyed by target name.
            is_training: whether the batches are those of training steps, whose time of waiting is measured.
            augments: whether inputs are augmented, so that no tensors of them are kept.
        """
        is_read = self._features is None and (augments or not self._samples.in_memory)
        is_measured = is_training and is_read
        key = (labels, tuple((name, id(array)) for name, array in weights.items()), is_measured)
        if key not in self._feeds:
            while len(self._feeds) >= MAX_FEEDS:
                self._feeds.pop(next(iter(self._feeds)))
            # A reference to the weights is kept, so that their ids cannot be reused by other arrays.
            self._feeds[key] = (self._make(labels, weights, is_measured, augments), dict(weights))
        return self._feeds[key][0]

    def _make(self, labels: Labels | None, weights: Mapping[str, Values], is_measured: bool, augments: bool) -> Feed:
        import tensorflow as tf

        reader = self._samples.reader
        targets = list(reader.dataset.targets)
        in_memory: dict[str, Any] = {}
        specs: dict[str, SampleSpec] = {}
        reads: list[Read] = []
        with tf.device("CPU:0"):
            tensors = self._features or (None if augments else self._samples.tensors())
            made = frozenset[str]() if tensors is not None else self._maker.maker.targets
            if tensors is None:
                self._add_made(labels, specs, reads)
            else:
                in_memory.update({f"x {name}": tensor for name, tensor in tensors.items()})
            rows = {} if self._rows is None else dict.fromkeys(in_memory, tf.constant(self._rows))
            for name in targets:
                if name not in made:
                    self._add_target(name, labels, in_memory, specs, reads)
            for name, array in weights.items():
                in_memory[f"w {name}"] = tf.constant(np.asarray(array, np.float32))

        def read(request: SampleRequest) -> dict[str, Values]:
            return {key: value for read_some in reads for key, value in read_some(request).items()}

        def assemble(values: Mapping[str, Any]) -> Any:
            if self._features is None:
                batch = [_pick(values, "x", list(reader.inputs))]
            else:
                batch = [_all(values, "x", list(self._features))]
            batch += [_pick(values, "y", targets)] if targets else []
            batch += [_pick(values, "w", list(weights))] if weights else []
            return tuple(batch)

        waiting = self.waiting if is_measured else None
        # Twice as many threads as processes keep all of these busy.
        readers = 2 * self._maker.workers or None
        return Feed(self._batch_size, in_memory, specs, read, assemble, self.errors, waiting, readers, rows)

    def _add_made(self, labels: Labels | None, specs: dict[str, SampleSpec], reads: list[Read]) -> None:
        """Add the inputs, and the targets that are transformed with them."""
        make, dataset = self._maker, self._samples.reader.dataset
        encoded = {f"y {name}": partial(_encoded, labels, name) for name in make.maker.targets}
        for key, spec in make.maker.specs.items():
            first = encoded[key](dataset.labels[key[2:]][:1]) if key in encoded else None
            specs[key] = SampleSpec(*spec) if first is None else SampleSpec(first.shape[1:], first.dtype.name)

        def read(request: SampleRequest) -> dict[str, Values]:
            made = make(request)
            return {key: encoded[key](values) if key in encoded else values for key, values in made.items()}

        reads.append(read)

    def _add_target(
        self,
        name: str,
        labels: Labels | None,
        in_memory: dict[str, Any],
        specs: dict[str, SampleSpec],
        reads: list[Read],
    ) -> None:
        import tensorflow as tf

        values, encode = self._samples.reader.dataset.labels[name], partial(_encoded, labels, name)
        if values.nbytes > self._most_bytes:
            first = encode(values[:1])
            specs[f"y {name}"] = SampleSpec(first.shape[1:], first.dtype.name)
            reads.append(lambda request: {f"y {name}": encode(values[request.indices])})
        else:
            in_memory[f"y {name}"] = tf.constant(encode(values))


def _encoded(labels: Labels | None, name: str, raw: Values) -> Values:
    return np.asarray(raw if labels is None else labels(name, np.asarray(raw)))


def _pick(values: Mapping[str, Any], role: str, names: list[str]) -> Any:
    """Return the tensors of one role as a dict, or the tensor itself if there is only one."""
    picked = _all(values, role, names)
    return picked if len(picked) != 1 else next(iter(picked.values()))


def _all(values: Mapping[str, Any], role: str, names: list[str]) -> dict[str, Any]:
    return {name: values[f"{role} {name}"] for name in names}
