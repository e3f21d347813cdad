"""The JSON Schema as a file."""

from __future__ import annotations

from pathlib import Path

from kpipe.atomic import write_text
from kpipe.components.registry.registry import Vocabulary
from kpipe.errors import DataError
from kpipe.schema.json_schema import schema_text


def write_schema(path: Path, vocabulary: Vocabulary) -> None:
    """Replace a file by the JSON Schema of the language.

    Args:
        path: the file; its folder exists.
        vocabulary: the available classes.

    Raises:
        DataError: the file cannot be written.
    """
    if not path.absolute().parent.is_dir():
        raise DataError(f"{path} cannot be written: there is no folder {path.absolute().parent}")
    try:
        write_text(path, schema_text(vocabulary))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
