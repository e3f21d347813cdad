import json

from run_folders import write_run

from kpipe.report.run_page.origin_sections import origin_sections
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader


def text_of(folder):
    return "\n".join(PageReader(part).text for part in origin_sections(RunRecord.read(folder)))


def test_commands_that_repeat_the_run(tmp_path):
    folder = write_run(tmp_path / "run")
    start = {
        "date": "2026-01-02T03:04:05Z",
        "command": "kpipe run toy.yaml --set a=<b>",
        "commit": "0123abc",
        "cores": 2,
        "devices": ["CPU (2 cores)"],
        "versions": {"kpipe": "0.2.0", "python": "3.11.7", "keras": "3.15.1"},
        "notices": ["2 rows were skipped"],
    }
    (folder / "started.json").write_text(json.dumps({"started": [start]}))
    text = text_of(folder)
    for found in (
        "pip install kpipe-keras==0.2.0 keras==3.15.1\n",
        "kpipe run spec.yaml\n",
        "kpipe run toy.yaml --set a=<b>\n",
        "at commit 0123abc",
        "2 rows were skipped",
        "The seed is 7.",
        "2026-01-02 03:04:05",
        "optimizer:",
    ):
        assert found in text


def test_the_summary_of_the_data(tmp_path):
    folder = write_run(tmp_path / "run")
    columns = [{"name": f"column{index}", "kind": "numeric"} for index in range(14)]
    data = {
        "inputs": {
            "photo": {"kind": "image", "shape": [None, None, 3], "dtype": "uint8", "range": [0, 255], "columns": []},
            "table": {"kind": "table", "shape": [14], "dtype": "float64", "range": None, "columns": columns},
        },
        "targets": {
            "y": {"task": "classification", "classes": ["no", "yes"], "shape": []},
            "price": {"task": "regression", "classes": None, "shape": []},
        },
        "parts": {"train": 1200, "test": 30},
        "preparation": {"photo": {"stages": [{"class": "Rescale"}, {"class": "Center"}]}},
    }
    (folder / "data.json").write_text(json.dumps(data))
    text = text_of(folder)
    for found in ("1,200", "any x any x 3", "0 to 255", "Rescale, Center", "(14 columns)", "no, yes", "one number"):
        assert found in text


def test_a_run_without_starts_can_be_repeated_from_its_spec(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "started.json").unlink()
    assert "kpipe run spec.yaml" in text_of(folder) and "pip install" not in text_of(folder)
