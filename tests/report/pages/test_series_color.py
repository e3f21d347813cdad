from pathlib import Path

import kpipe.report.pages
from kpipe.report.pages.series_color import MOST_SERIES, ranked_color, series_color


def test_the_style_defines_each_color_for_both_modes():
    style = Path(kpipe.report.pages.__file__).with_name("style.css").read_text()
    for index in range(MOST_SERIES):
        name = series_color(index).removeprefix("var(").removesuffix(")")
        assert style.count(f"{name}:") == 2


def test_the_best_and_the_worst_rank():
    assert "100%" in ranked_color(0, 50)
    assert " 0%" in ranked_color(49, 50)
    assert "100%" in ranked_color(0, 1)
