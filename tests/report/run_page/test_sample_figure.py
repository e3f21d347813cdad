from pathlib import Path

from kpipe.report.run_page.sample_figure import sample_figure, sample_files
from tests.report.pages.page_reader import PageReader

ROW = {"sample": "<a>.png", "label": "<cat>", "predicted": "dog"}


def test_missing_numbers_are_omitted():
    assert PageReader(sample_figure(ROW, [])).text.split("\n") == ["<cat> → dog", "<a>.png", ""]
    numbers = {"probability": "0.125", "predicted_probability": "", "loss": "2.5"}
    assert PageReader(sample_figure({**ROW, **numbers}, [])).text.split("\n")[1:3] == ["0.12", "loss 2.5"]


def test_pictures_of_a_sample_are_inputs_then_label_and_prediction(tmp_path):
    kinds = ["predicted-0.png", "label-0.png", "input-1.jpg", "input-0.png"]
    for name in (
        *(f"sample-1-{kind}" for kind in kinds),
        "sample-17-input-0.png",
        "sample-1-other-0.png",
        "sample-1-input-2.gif",
    ):
        (tmp_path / name).touch()
    assert [path.name for path in sample_files(tmp_path, "sample-1")] == [
        f"sample-1-{kind}" for kind in reversed(kinds)
    ]
    assert sample_files(Path("missing"), "sample-1") == []
