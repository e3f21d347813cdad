import json

from golden import raises

from kpipe.errors import DataError
from kpipe.train.objective.class_metrics import class_metrics
from kpipe.train.objective.objective import decide
from kpipe.train.resume.pooled_metrics import refuse_pooled_metrics
from kpipe.train.run_folder.run_folder import RunFolder

from ..objective.test_objective import TWO, model
from ..stand_in import train_section


def objective(*metrics, units=2):
    return decide(train_section(metrics=list(metrics)), model(units, "sigmoid" if units == 1 else None), {"y": TWO})


def folder(tmp_path, **target):
    (tmp_path / "data.json").write_text(json.dumps({"targets": {"y": target}}))
    return RunFolder(tmp_path)


def test_they_are_those_over_several_units():
    assert class_metrics(objective("accuracy", "AUC", {"Recall": {"name": "found"}}).targets["y"]) == ["auc", "found"]
    assert class_metrics(objective("AUC", units=1).targets["y"]) == []


def test_a_run_of_another_meaning_is_refused(tmp_path):
    with raises(DataError):
        refuse_pooled_metrics(folder(tmp_path, form="one_hot"), objective("accuracy", "AUC", "Recall"))


def test_f_scores_were_of_each_class_before_too(tmp_path):
    with raises(DataError):
        refuse_pooled_metrics(folder(tmp_path), objective({"F1Score": {"average": "macro"}}))
    with raises(DataError):
        refuse_pooled_metrics(folder(tmp_path), objective({"F1Score": {"average": "macro"}}, "AUC"))


def test_any_other_run_is_resumed(tmp_path):
    refuse_pooled_metrics(RunFolder(tmp_path), objective("AUC"))
    refuse_pooled_metrics(folder(tmp_path, class_metrics=["auc"]), objective("AUC"))
    refuse_pooled_metrics(folder(tmp_path), objective("accuracy"))
    refuse_pooled_metrics(folder(tmp_path), objective("AUC", units=1))
