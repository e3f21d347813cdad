import pytest
import yaml

from kpipe.judge.short_number import short_number


@pytest.mark.parametrize("number", [1e-30, 3e-5, 0.1, 1, 99, 100, 12345])
def test_readers_of_yaml_read_a_number(number):
    assert float(yaml.safe_load(short_number(number))) == pytest.approx(number, rel=0.05)
