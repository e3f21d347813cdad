from run_folders import write_run, write_staged_run

from kpipe.report.run_page.curve_section import curve_section
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader


def test_each_plot_is_drawn(tmp_path):
    page = PageReader(curve_section(RunRecord.read(write_run(tmp_path / "run"))))
    assert [plot["aria-label"] for plot in page.of("svg", "plot")] == [
        "loss",
        "gap of loss",
        "accuracy",
        "learning rate",
    ]


def test_a_run_without_curves(tmp_path):
    folder = write_run(tmp_path / "run", losses=(), status="failed")
    assert "no curves" in PageReader(curve_section(RunRecord.read(folder))).text


def test_the_ends_of_stages_are_explained(tmp_path):
    text = curve_section(RunRecord.read(write_staged_run(tmp_path / "run")))
    assert "A vertical line is the end of a stage." in text
    assert text.count('class="end"') == text.count("<figure")
    assert "end of a stage" not in curve_section(RunRecord.read(write_run(tmp_path / "plain")))
