"""Names of metrics without a model, against those of trainings."""

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.model.metric_columns import metric_columns

TASKS = {"price": "regression", "kind": "classification"}


def columns(changes, tasks=None, **options):
    return metric_columns(checked("kpipe:digits", changes), tasks, **options)


@pytest.mark.parametrize("metrics", ["auto", ["accuracy", {"F1Score": {"average": "macro"}}]])
@pytest.mark.slow
def test_the_names_are_those_of_a_training(metrics):
    from kpipe.train.plan import check_plan
    from kpipe.train.setup.setup import set_up
    from kpipe.train.setup.spec_session import spec_session

    spec = checked("kpipe:digits", {"train.metrics": metrics})
    with spec_session(spec):
        setup = set_up(spec, print)
        tasks = {name: target.task for name, target in setup.prepared.dataset.targets.items()}
        assert list(metric_columns(spec, tasks).names) == check_plan(setup).names


def test_with_several_targets_the_names_begin_with_the_target():
    found = columns({"train.targets": {"price": {"metrics": ["RootMeanSquaredError"]}}}, TASKS, has_validation=False)
    assert found.names == ("loss", "price_loss", "kind_loss", "price_root_mean_squared_error", "kind_accuracy")
    assert "other_accuracy" not in found


def test_without_the_data_all_names_are_possible_that_some_dataset_leads_to():
    found = columns({})
    assert "val_mean_absolute_error" in found
    assert "val_kind_accuracy" in found
    assert "price_loss" in found
    assert "val_acuracy" not in found
    assert "val_accuracy" not in columns({"train.metrics": ["AUC"]})
    assert "val_auc_3" in columns({"train.metrics": ["AUC"]})
