"""Sweeps of formulas: which trials run, what they score, and that a kill at any place loses and repeats nothing."""

import json

import pytest
from golden import raises

from kpipe.errors import DataError, TrainingError
from kpipe.tune.journal import Journal
from tune.analytic_executor import Killed
from tune.sweeps import Case, hill, shown

ORACLES = {
    "random": "  oracle: {RandomSearch: {trials: 4}}",
    "grid": "  oracle: {GridSearch: {points: 2, trials: 5}}",
    "bayes": "  oracle: {BayesianOptimization: {trials: 4, num_initial_points: 3}}",
    "hyperband": "  oracle: Hyperband",
    "stages": "  stages: [{trials: 4, epochs: 1}, {trials: 3, narrow: 0.3, widen: true}]",
    "executions": "  stages: [{trials: 3}]\n  executions: 2",
    "pruner": "  stages: [{trials: 6}]\n  pruner: {Median: {min_trials: 2}}",
}


def events(folder):
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("tune", ORACLES.values(), ids=ORACLES)
def test_a_repeated_sweep_is_the_same(tmp_path, tune):
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        case = Case(tmp_path / name, tune, workers=2)
        found.append((shown(case.start()), events(tmp_path / name), case.computed))
    assert found[0] == found[1]
    assert len(found[0][0]) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("tune", ORACLES.values(), ids=ORACLES)
def test_a_kill_at_each_line_of_the_journal_loses_and_repeats_nothing(tmp_path, tune, when):
    (tmp_path / "whole").mkdir()
    whole = Case(tmp_path / "whole", tune, workers=2)
    expected = shown(whole.start())
    lines = len(events(tmp_path / "whole"))

    class Fragile(Journal):
        """Ends the process before or after one line is on the disk."""

        def append(self, event):
            if when == "after":
                super().append(event)
            if len(self.appended) == at:
                raise Killed
            self.appended.append(event)
            if when == "before":
                super().append(event)

    for at in range(lines) if "oracle" in tune else (0, lines // 2, lines - 1):
        folder = tmp_path / str(at)
        folder.mkdir()
        case = Case(folder, tune, workers=2)
        Fragile.appended = []
        with pytest.raises(Killed):
            case.start(Fragile)
        # With two workers other trials can be faster after a kill, so that only what no order changes is compared.
        case.workers = 1
        found = shown(case.start())
        assert sorted(case.computed) == sorted(set(case.computed)), "an epoch was computed twice"
        asks = [event for event in events(folder) if event["event"] == "ask"]
        tells = [event for event in events(folder) if event["event"] == "tell"]
        assert [event["proposal"] for event in asks if event["stage"] == 1] == list(
            range(len([event for event in asks if event["stage"] == 1]))
        )
        assert sorted((event["stage"], event["proposal"]) for event in asks) == sorted(
            (event["stage"], event["proposal"]) for event in tells
        )
        if "Random" in tune or "executions" in tune:
            assert found == expected


@pytest.mark.slow
def test_one_worker_continues_exactly_as_if_it_had_not_ended(tmp_path):
    for name, tune in ORACLES.items():
        folders = [tmp_path / f"{name}{number}" for number in (1, 2)]
        for folder in folders:
            folder.mkdir()
        expected = shown(Case(folders[0], tune).start())
        lines = (folders[0] / "journal.jsonl").read_bytes().splitlines(keepends=True)
        for count in (1, len(lines) // 2, len(lines) - 1):
            (folders[1] / "journal.jsonl").write_bytes(b"".join(lines[:count]) + b'{"event": "as')
            assert shown(Case(folders[1], tune).start()) == expected, (name, count)
            assert (folders[1] / "journal.jsonl").read_bytes() == b"".join(lines), (name, count)


def test_a_finished_sweep_runs_nothing_again(tmp_path):
    case = Case(tmp_path)
    expected = shown(case.start())
    assert shown(case.start()) == expected
    assert case.executors[1].computed == []


def test_a_failed_trial_is_told_as_the_worst_score_and_is_never_the_best(tmp_path):
    case = Case(tmp_path, "  oracle: {RandomSearch: {trials: 12}}")
    sweep = case.start()
    failed = {trial.number for trial in sweep.trials if trial.is_failed}
    assert failed
    assert failed == {trial.number for trial in sweep.trials if trial.values["train.optimizer.learning_rate"] > 0.1}
    scores = []
    for event in events(tmp_path):
        if event["event"] == "tell":
            if event["trial"] in failed:
                assert event["told"] == min(scores, default=None)
                assert event["reason"] == "the loss was 1e9"
            else:
                scores += event["scores"]
                assert event["told"] == event["scores"][0]
    assert sweep.best.score == max(scores)


def test_hyperband_fills_its_brackets_although_trials_fail(tmp_path):
    sweep = Case(tmp_path, ORACLES["hyperband"], epochs=9).start()
    tells = [event for event in events(tmp_path) if event["event"] == "tell"]
    # 9, 3, 1 trials of 1, 3, 9 epochs; 5, 2 of 3, 9; 3 of 9.
    assert len(tells) == 23
    assert len(sweep.trials) == 17
    assert any(trial.is_failed for trial in sweep.trials)
    assert sweep.best.epochs == 9


def test_hyperband_ends_if_all_trials_fail(tmp_path):
    case = Case(tmp_path, ORACLES["hyperband"] + "\n  max_consecutive_failures: 100", 9, formula=lambda *_: None)
    sweep = case.start()
    assert sweep.best is None
    assert all(trial.is_failed for trial in sweep.trials)


def test_a_rung_continues_the_run(tmp_path):
    case = Case(tmp_path, ORACLES["hyperband"], epochs=9)
    case.start()
    assert len(case.computed) == len(set(case.computed))


@pytest.mark.parametrize(
    "oracle",
    ["RandomSearch: {trials: 20}", "GridSearch: {}", "BayesianOptimization: {trials: 20, num_initial_points: 5}"],
)
def test_a_space_of_six_points_ends_after_six(tmp_path, oracle):
    space = "    data.batch_size: {Int: [1, 3]}\n    train.optimizer.learning_rate: {Choice: [0.1, 0.01]}\n"
    sweep = Case(tmp_path, f"  oracle: {{{oracle}}}", space=space).start()
    assert len(sweep.trials) == 6
    assert len({tuple(trial.values.items()) for trial in sweep.trials}) == 6


def test_executions_have_their_own_seeds_and_the_mean_is_the_score(tmp_path):
    def noisy(overrides, epoch):
        return hill(overrides, epoch) and hill(overrides, epoch) + overrides["seed"] / 10

    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 3}}\n  executions: 3", formula=noisy).start()
    trial = sweep.best
    base = hill(trial.values, 3)
    assert trial.scores == pytest.approx([base, base + 0.1, base + 0.2])
    assert trial.score == pytest.approx(base + 0.1)
    assert trial.deviation == pytest.approx(0.1)


def test_each_fold_is_a_run_and_the_mean_is_the_score(tmp_path):
    def noisy(overrides, epoch):
        value = hill(overrides, epoch)
        return value and value + overrides["data.fold"] / 10 + overrides.get("seed", 0)

    case = Case(tmp_path, "  stages: [{trials: 2}]", formula=noisy, data=", folds: 3")
    trial = case.start().best
    base = hill(trial.values, 3)
    assert trial.scores == pytest.approx([base + 0.1, base + 0.2, base + 0.3])
    assert {folder for folder, _ in case.computed if folder.startswith("folds/")} == {f"folds/{fold}" for fold in "123"}


def test_stages_narrow_around_the_best_and_have_their_epochs(tmp_path):
    sweep = Case(tmp_path, "  stages: [{trials: 8, epochs: 1}, {trials: 4, narrow: 0.25}]").start()
    first = sweep.ranked(1)[0].values["train.optimizer.learning_rate"]
    second = [trial for trial in sweep.trials if trial.stage == 2]
    assert [trial.epochs for trial in sweep.trials if not trial.is_failed and trial.stage == 1].count(1) > 3
    assert {trial.epochs for trial in second} == {3}
    assert all(10**-0.5 <= trial.values["train.optimizer.learning_rate"] / first <= 10**0.5 for trial in second)


def test_too_many_failures_end_the_sweep_with_their_reasons(tmp_path):
    case = Case(tmp_path, "  max_consecutive_failures: 3", formula=lambda *_: None)
    with raises(TrainingError):
        case.start()
    assert [event["event"] for event in events(tmp_path)] == ["ask", "tell"] * 3 + ["stop"]
    # A sweep that is resumed begins to count again.
    case.formula = hill
    assert len(case.start().trials) == 10


def test_other_values_in_the_journal_win_and_are_reported(tmp_path):
    case = Case(tmp_path)
    case.start()
    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    ask = json.loads(lines[0])
    ask["values"]["train.optimizer.learning_rate"] = 0.05
    (tmp_path / "journal.jsonl").write_text("\n".join([json.dumps(ask), *lines[1:2], ""]))
    sweep = case.start()
    assert sweep.trials[0].values["train.optimizer.learning_rate"] == 0.05
    assert len(case.said) == 1
    assert "0.05" in case.said[0]


def test_the_runs_of_a_trial_are_not_compared_with_each_other(tmp_path):
    rates = {}

    def by_seed(overrides, epoch):
        # The second trial is better in each of its runs.
        return overrides["seed"] + 100.0 * rates.setdefault(overrides["train.optimizer.learning_rate"], len(rates))

    tune = "  stages: [{trials: 1}, {trials: 1}]\n  executions: 4\n  pruner: {Median: {min_trials: 1}}"
    sweep = Case(tmp_path, tune, formula=by_seed, workers=4).start()
    assert [trial.status for trial in sweep.trials] == ["completed", "completed"]


def test_the_best_trial_remains_the_best_while_it_continues(tmp_path):
    sweep = Case(tmp_path, "  oracle: {RandomSearch: {trials: 4}}").start()
    best = sweep.best
    best.status = "running"
    assert sweep.best is best


def test_a_journal_of_another_sweep_is_refused(tmp_path):
    Case(tmp_path, "  oracle: {RandomSearch: {trials: 6}}").start()
    with raises(DataError):
        Case(tmp_path, "  oracle: {RandomSearch: {trials: 2}}").start()


def test_an_unknown_metric_ends_the_sweep_after_the_first_epoch(tmp_path):
    # It could be the loss of a target.
    case = Case(tmp_path, monitor="val_total_loss")
    with raises(DataError):
        case.start()
    assert len(case.computed) == 1


def test_the_median_rule_ends_bad_trials_and_they_are_never_the_best(tmp_path):
    case = Case(tmp_path, "  oracle: {RandomSearch: {trials: 12}}\n  pruner: {Median: {min_trials: 3}}", workers=1)
    sweep = case.start()
    pruned = [trial for trial in sweep.trials if trial.status == "pruned"]
    assert pruned
    assert all(trial.epochs < 3 for trial in pruned)
    worst_kept = min(trial.score for trial in sweep.ranked())
    assert sweep.best.score >= worst_kept >= min(trial.score for trial in pruned)
    assert not set(map(id, pruned)) & set(map(id, sweep.ranked()))
