"""Opening and splitting the data of a spec, and fitting the preparations on the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf

from kpipe.components import build
from kpipe.data.augment.augmentation import Augmentation
from kpipe.data.cache.cache_error import CacheError
from kpipe.data.cache.sample_store import silent
from kpipe.data.dataset import Dataset, Indices
from kpipe.data.encoding.table_coding import Categories
from kpipe.data.evaluation import ALLOWED
from kpipe.data.feeds.worker_count import worker_count
from kpipe.data.number_error import NumberError
from kpipe.data.prepared import PreparedData
from kpipe.errors import DataError, Problem, SpecError
from kpipe.spec.error_places import located, located_value
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec
from kpipe.train.setup.alongside_sizes import check_sizes
from kpipe.train.setup.alongside_trial import try_alongside
from kpipe.train.setup.augmented_inputs import AugmentedInput, augmented_inputs, check_augmented_shape
from kpipe.train.setup.by_input import by_input
from kpipe.train.setup.evaluated_inputs import evaluated_inputs
from kpipe.train.setup.prepared_targets import prepared_targets
from kpipe.train.setup.split_data import split_data


def prepare_data(
    spec: Spec,
    say: Callable[[str], None],
    categories: Mapping[str, Categories] | None = None,
    classes: Mapping[str, Sequence[str]] | None = None,
    targets: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    fit: bool = True,
) -> PreparedData:
    """Return the prepared data of a spec; call it inside `spec_session`.

    Args:
        spec: a checked spec.
        say: receives each message about the data.
        categories: the categories of a finished run by input name, to encode tables in the same way.
        classes: the classes of a finished run by target name, to encode labels in the same way.
        targets: the fitted preparations of the targets of a finished run by target name, to prepare labels in the same
            way.
        fit: whether to fit the preparations; the model of a finished run contains fitted ones.

    Raises:
        SpecError: an argument of the source, of the split or of a preparation does not fit the data.
        DataError: the data cannot be used.
    """
    data, section = spec.data, spec.tree.entries["data"]
    if data.is_cross_validation:
        say(f"data.folds: this is fold 1 of {data.folds}, since data.fold is not set")
    dataset, parts = split_data(spec, say, classes)
    prepare = data.prepare or Node([], data.source.mark)
    augment = augmented_inputs(data.augment, dataset)
    workers, line = worker_count(data.workers, bool(augment), bool(tf.config.list_physical_devices("GPU")))
    if line and fit:
        say(line)
    prepared = _unfitted(spec, dataset, parts, prepare, augment, workers, categories, targets)
    _check_augmented(augment, prepared, data.source, say if fit else silent)
    if fit:
        with located(section.entries["last_batch"]):
            prepared.steps("train")
        with located(prepare), _located_cause(section):
            prepared.fit(say)
    with located(section.entries["prepare_targets"]):
        prepared.fit_targets(say if fit else silent)
    return prepared


def with_stage(prepared: PreparedData, before: Spec, spec: Spec, say: Callable[[str], None] = silent) -> PreparedData:
    """Return the data of a run with the batches of one of its stages; the same data if it does not change them.

    Args:
        prepared: the data of another stage.
        before: the spec of that stage.
        spec: the spec of this stage.
        say: receives each message about the data.

    Raises:
        SpecError: the transforms of the stage do not fit the data.
    """
    data, old = spec.data, before.data
    if data.batch_size == old.batch_size and _plain(data.augment) == _plain(old.augment):
        return prepared
    augment = augmented_inputs(data.augment, prepared.dataset)
    workers, line = worker_count(data.workers, bool(augment), bool(tf.config.list_physical_devices("GPU")))
    if line:
        say(line)
    found = prepared.with_training(
        batch_size=data.batch_size,
        augmentations={name: Augmentation(entry.node, entry.alongside) for name, entry in augment.items()},
        workers=workers,
    )
    _check_augmented(augment, found, data.source, say)
    with located(spec.tree.entries["data"].entries["last_batch"]):
        found.steps("train")
    return found


def _plain(node: Node | None) -> Any:
    """Return the value of a node; that of an absent list is an empty one."""
    return (None if node is None else node.plain()) or []


def _unfitted(
    spec: Spec,
    dataset: Dataset,
    parts: Mapping[str, Indices],
    prepare: Node,
    augment: Mapping[str, AugmentedInput],
    workers: int,
    categories: Mapping[str, Categories] | None,
    targets: Mapping[str, Mapping[str, Any]] | None,
) -> PreparedData:
    """Return the data with all preparations and transforms, before the preparations are fitted."""
    data, section = spec.data, spec.tree.entries["data"]
    stages = {
        name: [build(item, "preparation") for item in node.items]
        for name, node in by_input(prepare, "data.prepare", list(dataset.inputs)).items()
    }
    evaluations = evaluated_inputs(data, dataset)
    with (
        located(prepare),
        located_value(section, ["cache"], {"cache"}),
        located_value(section, ["evaluate", "transform"], ALLOWED.keys() - {"Resize"}),
    ):
        return PreparedData(
            dataset,
            parts,
            stages,
            seed=spec.seed,
            batch_size=data.batch_size,
            last_batch=data.last_batch,
            memory=data.memory,
            cache=data.cache,
            augmentations={name: Augmentation(entry.node, entry.alongside) for name, entry in augment.items()},
            evaluations=evaluations,
            workers=workers,
            categories=categories,
            targets=prepared_targets(data, dataset.targets, targets),
        )


def _check_augmented(
    augment: Mapping[str, AugmentedInput], prepared: PreparedData, source: Node, say: Callable[[str], None]
) -> None:
    problems: list[Problem] = []
    for name, entry in augment.items():
        try:
            check_sizes(name, entry.node, entry.alongside, prepared, source)
            check_augmented_shape(name, entry.node, prepared)
            for line in try_alongside(name, entry.node, entry.alongside, prepared):
                say(line)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)


@contextmanager
def _located_cause(section: Node) -> Iterator[None]:
    """Report errors of the cache on disk at `data.cache`, and numbers that no preparation can fix at `data.source`."""
    try:
        yield
    except (CacheError, NumberError) as error:
        key = "cache" if isinstance(error, CacheError) else "source"
        raise DataError(problem=problem_at(section.entries[key], str(error))) from error
