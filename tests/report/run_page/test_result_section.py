from run_folders import write_run, write_staged_run

from kpipe.report.run_page.result_section import result_section
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader


def test_metrics_of_all_parts(tmp_path):
    averaged = {"metrics": {"loss": 0.2}}
    folder = write_run(tmp_path / "run", test_averaged=averaged, chosen_by="lowest val_loss", parameters_frozen=1200)
    page = PageReader(result_section(RunRecord.read(folder)))
    for text in ("epoch 2 (lowest val_loss)", "3.0 s", "43 and 1,200 that are not trained", "test, averaged"):
        assert text in page.text
    # loss: validation 2 * 0.25, test half of it; accuracy: 1 - 0.25, half of it, and unknown.
    values = [cell.get("data-value") for cell in page.of("td")]
    assert values == ["0.5", "0.25", "0.2", "0.75", "0.375", None]


def test_why_the_optimizer_has_ended_the_training(tmp_path):
    folder = write_run(tmp_path / "run", stop_reason="converged: gradient norm 1e-06 below 1e-05 after 2 iterations")
    text = PageReader(result_section(RunRecord.read(folder))).text
    assert "stop reason" in text and "converged: gradient norm 1e-06 below 1e-05" in text


def test_what_was_initialized(tmp_path):
    layers = {"dense": {"variance": 1.0, "trials": 1}}
    entries = [
        {"name": "LSUV", "initialized": {**layers, "out": {}}, "skipped": {"lstm": "recurrent"}},
        {"name": "BiasFromLabels", "initialized": {"out": {}}, "skipped": {}},
    ]
    text = PageReader(result_section(RunRecord.read(write_run(tmp_path / "run", initialize=entries)))).text
    assert "initialized" in text and "LSUV (2 layers, 1 skipped), BiasFromLabels (1 layer)" in text


def test_a_run_that_has_not_ended(tmp_path):
    text = PageReader(result_section(RunRecord.read(write_run(tmp_path / "run", status=None)))).text
    assert "unfinished" in text and "none" in text


def test_the_stages_of_a_run(tmp_path):
    folder = write_staged_run(tmp_path / "run")
    page = PageReader(result_section(RunRecord.read(folder)))
    for text in ("stage", "steps", "24", "completed"):
        assert text in page.text
    assert "steps" not in PageReader(result_section(RunRecord.read(write_run(tmp_path / "plain")))).text
