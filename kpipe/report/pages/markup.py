"""Text that is HTML already."""

from __future__ import annotations

import html
from collections.abc import Iterable

from kpipe.messages.escaped import escaped


class Markup(str):
    """HTML, whose special characters are not escaped again.

    Everything else that enters a page is escaped, so that a name from the data can neither contain elements nor change
    how the text around it is displayed.

    Example:
        >>> Markup.join_all(["<b>", Markup("<br>")])
        '&lt;b&gt;<br>'
    """

    __slots__ = ()

    @classmethod
    def of(cls, content: str) -> Markup:
        """Return a string as HTML; one that is `Markup` is returned as it is."""
        return content if isinstance(content, Markup) else cls(html.escape(escaped(content, keep="\n\t")))

    @classmethod
    def join_all(cls, parts: Iterable[str]) -> Markup:
        """Return several strings as HTML, one after the other."""
        return cls("".join(map(cls.of, parts)))
