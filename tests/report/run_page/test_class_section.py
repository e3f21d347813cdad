from run_folders import write_run

from kpipe.report.run_page.class_section import class_section
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader

METRICS = {"precision": 0.5, "recall": 1.0, "f1": 2 / 3, "support": 4}


def test_matrix_and_metrics_of_each_target(tmp_path):
    folder = write_run(
        tmp_path / "run",
        figures_of="validation",
        classes={"y": {"<a>": METRICS, "b": METRICS}, "z": {"c": METRICS}},
        confusion={"y": [[4, 0], [1, 3]]},
        confused={"z": [{"true": "c", "predicted": "d", "samples": 7}]},
    )
    page = PageReader(next(class_section(RunRecord.read(folder))))
    assert "Of the validation part." in page.text and "<a>" in page.text
    assert len(page.of("table", "confusion")) == 1 and len(page.of("table", "data")) == 3
    assert page.of("td")[2]["title"] == "true b, predicted <a>: 1 of 4"


def test_a_regression_has_no_section(tmp_path):
    assert list(class_section(RunRecord.read(write_run(tmp_path / "run")))) == []
