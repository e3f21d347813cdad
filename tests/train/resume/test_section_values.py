from kpipe.checks.checked_spec import checked
from kpipe.train.resume.section_values import section_values


def values(key, sections, **arguments):
    spec = checked(
        {"name": "a", "model": ["Flatten", {"Dense": {"units": 2}}], "data": {"source": "Digits"}, **sections}
    )
    return section_values(spec, key, **arguments)


def test_defaults_and_expressions_have_their_values():
    short = values("train", {"vars": {"n": 2}, "train": {"epochs": "=n * 5"}})
    assert short == values("train", {"train": {"optimizer": {"Adam": {"learning_rate": 0.001}}, "epochs": 10}})
    assert "epochs" not in values("train", {}, skipped={"epochs"})


def test_an_absent_section_has_no_values():
    assert values("tune", {}) == {}


def test_items_of_lists_are_components():
    transforms = [[{"HorizontalFlip": {"p": 0.5}}], ["HorizontalFlip"], {"image": ["HorizontalFlip"]}]
    first, second, by_input = (
        values("data", {"data": {"source": "Digits", "augment": t}})["augment"] for t in transforms
    )
    assert first == second == by_input["image"]
