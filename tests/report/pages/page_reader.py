"""Reads HTML pages in tests."""

from html.parser import HTMLParser


class PageReader(HTMLParser):
    """The elements of a page with their attributes, and its text without the style and the script."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text, self.inside = [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "br", "input", "link", "img"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        assert self.inside.pop() == tag

    def handle_data(self, data):
        if self.inside and self.inside[-1] not in ("style", "script"):
            self.text += data + "\n"

    def of(self, tag, kind=""):
        return [
            attributes for name, attributes in self.elements if name == tag and kind in (attributes.get("class") or "")
        ]
