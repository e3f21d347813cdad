"""Opening and splitting the data of a spec, without TensorFlow."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from kpipe.cache_folder import cache_folder
from kpipe.components import build
from kpipe.data.dataset import Dataset, Indices
from kpipe.data.encoding.stored_classes import adopt_classes
from kpipe.data.sources.source import OpenContext
from kpipe.data.splits.split import split
from kpipe.spec.error_places import located, located_value
from kpipe.spec.spec import Spec
from kpipe.train.setup.filled_inputs import filled_inputs

Say = Callable[[str], None]


def split_data(
    spec: Spec, say: Say, classes: Mapping[str, Sequence[str]] | None = None
) -> tuple[Dataset, dict[str, Indices]]:
    """Open the source of a spec and split it.

    Args:
        spec: a checked spec whose custom code is in use.
        say: receives each message about the data.
        classes: the classes of a finished run by target name, to encode labels in the same way.

    Returns:
        The dataset, and ascending indices keyed by part name; without `data.fold`, the first fold represents all.

    Raises:
        SpecError: an argument of the source or of the split does not fit the data.
        DataError: the data cannot be used.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> dataset, parts = split_data(checked("kpipe:digits", {"data.validation": 0, "data.folds": 3}), print)
        >>> sorted(parts), dataset.inputs["image"].shape
        (['test', 'train', 'validation'], (8, 8, 1))
    """
    data, section = spec.data, spec.tree.entries["data"]
    dataset = _opened(spec, say)
    adopt_classes(dataset, classes or {})
    with contextlib.ExitStack() as stack:
        stack.enter_context(located(section))
        for key in ("folds", "validation", "test"):
            stack.enter_context(located_value(section, [key], {key}))
        parts = split(dataset, data.validation, data.test, spec.seed, folds=data.folds, fold=data.fold or 1, say=say)
    return dataset, parts


def _opened(spec: Spec, say: Say) -> Dataset:
    data = spec.data
    source = build(data.source, "source")
    context = OpenContext(
        say, data.max_bad, cache_folder(), data.max_pixels, data.group, filled_inputs(data), data.sample_weights
    )
    section = spec.tree.entries["data"]
    with (
        located(data.source),
        located_value(section, ["group"], {"data.group"}),
        located_value(section, ["sample_weights"], {"data.sample_weights"}),
    ):
        dataset: Dataset = source.opened(context)
    return dataset
