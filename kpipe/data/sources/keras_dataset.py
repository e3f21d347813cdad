"""A source for the datasets that Keras downloads and caches."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.data.dataset import Dataset, Target
from kpipe.data.sources.array_dataset import ArrayDataset
from kpipe.data.sources.source import OpenContext, Source
from kpipe.errors import ArgumentError, DataError
from kpipe.messages.redirected_output import redirected_output

Values = npt.NDArray[Any]
Pair = tuple[Values, Values]

_CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel
can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion
lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree
pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea
seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
"""

#: Class names by label, in the order of the documentation of each dataset.
CLASSES: dict[str, tuple[str, ...]] = {
    "mnist": tuple(str(digit) for digit in range(10)),
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "cifar100": tuple(_CIFAR100.split()),
    "imdb": ("negative", "positive"),
}

#: The path of each dataset in the folder of Keras, and its URL, for manual downloads.
_FILES = {
    "mnist": ("datasets/mnist.npz", "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"),
    "fashion_mnist": (
        "datasets/fashion-mnist/ (four files *-ubyte.gz)",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    "cifar10": (
        "datasets/cifar-10-batches-py-target_archive",
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    ),
    "cifar100": (
        "datasets/cifar-100-python-target_archive",
        "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    ),
    "imdb": ("datasets/imdb.npz", "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz"),
}


class KerasDataset(Source):
    """A dataset of `keras.datasets`, downloaded and cached by Keras (in `~/.keras`, or in KERAS_HOME if it is set).

    Images are the input `image`, uint8 (28, 28, 1) or (32, 32, 3). Reviews are the input `x`, int32 (length,), with
    one number per word: 0 is padding at the beginning, 1 the start of the review, and 2 any rare word. Target `y` with
    class names (those of the fine classes for `cifar100`). The dataset defines the test part.

    Args:
        dataset: the name of the dataset.
        num_words: for `imdb` only: numbers below this are kept, which belong to the most frequent words; at least 4;
            default 10000.
        length: for `imdb` only: number of words per review, at least 1; of longer reviews, the last words are used;
            default 200.

    Example:
        source:
          KerasDataset: {dataset: cifar10}
    """

    @check_arguments
    def __init__(
        self,
        dataset: Literal["mnist", "fashion_mnist", "cifar10", "cifar100", "imdb"],
        num_words: Annotated[int, Ge(4)] | None = None,
        length: Annotated[int, Ge(1)] | None = None,
    ) -> None:
        if dataset not in CLASSES:
            raise ArgumentError("dataset", f"unknown dataset; expected one of {', '.join(CLASSES)}, got {dataset!r}")
        for argument, value in (("num_words", num_words), ("length", length)):
            if value is not None and dataset != "imdb":
                raise ArgumentError(argument, f"only valid for imdb, got {dataset}, which contains images; remove it")
        self.dataset = dataset
        self.num_words = 10_000 if num_words is None else num_words
        self.length = 200 if length is None else length

    def input_names(self) -> Sequence[str]:
        """Return the name of the only input, which depends on the dataset."""
        return ("x",) if self.dataset == "imdb" else ("image",)

    def open(self, context: OpenContext) -> Dataset:
        """Load the dataset into memory and download it first if it is not in the cache of Keras.

        Raises:
            DataError: the download failed.
        """
        context.say(f"{self.dataset}: loading from the cache of Keras; it is downloaded first if necessary")
        (x_train, y_train), (x_test, y_test) = self._load()
        labels = np.concatenate([np.asarray(y_train).reshape(-1), np.asarray(y_test).reshape(-1)]).astype(np.int64)
        target = Target("y", "classification", CLASSES[self.dataset], ())
        return ArrayDataset({"x": {"train": x_train, "test": x_test}}, {"y": target}, {"y": labels})

    def _load(self) -> tuple[Pair, Pair]:
        import keras

        module = getattr(keras.datasets, self.dataset)
        options = {"num_words": self.num_words} if self.dataset == "imdb" else {}
        try:
            # Keras reports its download on standard output, which is reserved for results.
            with redirected_output(sys.stderr):
                train, test = module.load_data(**options)
        except Exception as error:
            # Keras raises a plain Exception if the download fails.
            path, url = _FILES[self.dataset]
            home = os.environ.get("KERAS_HOME", "~/.keras")
            raise DataError(
                f"{self.dataset} cannot be loaded: {error}; if this machine is offline, download the dataset from "
                f"{url} on another machine and copy it to {home}/{path}"
            ) from error
        if self.dataset == "imdb":
            return (self._padded(train[0]), train[1]), (self._padded(test[0]), test[1])
        return train, test

    def _padded(self, reviews: Values) -> Values:
        import keras

        padded: Values = keras.utils.pad_sequences(reviews, maxlen=self.length, dtype="int32")
        return padded
