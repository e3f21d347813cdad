"""The inputs that a sheet shows as pictures."""

from __future__ import annotations

from collections.abc import Mapping

from kpipe.data.dataset import Input
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped
from kpipe.report.sheets.is_picture import is_picture


def picture_inputs(inputs: Mapping[str, Input], option: str) -> list[str]:
    """Return the names of the inputs that can be shown as pictures.

    Args:
        inputs: the inputs of a dataset or model, keyed by name.
        option: the argument or the method that asks for the sheet, as its caller writes it.

    Raises:
        DataError: there are none.

    Example:
        >>> picture_inputs({"photo": Input("photo", "image", (None, None, 3), "uint8")}, "--images sheet.png")
        ['photo']
    """
    found = [name for name, entry in inputs.items() if entry.kind != "table" and is_picture(entry.shape)]
    if not found:
        got = ", ".join(f"{escaped(name)} ({entry.kind} {_shape(entry.shape)})" for name, entry in inputs.items())
        raise DataError(
            f"{option}: no input can be shown as a picture; expected an input of height and width, or height, width "
            f"and channels, got {got}"
        )
    return found


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if size is None else str(size) for size in shape)})"
