import re
from html.parser import HTMLParser

import pytest

from kpipe.report.pages.curve import Curve
from kpipe.report.pages.curve_plot import curve_plot
from kpipe.report.pages.data_table import data_table
from kpipe.report.pages.element import element
from kpipe.report.pages.page import page
from kpipe.report.pages.section import section

HOSTILE = "</style></script><img src=x onerror=alert(1)>"


class Reader(HTMLParser):
    """The names of the elements, the attributes, and whether each element is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in ("meta", "br", "input", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def reader():
    plot = curve_plot(HOSTILE, [Curve(HOSTILE, [1, 2], [0.5, 0.25], "red")], HOSTILE)
    table = data_table([HOSTILE, "loss"], [[HOSTILE, 1.0]])
    found = Reader()
    found.feed(page(HOSTILE, section(HOSTILE, plot, table, note=HOSTILE), element("p", HOSTILE), subtitle=HOSTILE))
    found.close()
    return found


def test_names_from_data_add_no_elements(reader):
    assert reader.open == []
    assert "img" not in reader.tags
    assert reader.tags.count("script") == reader.tags.count("style") == 1


def test_nothing_is_loaded_from_elsewhere(reader):
    assert not {name for name, _ in reader.attributes} & {"src", "href", "onerror", "onclick"}
    style_and_script = re.findall(r"(?s)<(?:style|script)>(.*?)</(?:style|script)>", page("a"))
    assert not [text for text in style_and_script if "url(" in text or "@import" in text or "://" in text]


def test_it_follows_the_mode_of_the_system():
    assert "prefers-color-scheme: dark" in page("a")
