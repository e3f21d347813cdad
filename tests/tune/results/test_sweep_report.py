import io
import re

from kpipe.checks.checked_spec import checked
from kpipe.messages.reporter import Reporter
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.tune.results.sweep_report import SweepReport
from tune.sweeps import Case


def test_lines_of_trials_and_the_end_of_a_sweep(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 14}}").start()
    messages, results = io.StringIO(), io.StringIO()
    report = SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=messages, results=results))
    for trial in sweep.trials:
        report.trial_ended(sweep, trial)
    lines = messages.getvalue().splitlines()
    assert len(lines) == 14
    best = sweep.best
    for trial, line in zip(sweep.trials, lines, strict=True):
        outcome = "exploded: the loss was 1e9" if trial.is_failed else f"val_score {trial.score:.4g}"
        values = f"learning_rate {trial.values['train.optimizer.learning_rate']:.4g}, batch_size \\d+"
        known = "" if trial is best else f"  best {best.score:.4g} of trial {best.number}"
        assert re.fullmatch(f"trial {trial.number}/14  {values}  {re.escape(outcome)}{known}", line)
    report.end(sweep)
    said = messages.getvalue().splitlines()[14:]
    assert re.fullmatch(
        r"importance \(share of the variance of the ranks; rough, from \d+ trials\): learning_rate 0\.\d\d, batch_size 0\.\d\d",
        said[0],
    )
    assert "pictures: scores.png, value_pair.png, learning_curves.png, importance.png" in said
    assert all((tmp_path / name).stat().st_size > 1000 for name in said[-2].removeprefix("pictures: ").split(", "))
    table = results.getvalue().splitlines()
    assert table[0].split() == ["trial", "val_score", "learning_rate", "batch_size", "epochs"]
    assert table[1].split()[:2] == [str(best.number), f"{best.score:.4f}"]


def test_the_time_left_follows_from_the_trials_that_ended(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 8}}").start()
    for trial in sweep.trials[-4:]:
        trial.status = "running"
    messages = io.StringIO()
    report = SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=messages, results=io.StringIO()), workers=2)
    report.trial_ended(sweep, sweep.trials[0])
    assert messages.getvalue().endswith("  2 s left\n")


def test_the_best_spec_of_a_sweep_with_folds_is_that_of_the_cross_validation(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 3}}", data=", folds: 2").start()
    results = io.StringIO()
    report = SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=io.StringIO(), results=results))
    fold = sweep.plan.executions(sweep.best)[0].folder / "spec.yaml"
    fold.write_text(checked("kpipe:digits", {"data.validation": 0, "data.folds": 2, "data.fold": 1}).dump())
    report.end(sweep)
    best = checked(tmp_path / "best.yaml")
    assert (best.data.folds, best.data.fold) == (2, None)
    title = f"# Trial {sweep.best.number} of the sweep toy: val_score {sweep.best.score!r}, the mean of 2 runs\n"
    assert (tmp_path / "best.yaml").read_text().startswith(title)
    assert f"{sweep.best.score:.4f} +- {sweep.best.deviation:.2g}" in results.getvalue()


def test_the_table_of_a_sweep_with_stages_has_their_numbers(tmp_path):
    sweep = Case(tmp_path, "  stages: [{trials: 2, epochs: 1}, {trials: 2}]").start()
    results = io.StringIO()
    SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=io.StringIO(), results=results)).end(sweep)
    header, *rows = [line.split()[:2] for line in results.getvalue().splitlines()]
    assert header == ["trial", "stage"]
    assert rows == [[str(trial.number), str(trial.stage)] for trial in sweep.ranked()]


def test_the_best_spec_of_several_executions_is_that_of_the_first_one(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 3}}\n  executions: 2").start()
    best = sweep.best
    best.scores[:] = [5.0, 6.0]
    SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=io.StringIO(), results=io.StringIO())).write(sweep)
    assert (tmp_path / "best.yaml").read_text().splitlines()[:2] == [
        f"# Trial {best.number} of the sweep toy: val_score 5.5, the mean of 2 runs",
        f"# This is its first execution, with seed {sweep.plan.spec.seed}: 5.0",
    ]


def test_a_paused_trial_and_the_number_of_pruned_ones(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 4}}", formula=lambda *_: 0.5, epochs=9).start()
    messages = io.StringIO()
    report = SweepReport(sweep.plan, RunFolder(tmp_path), Reporter(messages=messages, results=io.StringIO()))
    sweep.trials[0].status, sweep.trials[0].epochs = "paused", 3
    report.trial_ended(sweep, sweep.trials[0])
    assert "val_score 0.5 (paused after 3 of 9 epochs)" in messages.getvalue()
    for trial in sweep.trials[1:3]:
        trial.status = "pruned"
    report.end(sweep)
    assert "2 trials pruned: worse than others after the same epoch\n" in messages.getvalue()
