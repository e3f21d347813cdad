import io

import pytest

from kpipe.messages.encodable import encodable

NAME = "caf\u00e9 \u65e5 \U0001f600"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", NAME),
        ("cp1252", "caf\u00e9 \\u65e5 \\U0001f600"),
        ("ascii", "caf\\xe9 \\u65e5 \\U0001f600"),
        ("cp437", "caf\u00e9 \\u65e5 \\U0001f600"),
    ],
)
def test_what_an_encoding_lacks_is_spelled_out(encoding, shown):
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    assert encodable(NAME, stream) == shown
    stream.write(shown)


def test_a_stream_without_an_encoding_takes_everything():
    assert encodable(NAME, io.StringIO()) == NAME
    assert encodable(NAME, None) == NAME
