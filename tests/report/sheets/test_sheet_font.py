import pytest

from kpipe.report.sheets.sheet_font import SheetFont

FONT = SheetFont(13)


@pytest.mark.parametrize(
    "text", ["short", "a_rather_long_name_that_is_cut_in_its_middle_7", "W" * 500, "äöü ßλж" * 9, ""]
)
@pytest.mark.parametrize("width", [40, 100, 300])
def test_a_fitted_text_has_at_most_the_width(text, width):
    found = FONT.fitted(text, width)
    assert FONT.width(found) <= width
    assert (found == text) == (FONT.width(text) <= width)
    # One more character would not fit.
    if found != text:
        head, tail = found.split("…")
        assert text.startswith(head) and text.endswith(tail)
        assert FONT.width(text[: len(head) + 1] + "…" + tail) > width


def test_the_end_of_a_path_is_kept():
    found = FONT.fitted("/a/very/long/path/of/an/image.jpg", 100, keep="end")
    assert found.startswith("…") and found.endswith("/image.jpg")
    assert FONT.width(found) <= 100


def test_lines_break_at_spaces_and_the_last_one_is_shortened():
    words = [f"word{place}" for place in range(30)]
    lines = FONT.lines(" ".join(words), 150, 3)
    assert len(lines) == 3
    assert all(FONT.width(line) <= 150 for line in lines)
    assert " ".join(lines[:2]).split() == words[: len(" ".join(lines[:2]).split())]
    assert "…" in lines[2] and lines[2].endswith("word29")
    assert FONT.lines("", 100, 3) == []
    assert FONT.lines("mean\u00a01 to\u00a02", FONT.width("mean 1 to"), 2) == ["mean\u00a01", "to\u00a02"]


def test_characters_that_cannot_be_drawn_are_escapes():
    assert FONT.printable("λ ж é €") == "λ ж é €"
    assert FONT.printable("a\nb\u202e\x1b") == "a\\nb\\u202e\\x1b"
    # A character of a private plane, which no font has.
    assert FONT.printable("\U0010fff0") == "\\U0010fff0"
    assert FONT.width("\U0010fff0") == FONT.width("\\U0010fff0")
