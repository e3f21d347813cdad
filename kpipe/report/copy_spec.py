"""Copying of shipped specs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from kpipe.atomic import save, write_text
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import DataError, Problem, SpecError
from kpipe.messages.counted import counted
from kpipe.schema.json_schema import schema_text
from kpipe.spec.node import Node
from kpipe.spec.reader import SHIPPED, spec_file
from kpipe.spec.yaml_text.yaml_reader import read_file

#: The name of the schema in the first line of every shipped spec, for editors.
SCHEMA = "kpipe.schema.json"


def copy_spec(spec: str, target: Path | None, say: Callable[[str], None]) -> Path:
    """Copy a shipped spec with the specs that it extends, its data, and the schema for editors.

    Args:
        spec: name of the spec, such as `kpipe:digits`.
        target: the new file, or an existing folder for it; by default the name of the spec in the current folder.
        say: receives a message about each other file that was written.

    Returns:
        The new file.

    Raises:
        SpecError: there is no such spec, or the file exists already.
        DataError: a file cannot be written.
    """
    if not spec.startswith(SHIPPED):
        message = f"not a shipped spec; expected {SHIPPED}NAME, got {spec!r}; `kpipe list specs` lists all names"
        raise SpecError([Problem(None, "", message)])
    source = spec_file(spec)
    if target is not None and str(target).endswith(os.sep) and not target.is_dir():
        raise SpecError([Problem(None, "", f"the folder {target} does not exist")])
    target = target or Path(source.name)
    target = target / source.name if target.is_dir() else target
    if target.exists():
        raise SpecError([Problem(None, "", f"{target} exists already; expected a new file; choose another name")])
    if not target.absolute().parent.is_dir():
        raise SpecError([Problem(None, "", f"the folder {target.absolute().parent} does not exist")])
    try:
        for name in _referenced_files(source):
            _copy(source.parent / name, target.parent / name, say)
            _copy_folder(source.parent / name, target.parent / name, say)
        schema = target.parent / SCHEMA
        if not schema.exists():
            write_text(schema, schema_text(vocabulary()))
            say(f"wrote {schema}, with which editors with a YAML language server complete and check the spec")
        # A shipped spec in a subfolder refers to the schema in a parent folder; the copy has it in the same folder.
        write_text(target, re.sub(r"(\$schema=)(\.\./)+", r"\1", source.read_text(encoding="utf-8"), count=1))
    except OSError as error:
        raise DataError(f"{target} cannot be written: {error.strerror or error}") from error
    return target


def _referenced_files(source: Path) -> list[str]:
    """The relative paths of all files that a shipped spec refers to, directly or by other specs."""
    found: list[str] = []
    for part in _texts(read_file(source)):
        file = source.parent / part
        if file.is_file() and not Path(part).is_absolute():
            found.append(part)
            inner = _referenced_files(file) if file.suffix == ".yaml" else []
            found += [str(Path(part).parent / name) for name in inner]
    return list(dict.fromkeys(found))


def _texts(tree: Node) -> list[str]:
    texts = [str(part.value) for part in tree.walk() if part.is_text]
    return [text for text in texts if "/" in text or text.endswith(".yaml")]


def _copy(source: Path, target: Path, say: Callable[[str], None]) -> None:
    content = source.read_bytes()
    if target.exists():
        if target.read_bytes() != content:
            raise SpecError([Problem(None, "", f"{target} exists already with other content; copy to another folder")])
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    save(target, lambda temporary: temporary.write_bytes(content))
    say(f"wrote {target}")


def _copy_folder(table: Path, target: Path, say: Callable[[str], None]) -> None:
    """Copy the files to which a table refers; they are in a folder with its name."""
    folder = table.with_suffix("")
    files = sorted(folder.iterdir()) if table.suffix == ".csv" and folder.is_dir() else []
    for file in files:
        _copy(file, target.with_suffix("") / file.name, lambda _: None)
    if files:
        say(f"wrote {counted(len(files), 'file')} in {target.with_suffix('')}")
