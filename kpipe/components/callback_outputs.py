"""The files and folders that the callbacks of a spec write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.output_path import OutputPath
from kpipe.components.registry.registry import vocabulary
from kpipe.components.value_text import shown
from kpipe.errors import Problem
from kpipe.run_files import RunFile
from kpipe.spec.node import Node, split_component
from kpipe.spec.paths import is_override
from kpipe.spec.problem_at import problem_at

_OWN = [OutputPath(name) for name in RunFile]
_PLAIN = re.compile(r"/[A-Za-z0-9_./-]*$")


@dataclass(frozen=True, kw_only=True)
class CallbackOutput:
    """A file or folder that a callback writes.

    Args:
        callback: the name in the spec.
        argument: the argument that names it.
        node: its value; the callback itself where the argument has its default.
        text: the path.
        is_template: whether Keras fills in fields such as `{epoch}`.
    """

    callback: str
    argument: str
    node: Node
    text: str
    is_template: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is an absolute path of an override, which may lead out of the run folder."""
        return is_override(self.node) and Path(self.text).is_absolute()

    @property
    def override(self) -> str:
        """The override with this path, as on the command line."""
        # As YAML reads it: a string with other characters is quoted.
        value = self.text if _PLAIN.match(self.text) else json.dumps(self.text, ensure_ascii=False)
        return f"{self.node.path}={value}"


def callback_output(node: Node) -> CallbackOutput | None:
    """The output of a callback, or None.

    Args:
        node: the callback, its expressions evaluated. Custom callbacks are known only where their annotations mark
            the argument.
    """
    for name, argument, value in _arguments(node):
        if argument.file not in ("output", "template"):
            continue
        text = value.value if value is not None else argument.default
        if isinstance(text, str):
            return CallbackOutput(
                callback=name,
                argument=argument.name,
                node=value or node,
                text=text,
                is_template=argument.file == "template",
            )
    return None


def output_problems(node: Node) -> list[Problem]:
    """Problems with the files that callbacks write.

    Args:
        node: `train.callbacks`, its expressions evaluated.

    Returns:
        Paths that may lead out of the run folder, files of the run itself, and files that two callbacks write.
        Absolute paths of overrides are allowed.
    """
    items = node.items if node.is_list else [node]
    problems: list[Problem] = []
    earlier: list[tuple[CallbackOutput, OutputPath]] = []
    for item in items:
        problems += _companion_problems(item)
        output = callback_output(item)
        if output is None:
            continue
        path = OutputPath(output.text.lstrip("/") if output.is_elsewhere else output.text, output.is_template)
        fault = path.fault()
        if fault is not None:
            remedy = f"; an absolute one may be given on the command line: --set {output.node.path}=PATH"
            problems.append(_outside(output.node, output.text, fault, remedy))
            continue
        problems += _own_file(output, path)
        problems += _shared_file(
            output, path, [entry for entry in earlier if entry[0].is_elsewhere == output.is_elsewhere]
        )
        earlier.append((output, path))
    return problems


def _arguments(node: Node) -> Iterator[tuple[str, ArgumentInfo, Node | None]]:
    name, arguments = split_component(node) or ("", None)
    known = vocabulary().find("callback", name)
    for key, argument in known.arguments.items() if known is not None else ():
        yield name, argument, arguments.get(key) if arguments is not None else None


def _own_file(output: CallbackOutput, path: OutputPath) -> Iterator[Problem]:
    if output.is_elsewhere:
        return
    taken = next((own.text for own in _OWN if path.meets(own)), None)
    taken = "hidden files" if taken is None and path.first.startswith(".") else taken
    if taken is not None:
        remedy = f"give {output.callback} another {output.argument}"
        yield problem_at(output.node, f"{shown(output.text)} may be one of the run's own files ({taken}); {remedy}")


def _shared_file(
    output: CallbackOutput, path: OutputPath, earlier: list[tuple[CallbackOutput, OutputPath]]
) -> Iterator[Problem]:
    for other, its_path in earlier:
        if path.meets(its_path):
            theirs = f"{shown(other.text)} of {other.callback} at line {other.node.mark.line}"
            what = "may be one file, or one in the folder of the other"
            remedy = f"give one of them another {output.argument}"
            yield problem_at(output.node, f"{shown(output.text)} and {theirs} {what}; {remedy}")


def _companion_problems(node: Node) -> Iterator[Problem]:
    for _, argument, value in _arguments(node):
        for part in value.walk() if value is not None and argument.file == "companion" else ():
            fault = OutputPath(str(part.value)).fault() if part.is_text else None
            if fault is not None:
                yield _outside(part, str(part.value), fault)


def _outside(node: Node, text: str, fault: str, remedy: str = "") -> Problem:
    expected = f"expected a relative path{remedy}"
    return problem_at(node, f"{shown(text)} is not a path inside the run folder: {fault}; {expected}")
