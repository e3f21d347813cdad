"""What the weights of a run were trained on, compared with the data that they receive now."""

from types import SimpleNamespace

import pytest
from golden import expect_messages

from kpipe.train.start_from.data_differences import data_differences


def description(columns, classes=None):
    entries = [
        {"name": name, "kind": "categorical" if categories else "numeric", "categories": list(categories)}
        for name, categories in columns.items()
    ]
    return {"preparation": {"table": {"columns": entries}}, "targets": {"y": {"classes": classes}}}


def prepared(columns, classes=None, target="y"):
    dataset = SimpleNamespace(targets={target: SimpleNamespace(classes=classes)})
    described = description(columns)["preparation"]
    return SimpleNamespace(dataset=dataset, describe=lambda: described)


BEFORE = description({"age": (), "pay": (), "town": ("Bonn", "Rome", "Ulm")}, ["no", "yes"])


@pytest.mark.parametrize(
    ("columns", "classes"),
    [
        ({"pay": (), "age": (), "town": ("Bonn", "Rome", "Ulm")}, ("no", "yes")),
        ({"age": (), "pay": (), "town": ("Rome", "Ulm", "Zürich")}, ("no", "yes")),
        ({"age": (), "pay": (), "town": ("Bonn", "Rome", "Ulm")}, ("old", "young")),
        ({"age": (), "town": ("Bonn", "Ulm")}, ("no", "yes")),
    ],
    ids=["columns", "categories", "classes", "fewer"],
)
def test_names_and_orders_that_differ(columns, classes):
    expect_messages(data_differences(BEFORE, prepared(columns, classes), with_classes=True))


def test_the_same_data_do_not_differ():
    now = prepared({"age": (), "pay": (), "town": ("Bonn", "Rome", "Ulm")}, ("no", "yes"), target="other")
    assert data_differences(BEFORE, now, with_classes=True) == []


def test_classes_count_only_for_loaded_outputs():
    now = prepared({"age": (), "pay": (), "town": ("Bonn", "Rome", "Ulm")}, ("a", "b"))
    assert data_differences(BEFORE, now, with_classes=False) == []


def test_images_have_no_columns():
    images = {"preparation": {"image": {"shape": [8, 8, 1]}}, "targets": {}}
    dataset = SimpleNamespace(targets={})
    now = SimpleNamespace(dataset=dataset, describe=lambda: {"image": {"shape": [8, 8, 1]}})
    assert data_differences(images, now, with_classes=True) == []
