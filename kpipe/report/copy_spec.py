"""A shipped spec becomes a file of the user."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from kpipe.atomic import save, write_text
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import DataError, Problem, SpecError
from kpipe.schema.json_schema import schema_text
from kpipe.spec.node import Node
from kpipe.spec.reader import SHIPPED, spec_file
from kpipe.spec.yaml_reader import read_file

#: The name by which the first line of every shipped spec leads an editor to the schema.
SCHEMA = "kpipe.schema.json"


def copy_spec(spec: str, target: Path | None, say: Callable[[str], None]) -> Path:
    """Copy a shipped spec, what it extends, the data that come with it, and the schema for editors.

    Args:
        spec: such as `kpipe:digits`.
        target: the new file, or an existing folder for it; by default the spec's own name in the current folder.
        say: receives a line about what else was written.

    Returns:
        The new file.

    Raises:
        SpecError: no such spec is shipped, or the file exists already.
        DataError: a file cannot be written.
    """
    if not spec.startswith(SHIPPED):
        message = f"{spec!r} is not a shipped spec; expected {SHIPPED}NAME; `kpipe list specs` lists them"
        raise SpecError([Problem(None, "", message)])
    source = spec_file(spec)
    if target is not None and str(target).endswith(os.sep) and not target.is_dir():
        raise SpecError([Problem(None, "", f"the folder {target} does not exist")])
    target = target or Path(source.name)
    target = target / source.name if target.is_dir() else target
    if target.exists():
        raise SpecError([Problem(None, "", f"{target} exists and is not overwritten; choose another file")])
    if not target.absolute().parent.is_dir():
        raise SpecError([Problem(None, "", f"the folder {target.absolute().parent} does not exist")])
    try:
        for name in _beside(source):
            _copy(source.parent / name, target.parent / name, say)
        schema = target.parent / SCHEMA
        if not schema.exists():
            write_text(schema, schema_text(vocabulary()))
            say(f"wrote {schema}: editors with a YAML language server complete and check the spec by it")
        # A spec in a folder of the shipped ones leads upwards; here the schema is beside it.
        write_text(target, re.sub(r"(\$schema=)(\.\./)+", r"\1", source.read_text(encoding="utf-8"), count=1))
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _beside(source: Path) -> list[str]:
    """The files that a shipped spec names by relative paths, and those that they name."""
    found: list[str] = []
    for part in _texts(read_file(source)):
        file = source.parent / part
        if file.is_file() and not Path(part).is_absolute():
            found.append(part)
            found += [str(Path(part).parent / name) for name in (_beside(file) if file.suffix == ".yaml" else [])]
    return list(dict.fromkeys(found))


def _texts(tree: Node) -> list[str]:
    texts = [str(part.value) for part in tree.walk() if part.is_text]
    return [text for text in texts if "/" in text or text.endswith(".yaml")]


def _copy(source: Path, target: Path, say: Callable[[str], None]) -> None:
    content = source.read_bytes()
    if target.exists():
        if target.read_bytes() != content:
            raise SpecError([Problem(None, "", f"{target} exists with other content; copy to another folder")])
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    save(target, lambda temporary: temporary.write_bytes(content))
    say(f"wrote {target}")
