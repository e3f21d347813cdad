"""What the evaluation of one spec may cost in all."""

from __future__ import annotations

from kpipe.errors import Mark, Problem, SpecError

#: Evaluated nodes of expressions and created elements: entries of lists and mappings, characters of strings.
MAX_WORK = 2_000_000
#: Levels of lists and mappings in one another.
MAX_DEPTH = 100


class BudgetError(ValueError):
    """Evaluating a spec costs more than a spec may; it has no place yet."""

    def __init__(self) -> None:
        super().__init__(
            f"the expressions, loops and blocks of the spec are too much to evaluate; expected at most {MAX_WORK:,} "
            "evaluated nodes and created elements in a whole spec; use smaller lists and strings, or fewer repeats"
        )


class Budget:
    """The budget of one spec; every evaluation pays before it does its work.

    One object is carried by the scopes of a spec, never shared by two specs. Building the model begins with a copy
    of what reading the spec has left, so that each command that evaluates the model comes to the same result.

    Args:
        work: what has been spent, in evaluated nodes and created elements, default 0.

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
        """Pays for work that follows.

        Raises:
            BudgetError: the budget does not suffice; from then on nothing can be evaluated with it.
        """
        self.work += amount
        if self.work > MAX_WORK:
            raise BudgetError

    @property
    def left(self) -> int:
        """What is left to spend, at least 0."""
        return max(0, MAX_WORK - self.work)

    def copy(self) -> Budget:
        """A budget of its own with as much left."""
        other = Budget(self.work)
        other._refusal = self._refusal
        return other

    def refusal(self, mark: Mark | None, path: str) -> SpecError:
        """The error at the place that the budget did not suffice for; the first place, whoever asks next."""
        if self._refusal is None:
            self._refusal = Problem(mark, path, str(BudgetError()))
        return SpecError([self._refusal])


def size_of(value: object, budget: Budget) -> int:
    """Elements of a plain value: entries and characters at every level, counted as often as they appear; paid for.

    Args:
        value: a plain value; lists in it may be shared.
        budget: pays for the elements, and ends the count.

    Raises:
        BudgetError: the value has more elements than the budget has left.
        RecursionError: it is nested deeper than `MAX_DEPTH` levels.

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
            raise RecursionError(f"nested deeper than {MAX_DEPTH} levels")
        budget.spend(len(value))
        for entry in value.values() if isinstance(value, dict) else value:
            if isinstance(entry, _SIZED):
                _count(entry, budget, depth + 1)


_SIZED = (str, list, tuple, dict)
