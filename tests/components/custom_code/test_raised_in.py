"""Lines of custom code in tracebacks."""

import json
from pathlib import Path

from kpipe.components.custom_code.raised_in import raised_in


def fails():
    json.loads("{")


def test_the_last_line_of_the_module_is_found():
    try:
        fails()
    except ValueError as error:
        line = next(number for number, text in enumerate(Path(__file__).read_text().splitlines(), 1) if '"{"' in text)
        assert raised_in(error, __name__) == f"test_raised_in.py:{line}"
        assert raised_in(error, "json.decoder").startswith("decoder.py:")
        assert raised_in(error, "another") is None
