"""The inputs of batches, and targets that are images, as processes without TensorFlow compute them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.data.as_bytes import as_bytes
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.sample_store import SampleStore
from kpipe.data.dataset import Indices
from kpipe.data.evaluation import as_batch
from kpipe.data.feeds.made_input import MadeInput
from kpipe.data.feeds.made_target import MadeTarget
from kpipe.data.feeds.sample_error import SampleError
from kpipe.data.feeds.sample_request import SampleRequest
from kpipe.data.views.input_views import InputViews
from kpipe.errors import DataError

Values = npt.NDArray[Any]


class SampleMaker:
    """Makes the inputs of batches; it can be pickled, called by several threads, and needs no TensorFlow.

    Args:
        store: the decoded samples.
        inputs: how each input is made, keyed by input name.
        seed: the seed of the spec.
        targets: the targets that are transformed with the images, keyed by target name; default none.

    Attributes:
        targets: the names of these targets.

    Example:
        >>> from kpipe.data.reader import Reader
        >>> from kpipe.data.sources.array_dataset import ArrayDataset
        >>> dataset = ArrayDataset({"x": {"train": np.eye(2, dtype="float32")}}, {}, {})
        >>> store = SampleStore(Reader(dataset, {}, {}), dataset.parts)
        >>> maker = SampleMaker(store, {"x": MadeInput(0, (2,), "float32", "float32")}, seed=0)
        >>> maker(SampleRequest(np.array([1])))["x x"].tolist()
        [[0.0, 1.0]]
    """

    def __init__(
        self,
        store: SampleStore,
        inputs: Mapping[str, MadeInput],
        seed: int,
        targets: Mapping[str, MadeTarget] | None = None,
    ) -> None:
        self._store = store
        self._inputs = {f"x {name}": entry for name, entry in inputs.items()}
        self._targets = {f"y {name}": entry for name, entry in (targets or {}).items()}
        self._seed = seed
        self.targets = frozenset(targets or {})
        augmentations = [entry.augmentation for entry in inputs.values() if entry.augmentation is not None]
        self._followers = frozenset(key for augmentation in augmentations for key in augmentation.alongside)

    @property
    def specs(self) -> dict[str, tuple[tuple[int, ...], str]]:
        """The shape of one sample and the type of each array that is made, by the keys of a batch."""
        inputs = {key: (_shape(entry), entry.dtype) for key, entry in self._inputs.items()}
        labels = {key: entry.labels for key, entry in self._targets.items()}
        return inputs | {key: (values.shape[1:], values.dtype.name) for key, values in labels.items()}

    def __call__(self, request: SampleRequest) -> dict[str, Values]:
        """Return the arrays of a batch: of inputs by `x` and their names, of targets by `y` and their names.

        Raises:
            DataError: a sample cannot be read.
            SampleError: a sample cannot be augmented.
        """
        decoded = {f"x {name}": values for name, values in self._store.read(request.indices).items()}
        made = {key: np.asarray(entry.labels[request.indices]) for key, entry in self._targets.items()}
        followers = self._followers if request.places is not None else frozenset()
        for key, entry in self._inputs.items():
            if entry.augmentation is not None and request.places is not None:
                made |= self._augmented(key, entry.augmentation, decoded, request, request.places)
            elif entry.views is not None:
                made[key] = _with_views(entry.views, decoded[key], request)
            elif key not in followers:
                made[key] = self._evaluated(entry, decoded[key])
        return made

    @staticmethod
    def _evaluated(entry: MadeInput, decoded: Any) -> Values:
        values = np.asarray(decoded) if entry.evaluation is None else as_batch(entry.evaluation, decoded)
        return values.astype(entry.dtype, copy=False)

    def _augmented(
        self,
        key: str,
        augmentation: Augmentation,
        decoded: Mapping[str, Any],
        request: SampleRequest,
        places: Indices,
    ) -> dict[str, Values]:
        """Return the arrays of an augmented input, and of what is transformed with it."""
        specs = self.specs
        batch = {
            name: np.empty((len(request.indices), *specs[name][0]), specs[name][1])
            for name in (key, *augmentation.alongside)
        }
        number = self._inputs[key].number
        for position, (index, place) in enumerate(zip(request.indices.tolist(), places.tolist(), strict=True)):
            others = {name: self._other(name, decoded, position, index) for name in augmentation.alongside}
            image = self._image(key, decoded, position)
            try:
                augmented, others = augmentation.together(image, others, self._seed, request.epoch, place, number)
            except DataError as error:
                raise SampleError(index, problem=error.problem) from error
            for name, values in {key: augmented, **others}.items():
                if values.shape != specs[name][0]:
                    message = _other_shape(name, specs[name][0], values, image)
                    raise SampleError(index, problem=augmentation.problem(message))
                batch[name][position] = values
        return batch

    def _image(self, key: str, decoded: Mapping[str, Any], position: int) -> Values:
        image: Values = decoded[key][position]
        return image if self._inputs[key].raw_dtype != "uint8" else as_bytes(image)

    def _other(self, key: str, decoded: Mapping[str, Any], position: int, index: int) -> Values:
        if key in self._inputs:
            return self._image(key, decoded, position)
        entry = self._targets[key]
        return np.asarray(entry.labels[index]).astype(entry.dtype, copy=False)


def _other_shape(key: str, expected: tuple[int, ...], made: Values, image: Values) -> str:
    what = "image" if key.startswith("x ") else f"target {key[2:]!r}"
    return (
        f"an augmented {what} has another shape than the model expects; expected {expected}, got {made.shape} from an "
        f"image of {image.shape}; end data.augment with a transform that determines the size, such as "
        "RandomResizedCrop or Resize"
    )


def _shape(entry: MadeInput) -> tuple[int, ...]:
    return entry.shape if entry.views is None else (entry.views.views.count, *entry.shape)


def _with_views(make: InputViews, decoded: Any, request: SampleRequest) -> Values:
    """Return the views of images, (samples, views, height, width, channels)."""
    batch = np.empty((len(decoded), make.views.count, *make.context.shape), make.dtype)
    for position, (index, image) in enumerate(zip(request.indices.tolist(), decoded, strict=True)):
        try:
            batch[position] = make(image, index)
        except DataError as error:
            raise SampleError(index, str(error), error.problem) from error
    return batch
