from run_folders import write_run

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
