"""The initializations of a spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kpipe.components import build
from kpipe.components.application import has_weights
from kpipe.errors import ArgumentError
from kpipe.spec.error_places import located
from kpipe.spec.node import Node, split_component
from kpipe.train.compile import build_optimizer
from kpipe.train.initialize.initialization import Initialization
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.objective.objective import Objective
from kpipe.train.setup.setup import Setup


class Initializations:
    """The initializations of a spec, in their order.

    Args:
        setup: the data and the model, which is compiled.
        objective: the losses of the training.
        weights: the weights of all samples by target name; None if all are equal.

    Raises:
        SpecError: an argument is wrong, there is nothing to initialize, or the order is wrong.
    """

    def __init__(self, setup: Setup, objective: Objective, weights: dict[str, Any] | None) -> None:
        node = setup.spec.train.initialize
        self._setup = setup
        self._context = InitializationContext(
            model=setup.built.model,
            labels=setup.built.labels,
            objective=objective,
            prepared=setup.prepared,
            weights=weights,
            seed=setup.spec.seed,
            loaded=_loaded(setup),
        )
        self._items: list[tuple[Initialization, Node]] = []
        for item in node.items if node is not None else ():
            with located(item):
                found: Initialization = build(item, "initialization")
                self._check_order(found, item)
                found.check(self._context)
            self._items.append((found, item))

    def _check_order(self, initialization: Initialization, item: Node) -> None:
        for before, other in self._items:
            name, first = ((split_component(entry) or ("",))[0] for entry in (item, other))
            if type(before) is type(initialization):
                raise ArgumentError("", f"duplicate {name}; remove one")
            if before.is_last:
                raise ArgumentError("", f"{name} would change what {first} has set; write {first} last")

    def __len__(self) -> int:
        return len(self._items)

    def apply(self, say: Callable[[str], None]) -> list[dict[str, Any]]:
        """Set the weights of the model, and return what was set as plain data, an entry for each initialization.

        Args:
            say: receives messages about what was set and what was skipped.

        Raises:
            SpecError: there is nothing to initialize.
        """
        entries = []
        for initialization, item in self._items:
            name = (split_component(item) or ("",))[0]
            with located(item), self._setup.devices.evaluation_scope():
                report = initialization.apply(self._context)
            for line in report.lines(name):
                say(line)
            entries.append(report.to_dict(name))
        if entries:
            self._renew_optimizer()
        return entries

    def _renew_optimizer(self) -> None:
        """Build the state of the optimizer again, which consists of copies of the weights in ScheduleFreeAdamW."""
        optimizer = self._context.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        with self._setup.devices.scope():
            new = build_optimizer(self._setup.spec.train)
            new.build(self._context.model.trainable_variables)
            for variable, value in zip(optimizer.variables, new.variables, strict=True):
                variable.assign(value)


def _loaded(setup: Setup) -> frozenset[str]:
    """Return the paths of the layers and models whose weights were loaded."""
    started = () if setup.started_from is None else setup.started_from.loaded
    return frozenset((*started, *(layer.name for layer, item in setup.built.layers if has_weights(item))))
