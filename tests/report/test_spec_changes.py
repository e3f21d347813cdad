from kpipe.checks.checked_spec import checked
from kpipe.report.spec_changes import spec_changes


def test_changes_have_the_paths_of_the_second_spec_and_the_number_of_their_uses():
    before = {
        "name": "a",
        "data": {"source": "Iris"},
        "model": [{"Repeat": {"times": 2, "of": [{"Dense": {"units": 4}}]}}],
    }
    now = {**before, "seed": 3, "model": ["Flatten", {"Repeat": {"times": 2, "of": [{"Dense": {"units": 8}}]}}]}
    found = spec_changes(checked(before), checked(now))
    assert {str(change): times for change, times in found.items()} == {
        "seed: 0 -> 3": 1,
        "model.0: absent -> Flatten": 1,
        "model.1.Repeat.of.0.Dense.units: 4 -> 8": 2,
    }
