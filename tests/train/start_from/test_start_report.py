"""What a training has started from, as text and as data."""

from golden import expect_messages

from kpipe.train.start_from.start_report import StartReport

REPORT = StartReport(
    file="a.keras",
    sha256="0" * 64,
    loaded={"body_conv2d": "conv2d", "stem": "stem"},
    not_loaded={"head": "excluded by `except`", "tail": "excluded by `except`", "new": "not in the saved model"},
    unused=["old", "older"],
)


def test_the_lines_group_layers_by_reason():
    expect_messages(REPORT.lines())


def test_everything_loaded_is_one_line():
    report = StartReport(file="a.keras", sha256="", loaded={"a": "a"}, not_loaded={}, unused=[])
    assert [*report.lines()] == ["start_from: loaded 1 of 1 layer with weights from a.keras"]


def test_plain_data():
    assert REPORT.to_dict()["loaded"] == {"body_conv2d": "conv2d", "stem": "stem"}
    assert [*REPORT.to_dict()] == ["file", "sha256", "loaded", "not_loaded", "unused", "data_differences"]
