import json
from pathlib import Path

import pytest

from kpipe.errors import SpecError
from kpipe.report.spec_diff import spec_diff

BASE = """
name: base
vars: {width: 8, depth: 2, norm: {GroupNorm: {groups: 4}}, half: =width // 2}
data: {source: Digits, batch_size: 64, prepare: [Rescale: {scale: 0.0625}]}
blocks:
  conv: {params: [filters], layers: [Conv2D: {filters: =filters, kernel_size: 3, padding: same}, ReLU]}
model:
  - Conv2D: {filters: =width, kernel_size: 3, name: stem}
  - =norm
  - Repeat: {times: =depth, index: i, of: [conv: {filters: =width * 2 ** i}]}
  - Flatten
  - Dense: {units: =half}
  - Dense: {units: =classes}
train:
  epochs: 1
  optimizer: {SGD: {learning_rate: 1e-2, momentum: 0.9}}
  callbacks: [EarlyStopping: {patience: 3}, TerminateOnNaN]
"""
WRITTEN_OUT = """
train:  # the same, in another order and without variables
  callbacks: [EarlyStopping: {patience: 3, monitor: val_loss}, TerminateOnNaN: {}]
  optimizer: {keras.SGD: {momentum: 0.90, nesterov: false, learning_rate: 0.01}}
  epochs: 1
  regularize: {l2: 0}
seed: 0
name: base
data: {batch_size: 64, source: Digits, prepare: [Rescale: {offset: 0, scale: 0.0625}]}
model:
  - Conv2D: {filters: 8, kernel_size: [3, 3], name: stem}
  - GroupNorm: {groups: 4}
  - Conv2D: {filters: 8, kernel_size: 3, padding: same}
  - ReLU
  - Conv2D: {filters: 16, kernel_size: 3, padding: same, strides: 1}
  - ReLU: {}
  - Flatten
  - Dense: {units: 4}
  - Dense: {units: =classes}
"""


@pytest.fixture
def compared(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE)

    def compare(text, overrides=()):
        (tmp_path / "now.yaml").write_text(text)
        return spec_diff("base.yaml", "now.yaml", overrides)[0].splitlines()[:-1]

    return compare


def test_the_same_spec_written_in_another_way(compared):
    assert compared(BASE) == compared(WRITTEN_OUT) == compared("extends: base.yaml\ntrain: {}\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seed: 3", ["seed: 0 -> 3"]),
        ("name: other", ["name: base -> other"]),
        ("set: {vars.width: 16}", ["vars.width: 8 -> 16"]),
        (
            "set: {vars.width: 16, model.-1.units: 12}",
            ["vars.width: 8 -> 16", "model.5.Dense.units: \"=classes\" -> 12"],
        ),
        (
            "set: {vars.width: 16, vars.depth: 3, model.-1.units: 12}",
            ["vars.depth: 2 -> 3", "vars.width: 8 -> 16", "model.5.Dense.units: \"=classes\" -> 12"],
        ),
        ("set: {vars.norm: BatchNormalization}", ["vars.norm: {GroupNorm: {groups: 4}} -> BatchNormalization"]),
        (
            "set: {train.callbacks.-: EarlyStopping, train.callbacks.+: {CSVLogger: {filename: a}}}",
            [
                "train.callbacks.0: {EarlyStopping: {patience: 3}} -> absent",
                "train.callbacks.1: absent -> {CSVLogger: {filename: a}}",
            ],
        ),
        ("train: {optimizer: Adam}", ["train.optimizer: {SGD: {momentum: 0.9}} -> Adam"]),
        ("train: {optimizer: {SGD: {nesterov: true}}}", ["train.optimizer.SGD.nesterov: false -> true"]),
        ("data: {source: Iris}", ["data.source: Digits -> Iris"]),
        ("data: {augment: [CifarCrops]}", [f"data.augment.{n}: absent -> {c}" for n, c in enumerate(["{Pad: {padding: 4}}", "{RandomCrop: {height: 32, width: 32}}", "HorizontalFlip"])]),
        ("set: {model.+stem: ReLU}", ["model.0: absent -> ReLU"]),
        ("set: {model.stem.filters: 9}", ["model.0.Conv2D.filters: 8 -> 9"]),
        (
            "set: {blocks.conv.layers.0.kernel_size: 5}",
            ["blocks.conv.layers.0.Conv2D.kernel_size: 3 -> 5 (2 times)"],
        ),
        (
            "set: {model.3: {Residual: {branch: [ReLU]}}}",
            ["model.3: Flatten -> absent", "model.3: absent -> {Residual: {branch: [ReLU]}}"],
        ),
        ("set: {model.-1.units: =classes + 1}", ["model.5.Dense.units: \"=classes\" -> \"=classes + 1\""]),
    ],
)  # fmt: skip
def test_differences(compared, text, expected):
    assert compared(f"extends: base.yaml\n{text}\n") == expected


def test_an_invalid_spec_is_an_error(compared):
    with pytest.raises(SpecError, match=r"now\.yaml:2:1: seeds: unknown key"):
        compared("extends: base.yaml\nseeds: 3\n")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        # The range of a residual connection, and the order of paths.
        ("[ReLU, Residual: {branch: [ELU]}]", "[Residual: {branch: [ReLU, ELU]}]"),
        ("[Branches: {merge: Concatenate, of: {a: [ReLU], b: []}}]", "[Branches: {merge: Concatenate, of: {b: [], a: [ReLU]}}]"),
        ("[If: {when: =classes > 2, then: [ReLU], else: []}]", "[If: {when: =classes > 3, then: [ReLU], else: []}]"),
        ("[ReLU: {name: a}, ELU: {name: b}, Add: {inputs: [a, b]}]", "[ReLU: {name: a}, ELU: {name: b, inputs: a}, Add: {inputs: [b, a]}]"),
    ],
)  # fmt: skip
def test_graphs_that_differ(tmp_path, before, now):
    specs = [f"name: a\ndata: {{source: Digits}}\nmodel: {text}\n" for text in (before, now)]
    assert not spec_diff(*specs)[1]
    assert spec_diff(specs[0], specs[0])[1]


def test_code_and_paths_are_compared(tmp_path):
    for name, size in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "my.py").write_text(
            f"raise RuntimeError({size})\nimport keras\nclass My(keras.layers.Layer): pass\n"
        )
        source = "{ImageFolder: {train: .}}"
        (tmp_path / name / "s.yaml").write_text(
            f"name: a\nimports: [./my.py]\ndata: {{source: {source}}}\nmodel: [My]\n"
        )
    text, is_same = spec_diff(str(tmp_path / "a" / "s.yaml"), str(tmp_path / "b" / "s.yaml"), form="json")
    assert not is_same
    paths = [change["path"] for change in json.loads(text)]
    assert paths == ["imports.my.py", "data.source.ImageFolder.train"]


def test_variables_that_do_not_fit_the_other_model_are_not_exchanged(compared):
    model = "model: [Flatten, Dense: {units: '=sizes[%s]'}, Dense: {units: '=sizes[0]'}, Dense: {units: =classes}]\n"
    head = "name: base\ndata: {source: Digits}\nvars: {sizes: [%s]}\n"
    Path("base.yaml").write_text((head + model) % ("4", "0"))
    found = compared((head + model) % ("4, 5, 6", "2"))
    assert found == ["model.1.Dense.units: 4 -> 6"]


def test_variables_are_named_with_the_items_that_differ_otherwise(compared):
    text = BASE.replace(", half: =width // 2", "")
    Path("base.yaml").write_text(text.replace("=half", "7"))
    found = compared(text.replace("width: 8", "width: 16").replace("=half", "9"))
    assert found == ["vars.width: 8 -> 16", "model.4.Dense.units: 7 -> 9"]


def test_a_list_is_that_of_the_only_input_or_target(tmp_path):
    text = "name: a\ndata: {{source: {{Table: {{path: a.csv, target: y}}}}, prepare: {}, prepare_targets: {}}}\nmodel: [Flatten]\n"
    for name, lists in (("a", ("[OneHot]", "[Center]")), ("b", ("{table: [OneHot]}", "{y: [Center]}"))):
        (tmp_path / f"{name}.yaml").write_text(text.format(*lists))
    assert spec_diff(str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml")) == ("no differences", True)
    (tmp_path / "b.yaml").write_text(text.format("{table: [OneHot]}", "{y: [Standardize]}"))
    assert spec_diff(str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))[0].startswith("data.prepare_targets.y")


def test_stages_of_a_sweep_are_compared_value_by_value():
    text, _ = spec_diff("kpipe:digits-sweep", "kpipe:digits-sweep", ["tune.stages.1.trials=3"])
    assert text == "tune.stages.1.trials: 6 -> 3\n1 difference"
    assert "tune: absent -> {" in spec_diff("kpipe:digits", "kpipe:digits-sweep")[0]
