import numpy as np
import pytest

from kpipe.spec.reader import read
from kpipe.trials.fold_result import fold_result
from kpipe.trials.outcome import Outcome

SPEC = read("kpipe:digits", {"data.validation": 0, "data.folds": 3, "seed": 4})
LOSSES, ACCURACIES = (0.5, 0.7, 0.9), (0.8, 0.75, 0.6)


def outcomes(*statuses, accuracies=ACCURACIES):
    """The runs of three folds."""
    found = {}
    for number, (status, loss, accuracy) in enumerate(zip(statuses, LOSSES, accuracies, strict=True), start=1):
        result = {
            "epochs": 2,
            "best_epoch": 1,
            "validation": {"loss": loss, "accuracy": accuracy},
            "test": {"loss": 0.0},
            "seconds": 1.5,
        }
        reason = None if status == "completed" else "the loss is not finite"
        found[f"folds/{number}"] = Outcome(
            id="", status=status, result=None if status == "killed" else result, reason=reason
        )
    return found


def test_mean_and_deviation_are_those_of_the_folds():
    result = fold_result(SPEC, outcomes("completed", "stopped_early", "completed"))
    assert (result["status"], result["folds"], result["seconds"], result["seed"]) == ("completed", 3, 4.5, 4)
    for name, values in (("loss", LOSSES), ("accuracy", ACCURACIES)):
        assert result["validation"][name] == pytest.approx(np.mean(values), rel=1e-12)
        assert result["deviation"][name] == pytest.approx(np.std(values, ddof=1), rel=1e-12)
        assert [run["validation"][name] for run in result["runs"]] == list(values)
    assert "test" not in result
    assert all("test" not in run and "error" not in run for run in result["runs"])


@pytest.mark.parametrize(
    ("last", "status"),
    [("failed", "failed"), ("exploded", "failed"), ("killed", "failed"), ("interrupted", "interrupted")],
)
def test_without_all_folds_there_is_no_mean(last, status):
    result = fold_result(SPEC, outcomes("completed", "completed", last))
    assert (result["status"], result["validation"], result["deviation"]) == (status, {}, {})
    assert result["runs"][2]["error"] == "the loss is not finite"
    assert result["runs"][0]["validation"] == {"loss": 0.5, "accuracy": 0.8}


def test_a_metric_that_is_not_finite_has_no_mean():
    result = fold_result(SPEC, outcomes(*["completed"] * 3, accuracies=(0.8, None, 0.6)))
    assert list(result["validation"]) == list(result["deviation"]) == ["loss"]
