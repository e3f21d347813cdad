"""Validation of several specs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Literal

from kpipe.checks.checked_spec import checked
from kpipe.checks.sweep_check import sweep_problems
from kpipe.components.registry.registry import using
from kpipe.errors import DataError, KpipeError, Problem, SpecError
from kpipe.messages.counted import counted
from kpipe.messages.source_line import with_source_line
from kpipe.spec.reader import spec_file
from kpipe.spec.spec_source import shown_source


def verdict(
    specs: Sequence[str],
    overrides: Sequence[str],
    form: Literal["text", "json"],
    say: Callable[[str], None],
    *,
    build: bool = False,
    data: bool = True,
    run: bool = True,
) -> tuple[str, bool]:
    """Check specs and report all problems of each of them.

    Args:
        specs: files, `kpipe:NAME`, or `-` for standard input.
        overrides: `PATH=VALUE` strings, applied to each spec.
        form: `text`, or `json` for a list of problems as returned by `Problem.to_dict`.
        say: receives a message about code that is run and, with `build`, the messages of a run.
        build: whether to also open the data, build the model and prepare the training, which requires Keras.
        data: whether missing files and folders of the data are problems.
        run: whether to run imported code.

    Returns:
        The text to print, and whether all specs are valid.
    """
    found = {spec: _problems(spec, overrides, say, build, data, run) for spec in dict.fromkeys(specs)}
    everything = [problem for problems in found.values() for problem in problems]
    if form == "json":
        return json.dumps([problem.to_dict() for problem in everything], indent=2, ensure_ascii=False), not everything
    lines = [with_source_line(problem) for problem in everything]
    wrong = [problems for problems in found.values() if problems]
    if len(found) == 1:
        lines.append(counted(len(everything), "problem") if everything else f"{shown_source(specs[0])}: OK")
    else:
        lines.append(f"{counted(len(found), 'file')}: {len(found) - len(wrong)} valid, {len(wrong)} invalid")
        lines[-1] += f" with {counted(len(everything), 'problem')}" if wrong else ""
    return "\n".join(lines), not everything


def _problems(
    spec: str, overrides: Sequence[str], say: Callable[[str], None], build: bool, data: bool, run: bool
) -> Sequence[Problem]:
    try:
        read = checked(spec, overrides, run=run, say=say, data=data)
        if not run and read.code.entries:
            say(f"{shown_source(spec)}: its imports were not run, so the arguments of their classes were not checked")
        if run or not read.code.entries:
            with using(read.code.in_use):
                if problems := sweep_problems(read):
                    return problems
        if build:
            from kpipe.train.check import check_training

            check_training(read, lambda line: say(f"{shown_source(spec)}: {line}"))
    except SpecError as error:
        return error.problems
    except DataError as error:
        return error.problems or [Problem(None, "", f"{_name(spec)}: {error}")]
    except KpipeError as error:
        return [Problem(None, "", f"{_name(spec)}: {error}")]
    return []


def _name(spec: str) -> str:
    return shown_source(spec_file(spec))
