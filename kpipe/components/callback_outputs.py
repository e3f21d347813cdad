"""The files and folders that callbacks of a spec write."""

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
from kpipe.spec.merging.override_text import caller_mark, override_text
from kpipe.spec.node import Node, split_component
from kpipe.spec.paths import is_override
from kpipe.spec.problem_at import problem_at

_RUN_FILES = [OutputPath(name) for name in RunFile]
_UNQUOTED = re.compile(r"/[A-Za-z0-9_./-]*$")


@dataclass(frozen=True, kw_only=True)
class CallbackOutput:
    """A file or folder that a callback writes.

    Args:
        callback: the name of the callback in the spec.
        argument: the argument with the path.
        node: the value of the argument, or the callback if the argument has its default.
        text: the path.
        is_template: whether Keras replaces fields such as `{epoch}`.
    """

    callback: str
    argument: str
    node: Node
    text: str
    is_template: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether this is an absolute path from an override, which can be outside of the run folder."""
        return is_override(self.node) and Path(self.text).is_absolute()

    @property
    def override(self) -> str:
        """The override that sets this path, in the form `PATH=VALUE`."""
        # YAML requires quotes around some other characters.
        value = self.text if _UNQUOTED.match(self.text) else json.dumps(self.text, ensure_ascii=False)
        return f"{self.node.path}={value}"


def callback_output(node: Node) -> CallbackOutput | None:
    """Return the output of a callback, or None.

    Args:
        node: the callback with evaluated expressions. The output of a custom callback is known only if its annotations
            mark the argument.
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
    """Return the problems of the files that callbacks write.

    Args:
        node: `train.callbacks` with evaluated expressions.

    Returns:
        Problems of paths that can be outside of the run folder, files that the run itself writes, and files that two
        callbacks write. Absolute paths from overrides are allowed.
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
            example = override_text(output.node.path, Node("PATH", output.node.mark), caller_mark())
            remedy = f"; an absolute path is allowed in an override: {example}"
            problems.append(_outside(output.node, output.text, fault, remedy))
            continue
        problems += _run_file_problems(output, path)
        problems += _shared_file_problems(
            output, path, [entry for entry in earlier if entry[0].is_elsewhere == output.is_elsewhere]
        )
        earlier.append((output, path))
    return problems


def _arguments(node: Node) -> Iterator[tuple[str, ArgumentInfo, Node | None]]:
    name, arguments = split_component(node) or ("", None)
    info = vocabulary().find("callback", name)
    for key, argument in info.arguments.items() if info is not None else ():
        yield name, argument, arguments.get(key) if arguments is not None else None


def _run_file_problems(output: CallbackOutput, path: OutputPath) -> Iterator[Problem]:
    if output.is_elsewhere:
        return
    reserved = next((file.text for file in _RUN_FILES if path.meets(file)), None)
    reserved = "hidden files" if reserved is None and path.first.startswith(".") else reserved
    if reserved is not None:
        remedy = f"choose another {output.argument} for {output.callback}"
        yield problem_at(output.node, f"{shown(output.text)} conflicts with a file of the run ({reserved}); {remedy}")


def _shared_file_problems(
    output: CallbackOutput, path: OutputPath, earlier: list[tuple[CallbackOutput, OutputPath]]
) -> Iterator[Problem]:
    for other, other_path in earlier:
        if path.meets(other_path):
            conflict = f"{shown(other.text)} of {other.callback} at line {other.node.mark.line}"
            remedy = f"choose another {output.argument} for one of them"
            yield problem_at(output.node, f"{shown(output.text)} conflicts with {conflict}; {remedy}")


def _companion_problems(node: Node) -> Iterator[Problem]:
    for _, argument, value in _arguments(node):
        for part in value.walk() if value is not None and argument.file == "companion" else ():
            fault = OutputPath(str(part.value)).fault() if part.is_text else None
            if fault is not None:
                yield _outside(part, str(part.value), fault)


def _outside(node: Node, text: str, fault: str, remedy: str = "") -> Problem:
    expected = f"expected a relative path{remedy}"
    return problem_at(node, f"{shown(text)} is not a path inside the run folder: {fault}; {expected}")
