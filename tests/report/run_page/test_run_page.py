import re

from run_folders import write_run

from kpipe.report.run_page.run_page import run_page
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader


def test_parts_without_files_are_omitted(tmp_path):
    page = PageReader(run_page(RunRecord.read(write_run(tmp_path / "run"))))
    titles = re.findall(
        "^(Diagnosis|Result|Curves|Layers|Classes|Spec|Data|Environment|Reproduce)$", page.text, re.MULTILINE
    )
    assert titles == ["Diagnosis", "Result", "Curves", "Spec", "Environment", "Reproduce"]


def test_names_from_data_are_text_and_nothing_is_loaded(tmp_path):
    hostile = "<img src=x onerror=alert(1)></script>"
    metrics = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    folder = write_run(
        tmp_path / "run",
        error=hostile,
        classes={hostile: {hostile: metrics}},
        confusion={hostile: [[1]]},
        verdicts=[{"code": hostile, "message": hostile, "remedy": f"--set a={hostile}", "path": hostile}],
    )
    (folder / "history.csv").write_text((folder / "history.csv").read_text().replace("val_accuracy", hostile))
    (folder / "spec.yaml").write_text(f"name: {hostile}")
    page = PageReader(run_page(RunRecord.read(folder)))
    assert page.inside == [] and page.of("img") == [] and len(page.of("script")) == 1
    attributes = [pair for _, found in page.elements for pair in found.items()]
    assert not any(name.startswith("on") for name, _ in attributes)
    assert not any(re.match(r"\w+://", value or "") for _, value in attributes)
    assert page.text.count(hostile) >= 6
