"""Ready-made lists in resolved specs."""

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.data.augment.resolved_lists import resolved_lists
from kpipe.train.resume.spec_meaning import section_differences

SPEC = """
name: crops
vars: {size: 8}
data:
  source: Digits
  augment: AUGMENT
model: [Flatten, Dense: {units: =classes}]
"""
CROPS = "[CifarCrops: {height: =size, width: 8, padding: 1}, Blur]"
WRITTEN = [{"Pad": {"padding": 1}}, {"RandomCrop": {"height": 8, "width": 8}}, "HorizontalFlip", "Blur"]


@pytest.fixture
def spec(tmp_path):
    def read(augment):
        file = tmp_path / "spec.yaml"
        file.write_text(SPEC.replace("AUGMENT", augment))
        return checked(file)

    return read


@pytest.mark.parametrize(
    ("augment", "expected"),
    [
        (CROPS, {"data.augment": WRITTEN}),
        (f"{{image: {CROPS}}}", {"data.augment": {"image": WRITTEN}}),
    ],
)
def test_a_ready_made_list_is_written_out_and_means_the_same(tmp_path, spec, augment, expected):
    before = spec(augment)
    assert resolved_lists(before) == expected
    file = tmp_path / "again.yaml"
    file.write_text(before.dump(resolved_lists(before)))
    again = checked(file)
    assert resolved_lists(again) == {}
    assert section_differences(again, before) == []


def test_another_list_is_a_difference(spec, tmp_path):
    before = spec(CROPS)
    changed = spec(CROPS.replace("padding: 1", "padding: 2"))
    assert [change.path for change in section_differences(before, changed)] == ["data.augment.0.Pad.padding"]


def test_nothing_is_replaced_without_a_ready_made_list(tmp_path):
    file = tmp_path / "spec.yaml"
    file.write_text(SPEC.replace("AUGMENT", "[Blur]").replace("vars: {size: 8}\n", ""))
    assert resolved_lists(checked(file)) == {}
