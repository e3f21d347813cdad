"""The entries of `train.stages`, and those that replace a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.spec.defaults import filled
from kpipe.spec.node import Node, split_component
from kpipe.spec.python_value import from_python
from kpipe.spec.sections.or_component import is_component_entry
from kpipe.spec.sections.train_stage import TrainStage


def entries_of(spec: CheckedSpec) -> Iterator[tuple[Node, bool]]:
    """Yield the entries of `train.stages` and whether they are recipes, which are evaluated.

    Args:
        spec: a checked spec with stages.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> spec = checked("kpipe:iris", {"train.stages": [{"epochs": 2}, "FineTune"]})
        >>> [is_recipe for _, is_recipe in entries_of(spec)]
        [False, True]
    """
    written = spec.tree.entries["train"].entries["stages"]
    for number, node in enumerate(spec.evaluated(written).items):
        is_recipe = is_component_entry(node)
        # Expressions are kept, unless the whole list is one.
        yield node if is_recipe or not written.is_list else written.items[number], is_recipe


def with_entries(spec: CheckedSpec, stages: list[Node]) -> CheckedSpec:
    """Return a spec with other entries of `train.stages`.

    Args:
        spec: a checked spec.
        stages: the entries.
    """
    train = spec.tree.entries["train"]
    changed = {**train.entries, "stages": replace(train.entries["stages"], value=stages)}
    return replace(spec, tree=replace(spec.tree, value={**spec.tree.entries, "train": replace(train, value=changed)}))


def stage_node(stage: Mapping[str, Any], recipe: Node) -> Node:
    """Return a stage of a recipe as nodes at the place of the recipe, which no override can change one by one.

    Args:
        stage: the stage, as plain values.
        recipe: the recipe.
    """
    node = from_python(dict(stage), recipe.mark, recipe.path)
    filled(node, TrainStage)
    for part in node.walk():
        part.mark, part.path, part.chain, part.expression = recipe.mark, recipe.path, recipe.chain, recipe_name(recipe)
    return node


def recipe_name(recipe: Node) -> str:
    """Return the name of the class of a recipe.

    Args:
        recipe: the recipe.
    """
    return (split_component(recipe) or ("", None))[0]
