from kpipe.tune.results.sweep_summary import SweepSummary
from tune.sweeps import Case


def test_the_summary_of_a_sweep(tmp_path):
    sweep = Case(tmp_path, "  stages: [{trials: 12}]\n  pruner: {Median: {min_trials: 2}}").start()
    summary = SweepSummary.of(sweep)
    assert summary.best is sweep.best
    assert summary.pruned
    assert summary.failed
    kinds = [*summary.ranked, *summary.pruned, *summary.failed]
    assert sorted(trial.number for trial in kinds) == [trial.number for trial in sweep.trials]
    assert all(trial.values["train.optimizer.learning_rate"] > 0.1 for trial in summary.failed)
    low, high = summary.score_range
    assert low < summary.best.score < high
    assert summary.parameters[0].name == "train.optimizer.learning_rate"
    assert summary.titles["data.batch_size"] == "batch_size"
