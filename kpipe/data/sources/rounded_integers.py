"""The report of columns of integers that float64 numbers cannot represent, such as long identifiers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kpipe.data.sources.table_file import TableFile
from kpipe.messages.listed_columns import listed_columns, yaml_names


def report_rounded_integers(
    file: TableFile, columns: Sequence[str], targets: Sequence[str], say: Callable[[str], None]
) -> set[str]:
    r"""Report numeric columns with integers that lose digits, since float64 is exact only up to 2^53 in magnitude.

    Args:
        file: the file.
        columns: the numeric input columns to inspect.
        targets: the numeric target columns to inspect.
        say: receives a line about the columns, and one about the targets.

    Returns:
        The names of the reported columns.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> path = Path(tempfile.mkdtemp()) / "a.csv"
        >>> _ = path.write_text(f"uid,y\n{2**60 + 1},0\n")
        >>> report_rounded_integers(TableFile(path), ["uid", "y"], [], lambda line: print(line[:75]))
        column 'uid' (such as 1152921504606846977): integers above 2^53 lose digits
        {'uid'}
    """
    reported = set()
    for noun, names in (("column", columns), ("target", targets)):
        found = {name: example for name in names if (example := file.rounded_integer(name)) is not None}
        if not found:
            continue
        reported |= {*found}
        listed = listed_columns([f"{name!r} (such as {example})" for name, example in found.items()])
        them, they = ("it", "it contains") if len(found) == 1 else ("them", "they contain")
        excluded = f", or write `exclude: {yaml_names(list(found))}`" if noun == "column" else ""
        say(
            f"{noun}{'' if len(found) == 1 else 's'} {listed}: integers above 2^53 lose digits as float64 numbers; "
            f"list {them} under `categorical` if {they} identifiers{excluded}"
        )
    return reported
