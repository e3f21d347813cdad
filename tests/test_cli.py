"""The command: what it prints where, and how it ends."""

import json
import os
import subprocess
import sys

import pytest
import warm_process
from golden import HERE, expect_message, expect_messages, warns
from run_folders import write_run
from typer.testing import CliRunner

import kpipe
from kpipe.cli import app
from kpipe.run_files import RunFile

SMALL = ["--set", "train.epochs=2"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "iris"
    result = CliRunner().invoke(app, ["run", "kpipe:iris", *SMALL, "--output", str(folder)])
    assert result.exit_code == 0, result.output
    return folder, result


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_results_go_to_standard_output_and_progress_to_standard_error(finished):
    folder, result = finished
    assert "epoch 1/2" in result.stderr
    assert "test" in result.stdout
    assert str(folder) in result.stdout
    assert "epoch 1/2" not in result.stdout


def test_quiet_prints_the_result_alone(tmp_path):
    result = invoke("run", "kpipe:iris", *SMALL, "--quiet", "--output", tmp_path / "run")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "test" in result.stdout


def test_an_output_that_contains_a_run_is_never_overwritten(finished):
    folder, _ = finished
    before = (folder / "result.json").read_bytes()
    result = invoke("run", "kpipe:iris", *SMALL, "--output", folder)
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert (folder / "result.json").read_bytes() == before


def test_the_run_writes_the_files_that_callbacks_may_not(finished):
    folder, _ = finished
    assert {entry.name for entry in folder.iterdir()} <= set(RunFile)


def test_the_page_of_a_run_is_written_again(finished):
    folder, _ = finished
    before = (folder / "report.html").read_text()
    (folder / "report.html").unlink()
    done = invoke("report", folder, "--png")
    assert done.exit_code == 0 and f"wrote {folder / 'report.html'}" in done.stderr
    assert (folder / "report.html").read_text() == before
    assert f"pictures into {folder / 'pictures'}" in done.stderr and list(folder.glob("pictures/*.png"))
    assert invoke("report", folder / "pictures").exit_code == 2


def test_an_absolute_path_of_an_override_is_reported_although_quiet_and_evaluated_without_it(tmp_path):
    there, run = tmp_path / "there" / "log.csv", tmp_path / "run"
    callbacks = ["--set", f"train.callbacks=[CSVLogger: {{filename: {there}}}]"]
    result = invoke("run", "kpipe:iris", *SMALL, *callbacks, "--quiet", "--output", run)
    assert result.exit_code == 0, result.output
    expect_message(result.stderr)
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr in (run / "log.txt").read_text()
    assert len(there.read_text().splitlines()) == 3
    assert invoke("evaluate", run, "--quiet").exit_code == 0
    again = invoke("run", run / "spec.yaml", "--quiet", "--output", tmp_path / "again")
    assert again.exit_code == 2
    assert "--set train.callbacks.0.CSVLogger.filename=PATH" in again.stderr


def test_an_absolute_path_of_python_is_a_warning(tmp_path):
    pipeline = kpipe.load(
        "kpipe:iris", {"train.epochs": 1, "train.callbacks": [{"CSVLogger": {"filename": str(tmp_path / "a.csv")}}]}
    )
    with warns(UserWarning):
        pipeline.run(tmp_path / "run")


def test_runs_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in ("1", "2"):
        assert invoke("run", "kpipe:iris", "--set", "train.epochs=1", "--quiet").exit_code == 0
        assert (tmp_path / "runs" / "iris" / number / "result.json").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nowhere.yaml"],
        ["run", "kpipe:iriss"],
        ["run", "kpipe:iris", "--set", "train.epoch=1"],
        ["run", "kpipe:iris", "--set", "train.epochs=0"],
        ["run", "kpipe:iris", "--set", "data.source=Irs"],
        ["evaluate", "nowhere"],
        ["predict", "nowhere", "a.csv"],
    ],
)
def test_errors_end_with_2_and_one_message(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    expect_message(result.stderr)
    assert "Traceback" not in result.output


def test_show_describes_what_would_be_trained():
    result = invoke("show", "kpipe:iris")
    assert result.exit_code == 0, result.output
    assert "learning_rate: 0.01" in result.stdout
    assert "dense_2" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 110


def test_training_samples_are_drawn_beside_the_overview(tmp_path):
    result = invoke("show", "kpipe:digits", "--images", tmp_path / "sheet.png")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("name: digits") and f"wrote {tmp_path}/sheet.png" in result.stderr
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    again = invoke("show", "kpipe:digits", "--images", tmp_path / "sheet.png")
    assert again.exit_code == 2 and "exists already" in again.stderr
    both = invoke("show", "kpipe:digits", "--spec", "--images", tmp_path / "other.png")
    assert both.exit_code == 2 and "--images reads the data; remove --spec or --images" in both.stderr
    assert not (tmp_path / "other.png").exists()


def test_show_prints_the_spec_alone():
    shown = invoke("show", "kpipe:iris", "--spec", *SMALL)
    assert (shown.exit_code, shown.stderr) == (0, "")
    done = CliRunner().invoke(app, ["show", "-", "--spec"], input=shown.stdout)
    assert done.stdout == shown.stdout
    assert "  epochs: 2\n" in shown.stdout


def test_diff_compares_by_meaning_and_exits_with_1(finished):
    done = invoke("diff", "kpipe:iris", finished[0], "--set", "train.callbacks.+=TerminateOnNaN")
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout == "train.epochs: 60 -> 2\ntrain.callbacks.0: absent -> TerminateOnNaN\n2 differences\n"
    same = invoke("diff", finished[0], finished[0])
    assert (same.exit_code, same.stdout) == (0, "no differences\n")
    assert invoke("diff", "kpipe:iris", "absent.yaml").exit_code == 2
    listed = json.loads(invoke("diff", "kpipe:iris", "kpipe:iris", "--set", "seed=9", "--format", "json").stdout)
    assert listed == [{"path": "seed", "before": "7", "now": "9", "times": 1}]


def test_evaluate_prints_the_metrics_of_the_run(finished):
    folder, _ = finished
    result = invoke("evaluate", folder, "--format", "json", "--quiet")
    assert result.exit_code == 0, result.output
    expected = json.loads((folder / "result.json").read_text())["test"]
    found = json.loads(result.stdout)
    assert found["part"] == "test"
    assert found["metrics"] == pytest.approx(expected, abs=1e-6)


def test_predict_names_the_classes(finished, tmp_path):
    from sklearn.datasets import load_iris

    folder, _ = finished
    data = load_iris()
    lines = [",".join(data.feature_names), *(",".join(map(str, row)) for row in data.data[:3])]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    result = invoke("predict", folder, tmp_path / "a.csv", "--format", "json", "--quiet")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)
    assert len(rows) == 3
    assert all(row["prediction"] in ("setosa", "versicolor", "virginica") for row in rows)


def test_the_first_interrupt_saves_and_leaves_with_130(tmp_path):
    import signal

    # A shell's background jobs ignore SIGINT, and a child inherits that.
    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kpipe.cli import main; main()"
    arguments = ["run", "kpipe:iris", "--set", "train.epochs=100000", "--output", "run"]
    command = [sys.executable, "-c", code, *arguments]
    process = warm_process.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    for line in process.stderr:
        if line.startswith("epoch") and " 3/" in line:
            process.send_signal(signal.SIGINT)
            break
    process.communicate()
    assert process.returncode == 130
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "interrupted"
    assert (tmp_path / "run" / "model.keras").exists()


def test_check_prints_a_table_and_writes_json(tmp_path):
    result = invoke("check", "kpipe:iris", "--budget", "0.01", "--output", tmp_path / "check")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("probe ")
    assert "skipped" in result.stdout
    assert "checking: first loss" in result.stderr
    assert f"written: {tmp_path / 'check' / 'check.json'}" in result.stderr
    found = json.loads((tmp_path / "check" / "check.json").read_text())
    assert (found["passed"], found["budget"]) == (True, 0.01)
    assert found["probes"]["tiny_overfit"]["price"]["steps"] > 0


def test_check_prints_json_alone_and_exits_with_1_if_a_probe_fails(tmp_path):
    sick = ["--set", "train.regularize.l2=1e6", "--budget", "0.01"]
    result = invoke("check", "kpipe:iris", *sick, "--format", "json", "--quiet", "--output", tmp_path)
    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == json.loads((tmp_path / "check.json").read_text())
    assert json.loads(result.stdout)["probes"]["regularization"]["status"] == "failed"


def test_check_refuses_the_folder_of_a_run(finished):
    """Its `check.json` would be replaced by that of another check."""
    folder, _ = finished
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    result = invoke("check", "kpipe:iris", "--budget", "0.01", "--quiet", "--output", folder)
    assert result.exit_code == 2, result.output
    assert "this is the folder of a run, whose check.json is that of the run; choose another folder" in result.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("budget", ["0", "-1", "soon", "nan"])
def test_a_budget_is_a_number_of_seconds(budget, tmp_path):
    result = invoke("check", "kpipe:iris", "--budget", budget, "--output", tmp_path)
    assert result.exit_code == 2
    expect_message(result.stderr)
    assert not any(tmp_path.iterdir())


def test_a_check_that_cannot_be_written_is_printed(tmp_path):
    (tmp_path / "file").write_text("")
    result = invoke("check", "kpipe:iris", "--output", tmp_path / "file")
    assert result.exit_code == 2
    assert "checking" not in result.stderr
    (tmp_path / "check.json").mkdir()
    result = invoke("check", "kpipe:iris", "--budget", "0.01", "--output", tmp_path)
    assert result.exit_code == 1
    assert "first loss " in result.stderr
    assert "check.json cannot be written" in result.stderr


def test_an_interrupted_check_leaves_with_130_and_writes_nothing(tmp_path):
    import signal

    code = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from kpipe.cli import main; main()"
    command = [sys.executable, "-c", code, "check", "kpipe:iris", "--output", "check"]
    process = warm_process.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("checking: overfit"):
            process.send_signal(signal.SIGINT)
            break
    output, _ = process.communicate()
    assert (process.returncode, output) == (130, "")
    assert [*(tmp_path / "check").iterdir()] == []


def test_validate_reports_everything_and_exits_with_2(tmp_path):
    (tmp_path / "a.yaml").write_text("name: a\ndata: {source: Digit}\nmodel: [Flaten]\n")
    result = invoke("validate", tmp_path / "a.yaml", "kpipe:iris")
    assert result.exit_code == 2
    expect_messages(result.stdout.splitlines(), 7)
    assert invoke("validate", "kpipe:iris").exit_code == 0
    assert [
        problem["line"] for problem in json.loads(invoke("validate", tmp_path / "a.yaml", "--format", "json").stdout)
    ] == [
        2,
        3,
    ]


def test_validate_builds_only_what_it_may_run():
    result = invoke("validate", "kpipe:iris", "--build", "--no-imports")
    assert result.exit_code == 2
    expect_message(result.output.splitlines()[-1])


def test_a_notice_lists_custom_code_that_runs(tmp_path):
    (tmp_path / "mine.py").write_text("print('running')\n")
    spec = tmp_path / "a.yaml"
    spec.write_text(
        "name: a\nimports: [./mine.py]\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\n"
    )
    result = invoke("validate", spec)
    assert result.exit_code == 0
    expect_message(result.stderr)
    quiet = invoke("validate", spec, "--no-imports")
    assert quiet.exit_code == 0
    expect_message(quiet.stdout)
    expect_message(quiet.stderr)
    assert "running" not in result.stdout


def test_list_schema_and_copy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "Iris" in invoke("list", "sources").stdout
    assert "learning_rate" in invoke("list", "optimizers", "SGD").stdout
    wrong = invoke("list", "optimizers", "SDG")
    assert (wrong.exit_code, wrong.stderr) == (2, "unknown optimizer 'SDG'; did you mean SGD?\n")
    assert json.loads(invoke("schema").stdout)["properties"]["train"]
    assert invoke("schema", "--output", "here.json").exit_code == 0
    assert json.loads((tmp_path / "here.json").read_text()) == json.loads(invoke("schema").stdout)
    assert invoke("copy", "kpipe:digits", "mine.yaml").stdout == "mine.yaml\n"
    assert invoke("validate", "mine.yaml").exit_code == 0
    assert invoke("copy", "kpipe:digits", "mine.yaml").exit_code == 2


def test_a_spec_is_read_from_standard_input():
    spec = "name: piped\ndata: {source: Iris}\nmodel: [Dense: {units: =classes}]\n"
    done = CliRunner().invoke(app, ["validate", "-", "--set", "train.epochs=2"], input=spec)
    assert (done.exit_code, done.stdout) == (0, "<stdin>: OK\n")
    done = CliRunner().invoke(app, ["validate", "-", "--set", "train.epochs=0"], input=spec.replace("Dense", "Dens"))
    assert done.exit_code == 2
    expect_message(done.stdout)


def test_a_value_is_set_from_the_environment(monkeypatch):
    monkeypatch.setenv("KPIPE_EPOCHS", "7")
    shown = invoke("show", "kpipe:iris", "--spec", "--set-env", "train.epochs=KPIPE_EPOCHS", "--set", "seed=1")
    assert (shown.exit_code, "  epochs: 7\n" in shown.stdout, "seed: 1\n" in shown.stdout) == (0, True, True)
    wrong = invoke("validate", "kpipe:iris", "--set-env", "train.epochs=KPIPE_EPOCH")
    assert wrong.exit_code == 2
    expect_message(wrong.stdout)


def test_runs_are_listed(finished):
    folder, _ = finished
    done = invoke("runs", folder.parent, "--filter", "status=completed", "--format", "csv")
    assert (done.exit_code, done.stderr) == (0, "")
    header, row = done.stdout.splitlines()
    assert header.startswith("folder,name,kind,status,") and row.startswith(f"{folder},iris,run,completed,2,")
    wrong = invoke("runs", folder.parent, "--sort", "-val_los")
    assert wrong.exit_code == 2 and "did you mean val_loss?" in wrong.stderr


def test_runs_are_compared(finished, tmp_path):
    other = write_run(tmp_path / "other")
    done = invoke("compare", finished[0], other, "--output", tmp_path / "compare.html")
    assert (done.exit_code, done.stderr) == (0, f"wrote {tmp_path}/compare.html\n")
    assert "train.regularize.l2" in done.stdout
    assert "<svg" in (tmp_path / "compare.html").read_text()
    assert invoke("compare", other).exit_code == 2


def test_the_newest_finished_run_is_evaluated(finished, tmp_path):
    (tmp_path / "3").symlink_to(finished[0])
    write_run(tmp_path / "4", status="interrupted")
    done = invoke("evaluate", tmp_path)
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[0] == (
        f"using {tmp_path}/3, the newest finished run in {tmp_path}; not finished: 4 (interrupted)"
    )
    assert invoke("predict", tmp_path, tmp_path / "absent.csv").stderr.startswith(f"using {tmp_path}/3")


def test_commands_that_only_read_a_spec_do_not_load_tensorflow(tmp_path):
    code = """
import sys
from kpipe.cli import app
for arguments in (["validate", "kpipe:digits"], ["show", "kpipe:digits", "--spec"], ["diff", "kpipe:digits", "kpipe:digits"], ["list", "layers", "Conv2D"], ["schema"], ["list"], ["runs", sys.argv[1]], ["compare", *sys.argv[2:]]):
    app(arguments, standalone_mode=False)
loaded = {name.partition(".")[0] for name in sys.modules}
assert not loaded & {"tensorflow", "keras", "sklearn", "pandas", "matplotlib"}, loaded
"""
    compared = [write_run(tmp_path / name) for name in ("a", "b")]
    for _ in range(2):  # the first time may have to collect the vocabulary
        command = [sys.executable, "-c", code, str(HERE / "fixtures"), *map(str, compared)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]


def test_what_a_terminal_cannot_show_is_spelled_out(tmp_path):
    """Of an error and of `--help`; no traceback where the encoding lacks a character."""
    spec = tmp_path / "\u65e5.yaml"
    spec.write_text("name: a\nmodel: [Dense: {units: 3}]\nloss\u202e: x\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1:strict"}
    for arguments, said in ((["validate", str(spec)], b"\\u65e5.yaml"), (["validate", "--help"], b"SPEC...")):
        command = [sys.executable, "-m", "kpipe", *arguments]
        done = subprocess.run(command, capture_output=True, env=environment, check=False)
        assert said in done.stdout
        assert b"Traceback" not in done.stderr
