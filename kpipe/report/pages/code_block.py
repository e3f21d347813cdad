"""Commands and files on a page."""

from __future__ import annotations

from kpipe.report.pages.element import element
from kpipe.report.pages.markup import Markup


def code_block(text: str, is_command: bool = True) -> Markup:
    """Return text in a monospaced font.

    A click selects a whole command, and the script of the page adds a button that copies the text.

    Args:
        text: a command, or the contents of a file.
        is_command: whether it is a command; True by default.

    Example:
        >>> code_block("kpipe run spec.yaml")
        '<div class="copied"><pre class="command"><code>kpipe run spec.yaml</code></pre></div>'
    """
    block = element("pre", element("code", text), class_="command" if is_command else "file")
    return element("div", block, class_="copied")
