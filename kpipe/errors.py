"""The exceptions of kpipe, and the places in a spec that they point to.

```
Exception
└── KpipeError                          a message for the user; str(error) is the whole message   exit code
    ├── SpecError (ValueError)          the spec or the call is wrong; `.problems` lists all      2
    ├── ArgumentError (ValueError)      one argument of a component is wrong; becomes a SpecError
    │                                   at the place of that argument                             2
    ├── DataError (ValueError)          the data cannot be used: missing, unreadable, too many
    │                                   bad samples; or a run folder cannot be used; a
    │                                   TrainingError after the first step                        2
    └── TrainingError (RuntimeError)    the training failed, or a result cannot be written        1
```

Errors of single stages never leave kpipe: `ExpressionError` and `BudgetError` of kpipe/spec (both ValueError) become a
`SpecError`, and `ImageProblemError` of kpipe/data counts as a bad sample. `ExplosionError` (ValueError) of
kpipe_callbacks, which imports nothing of kpipe, becomes a `TrainingError` in a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

#: Maximum length of a message, which may contain a value of megabytes.
LONGEST = 4_000


class KpipeError(Exception):
    """Base of all errors that are messages for the user; caught by the command line, never shown as a traceback.

    Example:
        >>> issubclass(SpecError, KpipeError)
        True
    """

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of characters in a file or in an argument of the command line, counted from 1.

    Args:
        file: path of the file, or the text of a command-line argument such as `--set train.epochs=3`.
        line: line of the first character, from 1.
        column: column of the first character, from 1.
        end_line: line of the last character, from 1.
        end_column: column after the last character, from 1.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Link(NamedTuple):
    """Another place that explains a problem.

    Args:
        mark: the place.
        note: description of the place, such as `inner = 250`.
        where: the use that leads to it, such as `model.3, stage = 1`; may be empty.
    """

    mark: Mark
    note: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.note} at {self.mark}" + (f" ({self.where})" if self.where else "")


@dataclass(frozen=True, slots=True)
class Problem:
    """An error with its place.

    Args:
        mark: its place; None if there is none, as for a missing option.
        path: dotted path in the spec, such as `train.optimizer.SGD.momentum`; may be empty.
        message: what is wrong, what is allowed, and how to fix it.
        suggestion: the most similar allowed word, or None.
        related: other places that explain the problem.
        more_uses: number of other uses of a block or rounds of a loop with the same problem.
    """

    mark: Mark | None
    path: str
    message: str
    suggestion: str | None = None
    related: tuple[Link, ...] = ()
    more_uses: int = 0

    @property
    def head(self) -> str:
        """The place, the path, the message and the suggestion."""
        # A key may contain a line break, but a problem must begin with a single line.
        path = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in self.path)
        head = ": ".join(part for part in (str(self.mark) if self.mark else "", path) if part)
        message = self.message if len(self.message) <= LONGEST else f"{self.message[:LONGEST]}..."
        text = f"{head}: {message}" if head else message
        if self.suggestion:
            text += f"; did you mean {self.suggestion}?"
        return text if self.related else text + self._uses

    @property
    def notes(self) -> list[str]:
        """A line for each related place."""
        lines = [f"    {link}" for link in self.related]
        return [*lines[:-1], lines[-1] + self._uses] if lines else []

    @property
    def _uses(self) -> str:
        return f"; {self.more_uses:,} more use{'s' if self.more_uses > 1 else ''}" if self.more_uses else ""

    def __str__(self) -> str:
        return "\n".join([self.head, *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return the problem as plain data, as `--format json` prints it."""
        mark = self.mark or Mark("", 0, 0, 0, 0)
        return {
            "file": mark.file,
            "line": mark.line,
            "column": mark.column,
            "end_line": mark.end_line,
            "end_column": mark.end_column,
            "path": self.path,
            "message": self.message,
            "suggestion": self.suggestion,
            "related": [
                {
                    "file": link.mark.file,
                    "line": link.mark.line,
                    "column": link.mark.column,
                    "end_line": link.mark.end_line,
                    "end_column": link.mark.end_column,
                    "message": f"{link.note} ({link.where})" if link.where else link.note,
                }
                for link in self.related
            ],
            "more_uses": self.more_uses,
        }


class SpecError(KpipeError, ValueError):
    """A spec is not valid; contains all problems in the order of their places.

    Args:
        problems: at least one `Problem`.

    Example:
        >>> try:
        ...     raise SpecError([Problem(Mark("a.yaml", 3, 5, 3, 9), "train.epochs", "0 is below 1")])
        ... except SpecError as error:
        ...     print(error)
        a.yaml:3:5: train.epochs: 0 is below 1
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = dict.fromkeys(problems)
        self.problems: tuple[Problem, ...] = tuple(sorted(unique, key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its `args`, here the message alone.
        return type(self), (self.problems,), self.__dict__


class ArgumentError(KpipeError, ValueError):
    """One argument of a component has an invalid value; raised by the component, which does not know the spec.

    Building a component from a spec turns it into a `SpecError` at the place of the argument.

    Args:
        argument: name of the argument in the signature.
        message: what is wrong, what is allowed, and how to fix it.
        suggestion: the most similar allowed word, or None.
    """

    def __init__(self, argument: str, message: str, suggestion: str | None = None) -> None:
        self.argument = argument
        self.message = message
        self.suggestion = suggestion
        super().__init__(f"{argument}: {message}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.argument, self.message, self.suggestion), self.__dict__


class DataError(KpipeError, ValueError):
    """The data, or a run folder, cannot be used: missing, unreadable, inconsistent shapes, too many bad samples.

    Args:
        message: what is wrong; by default the message of the problem.
        problem: the same message with its place in the spec, or None.
        others: further problems of the same data; by default, the message contains all problems.

    Example:
        >>> place = Mark("a.yaml", 3, 5, 3, 9)
        >>> error = DataError("", Problem(place, "data.source", "first"), [Problem(place, "data.source", "second")])
        >>> len(error.problems), str(error).splitlines()[1]
        (2, 'a.yaml:3:5: data.source: second')
    """

    def __init__(self, message: str = "", problem: Problem | None = None, others: Iterable[Problem] = ()) -> None:
        self.problem = problem
        self.problems: tuple[Problem, ...] = () if problem is None else (problem, *others)
        super().__init__(message or "\n".join(map(str, self.problems)))


class TrainingError(KpipeError, RuntimeError):
    """The training failed: it exploded, or a result cannot be written."""

    exit_code = 1


def _place(problem: Problem) -> tuple[str, int, int, str]:
    mark = problem.mark
    return (mark.file, mark.line, mark.column, problem.path) if mark else ("", 0, 0, problem.path)
