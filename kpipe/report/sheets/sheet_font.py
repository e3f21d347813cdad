"""A font for text in pictures."""

from __future__ import annotations

from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

from kpipe.messages.escaped import escaped

_DOTS = "…"


class SheetFont:
    r"""DejaVu Sans, with fonts of the system for characters that it does not have.

    Control characters, and characters that no font has, are drawn as escapes such as `\n` and `\u72d7`.

    Args:
        size: the height of a line without its spacing, in pixels.
        bold: whether the font is bold, default false.

    Example:
        >>> font = SheetFont(13)
        >>> font.fitted("a_very_long_name_7", font.width("a_very…name_7"))
        'a_very…name_7'
    """

    def __init__(self, size: int, bold: bool = False) -> None:
        self.size = size
        self._name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"

    @cached_property
    def _own(self) -> str:
        import matplotlib

        # Matplotlib's module of fonts would first collect all fonts of the system.
        return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / self._name)

    def printable(self, text: str) -> str:
        """Return a text with escapes for characters that cannot be drawn."""
        return "".join(
            character if self._file_of(character) else _escape(character) for character in escaped(str(text))
        )

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        return sum(float(font.getlength(part)) for font, part in self._runs(text))

    def draw(self, canvas: Any, left: float, baseline: float, text: str, color: str) -> None:
        """Draw one line of text.

        Args:
            canvas: a `PIL.ImageDraw.ImageDraw`.
            left: the left end of the text.
            baseline: the height of the line on which letters stand.
            text: the text.
            color: the color, such as `#202020`.
        """
        for font, part in self._runs(text):
            canvas.text((left, baseline), part, font=font, fill=color, anchor="ls")
            left += font.getlength(part)

    def fitted(self, text: str, width: float, keep: Literal["both", "end"] = "both") -> str:
        """Shorten a text to a width by removing its middle, because names differ at their ends.

        Args:
            text: the text.
            width: the largest width in pixels.
            keep: `end` removes the beginning instead, as of paths; default `both`.
        """
        text = self.printable(text)
        if self.width(text) <= width:
            return text
        low, high = 0, len(text) - 1
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.width(_without(text, middle, keep)) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return _without(text, low, keep)

    def lines(self, text: str, width: float, most: int) -> list[str]:
        """Break a text at its spaces, except no-break ones, into at most `most` lines of a width; shorten the last."""
        found: list[str] = []
        words = [word for word in self.printable(text).split(" ") if word]
        while words and len(found) < most:
            count = len(words) if len(found) == most - 1 else 1
            while count < len(words) and self.width(" ".join(words[: count + 1])) <= width:
                count += 1
            found.append(self.fitted(" ".join(words[:count]), width))
            words = words[count:]
        return found

    def _runs(self, text: str) -> list[tuple[Any, str]]:
        """Return the parts of a text, each with a font that has its characters."""
        text = self.printable(text)
        parts = groupby(text, key=lambda character: self._file_of(character) or self._own)
        return [(_loaded(file, self.size), "".join(part)) for file, part in parts]

    def _file_of(self, character: str) -> str | None:
        return self._own if ord(character) in _characters(self._own) else _other_font(character)


def _without(text: str, kept: int, keep: Literal["both", "end"]) -> str:
    tail = kept // 2 if keep == "both" else kept
    return text[: kept - tail] + _DOTS + text[len(text) - tail :]


def _escape(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode()


@lru_cache(maxsize=64)
def _loaded(file: str, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(file, size)


@lru_cache(maxsize=64)
def _characters(file: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(file).get_charmap())


@lru_cache(maxsize=4096)
def _other_font(character: str) -> str | None:
    """Return the file of a font of the system that has a character; None if there is none."""
    from matplotlib.font_manager import fontManager

    # The font of last resort has the same sign for all characters of a script.
    files = {entry.fname for entry in fontManager.ttflist if "lastresort" not in entry.fname.lower()}
    for file in sorted(files):
        try:
            if ord(character) in _characters(file):
                _loaded(file, 13)
                return str(file)
        except (OSError, RuntimeError):
            # Fonts that were removed meanwhile, and those of pictures in fixed sizes.
            continue
    return None
