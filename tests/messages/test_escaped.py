import sys
import unicodedata

import pytest

from kpipe.messages.escaped import escaped

#: Format characters that scripts show: Arabic, Syriac, Kaithi and hieroglyphs.
SHOWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD, *range(0x13430, 0x13440)}


def test_every_control_format_and_separator_character_is_spelled_out():
    """By Unicode's own categories."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        unsafe = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and number not in SHOWN
        if unsafe:
            assert escaped(character) == ascii(character)[1:-1], hex(number)
        elif unicodedata.category(character) not in ("Cn", "Co"):
            assert escaped(character) == character, hex(number)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u200bb\u2028", "a\\u200bb\\u2028"),
        ("caf\u00e9 \u65e5\u672c \U0001f600", "caf\u00e9 \u65e5\u672c \U0001f600"),
        ("\udcff", "\\udcff"),
    ],
)
def test_names(name, shown):
    assert escaped(name) == shown


def test_the_layout_of_a_message_stays():
    assert escaped("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\x1b"
