"""Whether a training computes each update from the whole training part."""

from __future__ import annotations

from collections.abc import Iterator

from kpipe.components import vocabulary
from kpipe.components.inspection.targets import load_target
from kpipe.spec.node import Node, split_component
from kpipe.spec.sections.train import Train


def is_full_batch(train: Train) -> bool:
    """Return whether the optimizer of a training needs the loss of the whole training part, as `LBFGS` does.

    Such an optimizer has the attribute `full_batch`. An epoch of the training has one step then.

    Args:
        train: the section `train` of a spec whose components are known.

    Example:
        >>> is_full_batch(Train())
        False
    """
    return train.optimizer is not None and any(map(_needs_all, _optimizers(train.optimizer)))


def _optimizers(node: Node) -> Iterator[str]:
    """Yield the name of an optimizer, and of one inside of it."""
    name, arguments = split_component(node) or ("", None)
    yield name
    inner = arguments.get("inner_optimizer") if arguments is not None and arguments.is_mapping else None
    if inner is not None:
        yield from _optimizers(inner)


def _needs_all(name: str) -> bool:
    known = vocabulary().find("optimizer", name)
    return known is not None and bool(getattr(load_target(known.target), "full_batch", False))
