"""The inputs of batches from decoded samples, as processes without TensorFlow compute them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.evaluation import as_batch
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.sample_error import SampleError
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.errors import DataError

Values = npt.NDArray[Any]


class SampleMaker:
    """Makes the inputs of batches; it can be pickled, called by several threads, and needs no TensorFlow.

    Args:
        store: the decoded samples.
        inputs: how each input is made, keyed by input name.
        seed: the seed of the spec.

    Example:
        >>> from kpipe.data.reader import Reader
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(2, dtype="float32")}}, {}, {})
        >>> store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
        >>> maker = SampleMaker(store, {"x": MadeInput(0, (2,), "float32", "float32")}, seed=0)
        >>> maker(SampleRequest(np.array([1])))["x"].tolist()
        [[0.0, 1.0]]
    """

    def __init__(self, store: SampleStore, inputs: Mapping[str, MadeInput], seed: int) -> None:
        self._store = store
        self._inputs = dict(inputs)
        self._seed = seed

    @property
    def specs(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """The shape of one sample and the type of each array that is made, keyed by input name."""
        return {name: (entry.shape, entry.dtype) for name, entry in self._inputs.items()}

    def __call__(self, request: SampleRequest) -> dict[str, Values]:
        """Return the arrays of a batch, keyed by input name.

        Raises:
            DataError: a sample cannot be read.
            SampleError: a sample cannot be augmented.
        """
        decoded = self._store.read(request.indices)
        return {name: self._made(entry, decoded[name], request) for name, entry in self._inputs.items()}

    def _made(self, entry: MadeInput, decoded: Any, request: SampleRequest) -> Values:
        if entry.augmentation is None or request.places is None:
            values = np.asarray(decoded) if entry.evaluation is None else as_batch(entry.evaluation, decoded)
            return values.astype(entry.dtype, copy=False)
        batch = np.empty((len(decoded), *entry.shape), entry.dtype)
        samples = zip(request.indices.tolist(), decoded, request.places.tolist(), strict=True)
        for position, (index, image, place) in enumerate(samples):
            byte = image if entry.raw_dtype != "uint8" else as_bytes(image)
            try:
                made = entry.augmentation(byte, self._seed, request.epoch, place, entry.number)
            except DataError as error:
                raise SampleError(index, problem=error.problem) from error
            if made.shape != entry.shape:
                message = (
                    f"an augmented image has another shape than the model expects; expected {entry.shape}, got "
                    f"{made.shape} from an image of {image.shape}; end data.augment with a transform that determines "
                    "the size, such as RandomResizedCrop or Resize"
                )
                raise SampleError(index, problem=entry.augmentation.problem(message))
            batch[position] = made
        return batch


def as_bytes(image: Values) -> Values:
    """Return an image of bytes, rounded if it was resized.

    Example:
        >>> as_bytes(np.array([1.6, 256.0])).tolist()
        [2, 255]
    """
    if image.dtype == np.uint8:
        return image
    rounded: Values = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    return rounded
