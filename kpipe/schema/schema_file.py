"""Writing the JSON Schema to a file."""

from __future__ import annotations

from pathlib import Path

from kpipe.atomic import write_text
from kpipe.components.registry.registry import Vocabulary
from kpipe.errors import DataError
from kpipe.schema.json_schema import schema_text


def write_schema(path: Path, vocabulary: Vocabulary) -> None:
    """Write the JSON Schema of the language to a file, which is replaced if it exists.

    Args:
        path: the file, in an existing folder.
        vocabulary: the available classes.

    Raises:
        DataError: the file cannot be written.
    """
    if not path.absolute().parent.is_dir():
        raise DataError(f"{path} cannot be written: the folder {path.absolute().parent} does not exist; create it")
    try:
        write_text(path, schema_text(vocabulary))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
