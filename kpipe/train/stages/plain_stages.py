"""Recipes of `train.stages`, written out as plain stages when the data and the model are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.components import build
from kpipe.components.value_text import shown
from kpipe.data.prepared import PreparedData
from kpipe.errors import ArgumentError, Problem, SpecError
from kpipe.model.build import BuiltModel
from kpipe.spec.error_places import located
from kpipe.spec.node import Node
from kpipe.train.stages.applied_recipe import AppliedRecipe
from kpipe.train.stages.head_of import head_of
from kpipe.train.stages.recipes.recipe import Recipe
from kpipe.train.stages.recipes.recipe_context import RecipeContext
from kpipe.train.stages.stage_entries import entries_of, recipe_name, stage_node, with_entries

_SELECTIONS = ("only", "freeze")


@dataclass(frozen=True, kw_only=True)
class PlainStages:
    """A spec whose recipes are written out.

    Args:
        spec: the spec with plain stages.
        recipes: what was written out, in the order of the stages.
    """

    spec: CheckedSpec
    recipes: Sequence[AppliedRecipe] = ()


def plain_stages(spec: CheckedSpec, built: BuiltModel, prepared: PreparedData) -> PlainStages:
    """Return a spec with its recipes written out; the values of their stages have the places of the recipes.

    Args:
        spec: a checked spec.
        built: its model, also before layers are frozen.
        prepared: its data.

    Raises:
        SpecError: a recipe does not fit the model, the data or the optimizer.
    """
    entries = spec.train.stages or []
    if not any(isinstance(entry, Node) for entry in entries):
        _refuse_unused_selection(spec.tree.entries["train"], [node for node, _ in entries_of(spec)] if entries else [])
        return PlainStages(spec=spec)
    stages: list[Node] = []
    applied: list[AppliedRecipe] = []
    for node, is_recipe in entries_of(spec):
        if not is_recipe:
            stages.append(node)
            continue
        with located(node):
            recipe: Recipe = build(node, "recipe")
            context = _context(spec, node, recipe, built, prepared)
            values = _stages(recipe, context, spec.train.epochs)
            numbers = range(len(stages) + 1, len(stages) + len(values) + 1)
            reason = recipe.reason(context)
        name = recipe_name(node)
        applied.append(AppliedRecipe(name=name, numbers=numbers, head=context.head, reason=reason, written=values))
        stages += [stage_node(stage, node) for stage in values]
    found = with_entries(spec, stages)
    _refuse_unused_selection(found.tree.entries["train"], stages)
    return PlainStages(spec=found, recipes=applied)


def _context(spec: CheckedSpec, node: Node, recipe: Recipe, built: BuiltModel, prepared: PreparedData) -> RecipeContext:
    classes = [len(target.classes) for target in prepared.dataset.targets.values() if target.classes is not None]
    return RecipeContext(
        head=head_of(node, recipe, spec.train.start_from, built),
        samples=len(prepared.parts["train"]),
        classes=max(classes, default=None),
        optimizer=spec.train.optimizer or Node("Adam", node.mark),
    )


def _stages(recipe: Recipe, context: RecipeContext, default: int) -> list[dict[str, Any]]:
    """Return the stages of a recipe with their epochs."""
    values: Any = recipe.stages(context)
    epochs = recipe.stage_epochs(default)
    if not isinstance(values, list | tuple) or not all(isinstance(stage, Mapping) for stage in values):
        message = f"its `stages` returned {shown(values)}; expected a list of mappings, such as [{{only: [head]}}]"
        raise ArgumentError("", message)
    if len(values) != len(epochs):
        raise ArgumentError("", f"it has {len(values)} stages, but announced {len(epochs)}; correct its `count`")
    if any("epochs" in stage for stage in values):
        raise ArgumentError(
            "", "a stage has the key `epochs`, which `Recipe` sets; pass the epochs on to its constructor"
        )
    return [{"epochs": number, **stage} for stage, number in zip(values, epochs, strict=True)]


def _refuse_unused_selection(train: Node, stages: Sequence[Node]) -> None:
    """Refuse a selection of `train` that no stage uses, since all of them decide which layers are trained."""
    if not stages or not all(any(_given(stage.get(key)) for key in _SELECTIONS) for stage in stages):
        return
    problems = [
        Problem(
            node.mark,
            node.path,
            "unused, since all stages decide which layers are trained; remove it, or write `only` and `freeze` in the "
            "stages and `head` in the recipes",
        )
        for key in _SELECTIONS
        if _given(node := train.entries[key]) and node.value != []
    ]
    if problems:
        raise SpecError(problems)


def _given(node: Node | None) -> bool:
    return node is not None and node.value is not None
