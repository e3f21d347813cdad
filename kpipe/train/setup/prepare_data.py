"""Opening and splitting the data of a spec, and fitting the preparations on the training part."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import tensorflow as tf

from kpipe.cache_folder import cache_folder
from kpipe.components import build
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.cache_error import CacheError
from kpipe.data.dataset import Dataset, Indices
from kpipe.data.encoding.stored_classes import adopt_classes
from kpipe.data.encoding.table_coding import Categories
from kpipe.data.evaluation import ALLOWED
from kpipe.data.feeds.worker_count import worker_count
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.source import OpenContext
from kpipe.data.splits.split import split
from kpipe.errors import ArgumentError, DataError, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec
from kpipe.train.setup.augmented_inputs import augmented_inputs, check_augmented_shape
from kpipe.train.setup.by_input import by_input
from kpipe.train.setup.evaluated_inputs import evaluated_inputs


def prepare_data(
    spec: Spec,
    say: Callable[[str], None],
    categories: Mapping[str, Categories] | None = None,
    classes: Mapping[str, Sequence[str]] | None = None,
    *,
    fit: bool = True,
) -> PreparedData:
    """Return the prepared data of a spec; call it inside `spec_session`.

    Args:
        spec: a checked spec.
        say: receives each message about the data.
        categories: the categories of a finished run by input name, to encode tables in the same way.
        classes: the classes of a finished run by target name, to encode labels in the same way.
        fit: whether to fit the preparations; the model of a finished run contains fitted ones.

    Raises:
        SpecError: an argument of the source, of the split or of a preparation does not fit the data.
        DataError: the data cannot be used.
    """
    data, section = spec.data, spec.tree.entries["data"]
    dataset = _opened(spec, say)
    adopt_classes(dataset, classes or {})
    parts = _parts(spec, dataset, say)
    prepare = data.prepare or Node([], data.source.mark)
    stages = {
        name: [build(item, "preparation") for item in node.items]
        for name, node in by_input(prepare, "data.prepare", list(dataset.inputs)).items()
    }
    augment = augmented_inputs(data.augment, dataset)
    evaluations = evaluated_inputs(data, dataset)
    workers, line = worker_count(data.workers, bool(augment), bool(tf.config.list_physical_devices("GPU")))
    if line and fit:
        say(line)
    with (
        _located(prepare),
        _located_value(section, ["cache"], {"cache"}),
        _located_value(section, ["evaluate", "transform"], ALLOWED.keys() - {"Resize"}),
    ):
        prepared = PreparedData(
            dataset,
            parts,
            stages,
            seed=spec.seed,
            batch_size=data.batch_size,
            last_batch=data.last_batch,
            memory=data.memory,
            cache=data.cache,
            augmentations={name: Augmentation(node) for name, node in augment.items()},
            evaluations=evaluations,
            workers=workers,
            categories=categories,
        )
    for name, node in augment.items():
        check_augmented_shape(name, node, prepared)
    if fit:
        with _located(section.entries["last_batch"]):
            prepared.steps("train")
        with _located(prepare), _located_cache(section):
            prepared.fit(say)
    return prepared


def _parts(spec: Spec, dataset: Dataset, say: Callable[[str], None]) -> dict[str, Indices]:
    """Return the parts; without `data.fold`, the first fold represents a cross-validation."""
    data, section = spec.data, spec.tree.entries["data"]
    if data.folds is not None and data.fold is None:
        say(f"data.folds: this is fold 1 of {data.folds}, since data.fold is not set")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_located(section))
        for key in ("folds", "validation", "test"):
            stack.enter_context(_located_value(section, [key], {key}))
        return split(dataset, data.validation, data.test, spec.seed, folds=data.folds, fold=data.fold or 1, say=say)


def _opened(spec: Spec, say: Callable[[str], None]) -> Dataset:
    data = spec.data
    source = build(data.source, "source")
    context = OpenContext(say, data.max_bad, cache_folder(), data.max_pixels, data.group)
    with _located(data.source), _located_value(spec.tree.entries["data"], ["group"], {"data.group"}):
        dataset: Dataset = source.opened(context)
    return dataset


@contextmanager
def _located(node: Node) -> Iterator[None]:
    """Report errors within the block at their place in `node`, unless they have a place."""
    try:
        yield
    except DataError as error:
        if error.problem is not None:
            raise
        raise DataError(problem=problem_at(node, str(error))) from error
    except ArgumentError as error:
        places = [item for part in node.walk() for item in (_argument(part, error.argument),) if item is not None]
        place = places[0] if places else node
        raise SpecError([problem_at(place, error.message, error.suggestion)]) from error


@contextmanager
def _located_cache(section: Node) -> Iterator[None]:
    """Report errors of the cache on disk at `data.cache`."""
    try:
        yield
    except CacheError as error:
        raise DataError(problem=problem_at(section.entries["cache"], str(error))) from error


@contextmanager
def _located_value(section: Node, path: Sequence[str], arguments: Collection[str]) -> Iterator[None]:
    """Report errors about some arguments at the value of `section` that contains them."""
    try:
        yield
    except ArgumentError as error:
        if error.argument not in arguments:
            raise
        node = section
        for key in path:
            node = node.entries[key]
        raise SpecError([problem_at(node, error.message, error.suggestion)]) from error


def _argument(node: Node, name: str) -> Node | None:
    parts = split_component(node) if node.is_mapping else None
    if parts is None or parts[1] is None:
        return None
    # A source may accept `target` for a single one of `targets`.
    return parts[1].get(name) or parts[1].get(name.removesuffix("s"))
