import pytest

from kpipe.checks.checked_spec import checked
from kpipe.components.registry.registry import using
from kpipe.train.setup.filled_inputs import filled_inputs


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        ([], ()),
        (["Standardize"], ()),
        ([{"Impute": {"strategy": "mean"}}, "Standardize"], None),
        ({"image": ["Rescale"]}, []),
        ({"image": ["Impute"]}, ["image"]),
    ],
)
def test_the_list_of_the_only_input_applies_to_every_name(prepare, expected):
    spec = checked("kpipe:digits", {"data.prepare": prepare})
    with using(spec.code.in_use):
        assert filled_inputs(spec.data) == expected
