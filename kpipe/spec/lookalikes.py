"""Characters that look like the punctuation of YAML, as word processors and input methods insert them."""

from __future__ import annotations

import re

#: Each character with its name and the character to write instead.
_LOOKALIKES = {
    "\u00a0": ("no-break space", "a space"),
    "\u202f": ("narrow no-break space", "a space"),
    "\u2007": ("figure space", "a space"),
    "\u3000": ("ideographic space", "a space"),
    "\u200b": ("zero-width space", "nothing"),
    "\uff1a": ("full-width colon", "`: `"),
    "\uff0c": ("full-width comma", "`, `"),
    "\uff08": ("full-width parenthesis", "`(`"),
    "\uff09": ("full-width parenthesis", "`)`"),
    "\uff1d": ("full-width equals sign", "`=`"),
    "\uff0d": ("full-width hyphen", "`-`"),
    "\u2212": ("minus sign", "`-`"),
    "\u2013": ("en dash", "`-`"),
    "\u2014": ("em dash", "`-`"),
    "\u2018": ("typographic quote", '`"`'),
    "\u2019": ("typographic quote", '`"`'),
    "\u201c": ("typographic quote", '`"`'),
    "\u201d": ("typographic quote", '`"`'),
}
_ANY = re.compile(f"[{''.join(_LOOKALIKES)}]")


def lookalike(text: str) -> tuple[int, str] | None:
    r"""Return the index of the first character that looks like punctuation, and its message; None if none does.

    Args:
        text: a line, a key or a value of a file that could not be used.

    Example:
        >>> lookalike("epochs\uff1a 3")
        (6, 'the text contains a full-width colon (U+FF1A); write `: `')
        >>> lookalike("epochs: 3")
    """
    match = _ANY.search(text)
    if match is None:
        return None
    name, remedy = _LOOKALIKES[match[0]]
    article = "an" if name[0] in "aei" else "a"
    write = "remove it" if remedy == "nothing" else f"write {remedy}"
    return match.start(), f"the text contains {article} {name} (U+{ord(match[0]):04X}); {write}"


def lookalike_fault(text: str) -> str | None:
    """Return the message about the first character that looks like punctuation; None if none does."""
    found = lookalike(text)
    return found[1] if found else None
