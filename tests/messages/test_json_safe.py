import io
import json

import pytest

from kpipe.messages.escaped import escaped
from kpipe.messages.json_safe import json_safe

VALUE = {"\u202ea\x1b[31m\n\x7f\x9b": ["\udcff", "caf\u00e9 \u65e5", "\U000e0041\U0001f600", 'quote " and \\ slash']}


@pytest.mark.parametrize("indent", [None, 2])
def test_the_value_stays_and_nothing_is_left_that_a_terminal_does_not_show(indent):
    text = json_safe(json.dumps(VALUE, ensure_ascii=False, indent=indent))
    assert json.loads(text) == VALUE
    assert escaped(text, keep="\n") == text
    assert "\u65e5" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_stream_that_cannot_encode_it_receives_ascii(encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    text = json_safe(json.dumps(VALUE, ensure_ascii=False), stream)
    stream.write(text)
    assert json.loads(text) == VALUE
