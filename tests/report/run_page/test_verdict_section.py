import json

from run_folders import write_run

from kpipe.report.run_page.run_record import RunRecord
from kpipe.report.run_page.verdict_section import remedy_command, verdict_section
from tests.report.pages.page_reader import PageReader

VERDICT = {
    "code": "E205",
    "severity": "error",
    "path": "train.optimizer",
    "place": "spec.yaml:9:3",
    "message": "the model learned <slowly>",
    "evidence": {"measured": {"update_ratio": 1e-5}, "threshold": {"update_ratio": 1e-4}},
    "remedy": "--set 'train.optimizer={Adam: {learning_rate: 0.01}}', or train longer",
}


def section_of(folder):
    return PageReader(verdict_section(RunRecord.read(folder)))


def test_a_verdict_has_its_evidence_and_a_command(tmp_path):
    page = section_of(write_run(tmp_path / "run", verdicts=[VERDICT]))
    assert len(page.of("article", "error")) == 1 and "slowly" not in dict(page.elements)
    for text in (
        "the model learned <slowly>",
        "train.optimizer (spec.yaml:9:3)",
        "measured: update_ratio 1.000e-05; limits: update_ratio 1.000e-04",
        "kpipe run spec.yaml --set 'train.optimizer={Adam: {learning_rate: 0.01}}'\n",
        "Also: train longer.",
    ):
        assert text in page.text


def test_runs_without_verdicts(tmp_path):
    assert "Healthy, nothing found." in section_of(write_run(tmp_path / "good", verdicts=[])).text
    assert "has not been diagnosed" in section_of(write_run(tmp_path / "old")).text


def test_the_reason_of_a_failure_is_first(tmp_path):
    page = section_of(
        write_run(tmp_path / "run", status="exploded", error="the loss became infinite", verdicts=[VERDICT])
    )
    assert page.text.index("the loss became infinite") < page.text.index("slowly")


def test_verdicts_of_the_check_before_the_run(tmp_path):
    folder = write_run(tmp_path / "run", verdicts=[])
    probes = {"first_loss": {"status": "warned", "verdicts": [VERDICT]}, "signal": {"status": "skipped"}}
    (folder / "check.json").write_text(json.dumps({"probes": probes}))
    assert "Found by the check before the run" in section_of(folder).text


def test_several_overrides_are_one_command():
    command, rest = remedy_command("--set a.b=1 --set c=2; more data")
    assert (command, rest) == ("kpipe run spec.yaml --set a.b=1 --set c=2", "more data")
