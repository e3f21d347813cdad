"""Columns in `=codes.COLUMN`, against the header of the table."""

import pytest
from golden import expect_messages

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError

SPEC = """
name: codes
data:
  source: {{Table: {{path: flats.csv, target: price, exclude: [note]}}}}
  prepare: [Encode]
blocks:
  codes:
    layers: [Embedding: {{input_dim: "={first}", output_dim: 2}}, Embedding: {{input_dim: "={second}", output_dim: 2}}]
model: [codes, Flatten, Dense: {{units: 1}}]
"""


def problems(folder, first, second="1 + codes.town", header="town,price,note\nRome,3,x", data=True):
    (folder / "flats.csv").write_text(header, encoding="latin-1")
    (folder / "spec.yaml").write_text(SPEC.format(first=first, second=second), encoding="utf-8")
    try:
        checked(folder / "spec.yaml", data=data)
    except SpecError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_columns_that_are_not_in_the_header_are_problems_at_their_place(tmp_path):
    expect_messages(problems(tmp_path, "codes.tonw", "2 * codes['note'] + codes['no']"), 3)
    assert problems(tmp_path, "codes['town']") == []


@pytest.mark.parametrize("header", ["a;b\n1;2", "", "\xff"])
def test_a_header_that_cannot_be_read_is_left_to_the_source(tmp_path, header):
    assert problems(tmp_path, "codes.tonw", header=header) == []


def test_without_the_data_nothing_is_known(tmp_path):
    assert problems(tmp_path, "codes.tonw", data=False) == []


def test_only_columns_with_codes_are_listed(tmp_path):
    header = "town,price,note,rooms,floors\nRome,3,x,2,NA\nUlm,3,x,3,1\n"
    expect_messages(problems(tmp_path, "codes.twon", header=header), 1)
    assert problems(tmp_path, "codes.rooms", header=header) == []
