"""Opening and splitting the data of a spec, and fitting the preparations on the training part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from kpipe.cache_folder import cache_folder
from kpipe.components import build
from kpipe.data.dataset import Dataset
from kpipe.data.prepare.preparation import Preparation
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.source import OpenContext
from kpipe.data.splits import split
from kpipe.data.stored_classes import adopt_classes
from kpipe.data.table_coding import Categories
from kpipe.errors import ArgumentError, DataError, Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at
from kpipe.spec.spec import Spec


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
    with _located(section):
        parts = split(dataset, data.validation, data.test, spec.seed)
    prepare = data.prepare or Node([], data.source.mark)
    stages = _stages(prepare, list(dataset.inputs))
    with _located(prepare):
        prepared = PreparedData(
            dataset,
            parts,
            stages,
            seed=spec.seed,
            batch_size=data.batch_size,
            last_batch=data.last_batch,
            memory=data.memory,
            categories=categories,
        )
    if fit:
        with _located(section.entries["last_batch"]):
            prepared.steps("train")
        with _located(prepare):
            prepared.fit(say)
    return prepared


def _opened(spec: Spec, say: Callable[[str], None]) -> Dataset:
    data = spec.data
    source = build(data.source, "source")
    with _located(data.source):
        dataset: Dataset = source.opened(OpenContext(say, data.max_bad, cache_folder(), data.max_pixels))
    return dataset


def _stages(prepare: Node, inputs: list[str]) -> dict[str, list[Preparation]]:
    """Build the preparations of each input."""
    if prepare.is_mapping:
        for name in prepare.entries:
            if name not in inputs:
                message = f"the dataset has no input {name!r}; available: {', '.join(inputs)}"
                raise SpecError([Problem(prepare.key_mark(name), f"data.prepare.{name}", message)])
        return {name: [build(item, "preparation") for item in node.items] for name, node in prepare.entries.items()}
    if len(inputs) > 1 and prepare.items:
        listed = ", ".join(inputs)
        message = f"the dataset has several inputs; expected a mapping keyed by input name ({listed}), got a list"
        raise SpecError([Problem(prepare.mark, "data.prepare", message)])
    return {name: [build(item, "preparation") for item in prepare.items] for name in inputs}


@contextmanager
def _located(node: Node) -> Iterator[None]:
    """Report errors within the block at their place in `node`."""
    try:
        yield
    except DataError as error:
        raise DataError(problem=problem_at(node, str(error))) from error
    except ArgumentError as error:
        places = [item for part in node.walk() for item in (_argument(part, error.argument),) if item is not None]
        place = places[0] if places else node
        raise SpecError([problem_at(place, error.message, error.suggestion)]) from error


def _argument(node: Node, name: str) -> Node | None:
    parts = split_component(node) if node.is_mapping else None
    if parts is None or parts[1] is None:
        return None
    # A source may accept `target` for a single one of `targets`.
    return parts[1].get(name) or parts[1].get(name.removesuffix("s"))
