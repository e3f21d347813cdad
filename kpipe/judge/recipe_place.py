"""The recipe of a stage, and the overrides of its arguments that change the stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.components import vocabulary
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.errors import ArgumentError
from kpipe.judge.short_number import short_number
from kpipe.spec.node import CLASS_NAME, Node
from kpipe.train.stages.recipes.recipe_context import RecipeContext
from kpipe.train.stages.stage import Stage
from kpipe.train.stages.stages_of import stages_of


@dataclass(frozen=True, kw_only=True)
class RecipePlace:
    """The recipe that a stage was written out from.

    Args:
        name: the name of its class.
        path: its path in the spec.
        position: the number of its stages before the stage.
        epochs: the number of epochs of each of its stages.
        title: the name of the stage in messages.
        learning_rate: the learning rate of `train.optimizer`; None if that is not a number.
    """

    name: str
    path: str
    position: int
    epochs: Sequence[int]
    title: str
    learning_rate: float | None

    @classmethod
    def of(cls, spec: CheckedSpec, stage: Stage) -> RecipePlace | None:
        """Return the recipe of a stage; None if the stage is none of a recipe that overrides can change.

        Args:
            spec: a spec whose recipes are written out.
            stage: one of its stages.
        """
        stages = spec.tree.entries["train"].entries["stages"]
        node = stages.items[stage.index] if stages.is_list else stages
        if not node.is_mapping or node.chain or not CLASS_NAME.match(node.expression or ""):
            return None
        # All stages of a recipe have its path.
        stages_of_recipe = [other for other in stages_of(spec) if other.path == stage.path]
        optimizer = spec.train.optimizer or Node("Adam", node.mark)
        context = RecipeContext(head=[], samples=0, classes=None, optimizer=optimizer)
        try:
            learning_rate = context.learning_rate
        except ArgumentError:
            learning_rate = None
        return cls(
            name=node.expression or "",
            path=stage.path,
            position=stage.index - stages_of_recipe[0].index,
            epochs=[other.spec.train.epochs for other in stages_of_recipe],
            title=stage.title,
            learning_rate=learning_rate,
        )

    def path_of(self, argument: str) -> str:
        """Return the path of an argument.

        Args:
            argument: its name.
        """
        return f"{self.path}.{self.name}.{argument}"

    def set_epochs(self, epochs: int) -> str:
        """Return the remedy with which only this stage has another number of epochs.

        Args:
            epochs: the number.

        Example:
            >>> place = RecipePlace(
            ...     name="Transfer", path="train.stages.0", position=1, epochs=[1, 2], title="", learning_rate=0.1
            ... )
            >>> place.set_epochs(4)
            "--set 'train.stages.0.Transfer.epochs=[1, 4]'"
        """
        numbers = [*self.epochs]
        numbers[self.position] = epochs
        types = self._types("epochs")
        if len(numbers) == 1 and "int" in types:
            return f"--set {self.path_of('epochs')}={epochs}"
        if len(numbers) > 1 and "list" in types:
            return f"--set '{self.path_of('epochs')}={numbers}'"
        return f"{self._instead}, with {epochs} epochs in {self.title}"

    def set_learning_rate(self, stated: float, rate: float) -> str:
        """Return the remedy with which the optimizer that the recipe has computed has another learning rate.

        Args:
            stated: the learning rate that the optimizer has then.
            rate: the highest learning rate that the stage has then.

        Example:
            >>> place = RecipePlace(
            ...     name="FineTune", path="train.stages.1", position=0, epochs=[2], title="", learning_rate=0.1
            ... )
            >>> place.set_learning_rate(1e-3, 1e-3)
            '--set train.stages.1.FineTune.learning_rate_factor=0.01'
        """
        factor = stated / self.learning_rate if self.learning_rate else None
        if factor is not None and factor <= 1 and "float" in self._types("learning_rate_factor"):
            return f"--set {self.path_of('learning_rate_factor')}={short_number(factor)}"
        return f"{self._instead}, with a highest learning rate of {rate:.2g} in {self.title}"

    @property
    def _instead(self) -> str:
        return f"write the stages that `kpipe show` prints instead of {self.path}"

    def _types(self, argument: str) -> frozenset[str]:
        """Return the types of an argument of the recipe; none if the recipe does not have it."""
        known = vocabulary().find("recipe", self.name)
        found: ArgumentInfo | None = known.arguments.get(argument) if known is not None else None
        return frozenset() if found is None else found.types
