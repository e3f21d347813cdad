"""The limit of the cost of evaluating one spec."""

from __future__ import annotations

from typing import Any

from kpipe.errors import Mark, Problem, SpecError

#: Most evaluated nodes of expressions and created elements (entries of lists and mappings, characters of strings).
MAX_WORK = 2_000_000
#: Most levels of nested lists and mappings.
MAX_DEPTH = 100


class BudgetError(ValueError):
    """The evaluation of a spec costs more than allowed; the caller adds the place."""

    def __init__(self) -> None:
        super().__init__(
            f"the expressions, loops and blocks of the spec are too expensive; expected at most {MAX_WORK:,} evaluated "
            "nodes and created elements in a spec; use smaller lists and strings, or fewer repeats"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its `args`, here the message, which this class does not accept.
        return type(self), ()


class Budget:
    """The budget of one spec, which is charged before each evaluation.

    All scopes of a spec share one budget. Building the model begins with a copy of the budget after reading the
    spec, so that all commands that evaluate the model have the same result.

    Args:
        work: the cost so far, in evaluated nodes and created elements, default 0.

    Example:
        >>> budget = Budget()
        >>> budget.spend(3)
        >>> budget.work
        3
    """

    def __init__(self, work: int = 0) -> None:
        self.work = work
        self._refusal: Problem | None = None

    def spend(self, amount: int) -> None:
        """Charge the budget for an operation before it is executed.

        Raises:
            BudgetError: the budget is exceeded; all later calls fail, too.
        """
        self.work += amount
        if self.work > MAX_WORK:
            raise BudgetError

    @property
    def left(self) -> int:
        """The budget that is left, at least 0."""
        return max(0, MAX_WORK - self.work)

    def copy(self) -> Budget:
        """Return an independent budget with the same cost so far."""
        other = Budget(self.work)
        other._refusal = self._refusal
        return other

    def refusal(self, mark: Mark | None, path: str) -> SpecError:
        """Return the error at the place where the budget was exceeded first."""
        if self._refusal is None:
            self._refusal = Problem(mark, path, str(BudgetError()))
        return SpecError([self._refusal])


def size_of(value: object, budget: Budget) -> int:
    """Charge a budget for the elements (entries and characters) of a plain value at all levels; return their number.

    Args:
        value: a plain value; a list that appears several times counts each time.
        budget: the budget to charge.

    Raises:
        BudgetError: the value has more elements than the budget has left.
        RecursionError: the value is nested deeper than `MAX_DEPTH` levels.

    Example:
        >>> row = [0] * 3
        >>> size_of([row, row, "ab"], Budget())
        11
    """
    before = budget.work
    _count(value, budget, 0)
    return budget.work - before


def _count(value: object, budget: Budget, depth: int) -> None:
    if isinstance(value, str):
        budget.spend(len(value))
    elif isinstance(value, list | tuple | dict):
        if depth > MAX_DEPTH:
            raise RecursionError(f"nested too deeply; expected at most {MAX_DEPTH} levels")
        budget.spend(len(value))
        for entry in value.values() if isinstance(value, dict) else value:
            if isinstance(entry, _SIZED):
                _count(entry, budget, depth + 1)


_SIZED = (str, list, tuple, dict)
