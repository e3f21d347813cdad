"""A preparation that is applied twice is reported."""

from checks.static.networks import found

from kpipe.checks.static.repeated_preparation import RepeatedPreparation


def test_a_second_use_is_reported():
    given = {"a": ["Rescale", "Standardize", "Rescale"], "b": ["Standardize"]}
    assert found(RepeatedPreparation(), preparations=given) == [
        "data.prepare: the input a is prepared by Rescale more than once; remove one of them"
    ]


def test_one_use_for_each_input_is_not():
    assert found(RepeatedPreparation(), preparations={"a": ["Standardize"], "b": ["Standardize"]}) == []


def test_two_kinds_of_columns_need_two_strategies():
    given = {"table": ["Impute", "Impute", "Standardize", "OneHot"]}
    assert found(RepeatedPreparation(), preparations=given) == []
