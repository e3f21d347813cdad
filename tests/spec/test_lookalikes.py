import pytest

from kpipe.spec.lookalikes import lookalike, lookalike_fault


@pytest.mark.parametrize(
    ("text", "index", "words"),
    [
        ("epochs\uff1a3", 6, "a full-width colon (U+FF1A); write `: `"),
        ("\u00a0epochs: 3", 0, "a no-break space (U+00A0); write a space"),
        ("\u3000a", 0, "an ideographic space (U+3000); write a space"),
        ("a\u200b", 1, "a zero-width space (U+200B); remove it"),
        ("\u22121", 0, "a minus sign (U+2212); write `-`"),
        ("\u201ca\u201d", 0, 'a typographic quote (U+201C); write `"`'),
    ],
)
def test_the_first_character_is_named(text, index, words):
    assert lookalike(text) == (index, f"the text contains {words}")
    assert lookalike_fault(text).isascii()


def test_other_text_contains_none():
    assert lookalike("epochs: 3 # \u8bad\u7ec3 caf\u00e9") is None
