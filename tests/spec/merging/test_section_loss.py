import pytest
from golden import expect_message

from kpipe.errors import SpecError
from kpipe.spec.reader import read

BASE = """
name: base
vars: {width: 8, norm: {GroupNorm: {groups: 4}}}
data: {source: Digits, batch_size: 64, prepare: [Rescale: {scale: 0.0625}]}
blocks: {conv: {params: [filters], layers: [Conv2D: {filters: =filters, kernel_size: 3}]}}
model: [conv: {filters: =width}, =norm, Flatten, Dense: {units: =classes}]
train:
  epochs: 5
  optimizer: {SGD: {learning_rate: 0.5, momentum: 0.9}}
  class_weight: {Cat: 1, Dog: 2}
  validate: {every_epochs: 2}
  targets: {Price: {weight: 2}, Kind: {weight: 3}}
  callbacks: [TerminateOnNaN]
"""


@pytest.fixture
def extended(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)

    def write(text, base="base.yaml", name="child.yaml"):
        (tmp_path / name).write_text(f"extends: {base}\n{text}\n")
        return tmp_path / name

    return write


def refusals(file, overrides=()):
    with pytest.raises(SpecError) as caught:
        read(file, overrides)
    return [(problem.path, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("train:\n  # epochs: 3", "train"),
        ("train: null", "train"),
        ("train: ~", "train"),
        ("data:", "data"),
        ("data:\n  prepare:", "data.prepare"),
        ("data: {prepare: {}}", "data.prepare"),
        ("train:\n  validate:", "train.validate"),
        ("train:\n  callbacks:", "train.callbacks"),
        ("train:\n  optimizer:", "train.optimizer"),
        ("train: {optimizer: {SGD: }}", "train.optimizer.SGD"),
        ("train: {optimizer: {SGD: null}}", "train.optimizer.SGD"),
        ("train:\n  class_weight:\n    # Cat: 3", "train.class_weight"),
        ("train: {targets: }", "train.targets"),
        ("train: {targets: {Price: }}", "train.targets.Price"),
        ("vars:", "vars"),
        ("vars: {norm: }", "vars.norm"),
        ("blocks:", "blocks"),
        ("blocks: {conv: }", "blocks.conv"),
        ("blocks: {conv: {params: }}", "blocks.conv.params"),
        ("model:", "model"),
    ],
)
def test_an_empty_value_over_what_the_base_contains_is_refused(extended, text, path):
    ((found, message),) = refusals(extended(text))
    assert found == path
    expect_message(message)


def test_the_message_has_both_places(extended):
    file = extended("train:")
    with pytest.raises(SpecError) as caught:
        read(file)
    (problem,) = caught.value.problems
    assert (problem.mark.line, problem.mark.column) == (2, 1)
    assert problem.related[0].mark.line == 8
    expect_message(problem.message)


def test_an_empty_section_is_found_two_files_up_and_the_rest_is_checked_on_top_of_the_base(extended):
    extended("train:", name="middle.yaml")
    found = refusals(extended("train: {epochs: many}", base="middle.yaml"))
    assert [path for path, _ in found] == ["train.epochs", "train"]
    extended("name: middle", name="middle.yaml")
    assert [path for path, _ in refusals(extended("train:", base="middle.yaml"))] == ["train"]


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("train: {}", "epochs", 5),
        ("train: {class_weight: null}", "class_weight", None),
        ("train: {class_weight: ~}", "class_weight", None),
        ("train: {class_weight: balanced}", "class_weight", "balanced"),
        ("train: {callbacks: []}", "callbacks", []),
        ("train: {optimizer: SGD}", "optimizer", {"SGD": {"learning_rate": 0.5, "momentum": 0.9}}),
        ("vars: {norm: null}", "epochs", 5),
    ],
)
def test_what_is_written_out_is_not_an_empty_section(extended, text, key, expected):
    value = getattr(read(extended(text)).train, key)
    assert (value.plain() if hasattr(value, "plain") else value) == expected


def test_nothing_is_lost_where_the_base_has_nothing(extended, tmp_path):
    (tmp_path / "bare.yaml").write_text("name: a\ndata: {source: Digits}\nmodel: [Flatten]\ntrain: {choose: {}}\n")
    spec = read(extended("train:\n  choose:\n  validate:\n  targets:\nvars:\nblocks:", base="bare.yaml"))
    assert (spec.train.epochs, spec.train.choose.monitor, spec.train.targets) == (10, "auto", {})
    assert read(tmp_path / "bare.yaml", {"train.choose": None, "train.regularize": {"l2": 1e-3}}).train.regularize.l2


def test_names_with_capitals_are_keys_of_their_section_and_no_components(extended):
    train = read(extended("train: {class_weight: {Cat: 5}, targets: {Price: {weight: 7}}}")).train
    assert train.class_weight == {"Cat": 5, "Dog": 2}
    assert {name: options.weight for name, options in train.targets.items()} == {"Price": 7, "Kind": 3}
    file = extended("train: {class_weight: null}")
    assert read(file, ["train.class_weight={Cat: 5}", "train.class_weight.Dog=6"]).train.class_weight == {
        "Cat": 5,
        "Dog": 6,
    }


@pytest.mark.parametrize(
    "value",
    [
        "train: {epochs: 4}",
        "train: {choose: {monitor: loss}, epochs: 4}",
        "train: {}",
        "train: ",
        "vars: {width: 3}",
        "blocks.conv: {params: []}",
        "train.targets.Price: {loss: auto}",
        "train.class_weight: {Cat: 3}",
        "train.class_weight: ",
        "train.callbacks: ",
        "train.optimizer.SGD: {momentum: 0.1}",
        "train.optimizer.SGD: null",
    ],
)
def test_set_refuses_to_replace_a_section(extended, value):
    ((path, message),) = refusals(extended(f"set: {{{value}}}"))
    assert path == value.partition(":")[0]
    expect_message(message)


@pytest.mark.parametrize("value", ["{SGD: }", "{SGD: null}", "{SGD: ~}"])
def test_set_refuses_a_component_whose_arguments_are_empty(extended, value):
    ((path, message),) = refusals(extended(f"set: {{train.optimizer: {value}}}"))
    assert path == "train.optimizer.SGD"
    expect_message(message)
    ((path, _),) = refusals(extended(""), {"train.optimizer": {"SGD": None}})
    assert path == "train.optimizer.SGD"


@pytest.mark.parametrize(
    "overrides",
    [
        ["train={epochs: 4}"],
        ["train.optimizer.SGD={momentum: =width / 9}"],
        ["train="],
        ["train={}"],
        ["train=null"],
        ["train.class_weight="],
        ["train.callbacks="],
        {"train": {"epochs": 4}},
        {"train": {}},
        {"train": None},
        {"train.callbacks": None},
        {"data.source": None, "train.epochs": 3},
    ],
)
def test_overrides_refuse_to_replace_a_section(extended, overrides):
    file = extended("data: {source: {Arrays: {path: a.npz}}}")
    ((_, message),) = refusals(file, overrides)
    expect_message(message)


def test_overrides_replace_components_lists_and_values(extended):
    file = extended("name: child")
    train = read(file, {"train.class_weight": None, "train.callbacks": [], "train.optimizer": {"SGD": {}}}).train
    assert (train.class_weight, train.callbacks.plain(), train.optimizer.plain()) == (None, [], {"SGD": {}})
    assert read(file, {"vars.norm": {"GroupNorm": {"groups": 2}}}).scope["norm"] == {"GroupNorm": {"groups": 2}}
    assert read(file, ["vars.norm=null"]).scope["norm"] is None
