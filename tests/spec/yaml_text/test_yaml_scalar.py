import math

import pytest

from kpipe.spec.yaml_text.yaml_scalar import scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("-3", -3),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-.inf", -math.inf),
        # Strings, regardless of YAML 1.1.
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("017", "017"),
        ("1_000", "1_000"),
        ("3:32", "3:32"),
        ("2026-01-01", "2026-01-01"),
        ("1e", "1e"),
        ("tRUE", "tRUE"),
    ],
)
def test_scalar_follows_the_core_schema(text, value):
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float():
    assert math.isnan(scalar(".nan"))
