"""Overrides whose values are those of environment variables, for `--set-env`."""

from __future__ import annotations

import os
from typing import Self

from kpipe.errors import Mark, Problem, SpecError
from kpipe.nearest import nearest
from kpipe.spec.node import Node
from kpipe.spec.python_value import from_python
from kpipe.spec.yaml_text.yaml_scalar import number_fault, scalar


class EnvironmentOverride(str):
    """An override `PATH=NAME`, where NAME is an environment variable.

    Its value is a number, a boolean, null or a string, never an expression, a list or a mapping.

    Example:
        >>> _ = os.environ.setdefault("KPIPE_EXAMPLE", "0.5")
        >>> path, value, mark = EnvironmentOverride("vars.rate=KPIPE_EXAMPLE").read()
        >>> path, value.plain(), mark.file
        ('vars.rate', 0.5, '--set-env vars.rate=KPIPE_EXAMPLE')
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the override of the text after the option."""
        return cls(text)

    def read(self) -> tuple[str, Node, Mark]:
        """Return the path, the value and the place of the path.

        Raises:
            SpecError: the environment variable is not set, or its value is not valid in a spec.
        """
        path, equals, name = self.partition("=")
        mark = Mark(f"--set-env {self}", 1, 1, 1, len(path) + 1)
        place = Mark(mark.file, 1, len(path) + 2, 1, len(self) + 1)
        if not equals or not name:
            raise SpecError([Problem(mark, path, f"missing name; expected PATH=NAME of a variable, got {self!a}")])
        text = os.environ.get(name)
        if text is None:
            message = f"the environment variable {name} is not set; set it, or write the value with --set {path}=VALUE"
            raise SpecError([Problem(place, path, message, nearest(name, list(os.environ)))])
        value = scalar(text)
        if fault := number_fault(text, value):
            raise SpecError([Problem(place, path, fault)])
        # `==` begins a string that begins with `=`, which is not an expression.
        return path, from_python(f"={text}" if text.startswith("=") else value, place, path), mark
