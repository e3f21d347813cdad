"""What `kpipe show` says about the stages of a training."""

import numpy as np
import pytest
from PIL import Image

from kpipe.pipeline import load
from kpipe.report.overview import overview

STAGES = [
    {"epochs": 5, "only": ["head"], "optimizer": {"Adam": {"learning_rate": 0.01}}},
    {
        "epochs": 20,
        "optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.9}},
        "learning_rate_multipliers": {"Groups": {"body": 0.1}},
        "data": {"batch_size": 32},
    },
]
SPEC = {
    "name": "staged",
    "data": {"source": "Digits", "test": 0.2, "batch_size": 64, "prepare": [{"Rescale": {"scale": 0.0625}}]},
    "model": [
        "Flatten",
        {"Dense": {"name": "body", "units": 12}},
        "BatchNormalization",
        "ReLU",
        {"Dense": {"name": "head", "units": "=classes"}},
    ],
    "train": {"stages": STAGES},
}


def shown(stages=STAGES, **train):
    said = []
    text = overview(load({**SPEC, "train": {**train, "stages": stages}}).spec, said.append)
    return text.splitlines(), said


def test_each_stage_has_its_steps_layers_optimizer_and_factors():
    lines, _ = shown()
    assert max(map(len, lines)) <= 80
    first = lines.index("stages")
    assert lines[first : lines.index("", first)] == [
        "stages",
        "  stage 1      21 per epoch, 105 in 5 epochs, the last of 14",
        "  trained      head, 130 of 958 parameters",
        "  frozen       body, batch_normalization",
        "  optimizer    Adam, a state of 1.03 KiB, 48.78 KiB for a training step",
        "  stage 2      41 per epoch, 820 in 20 epochs, the last of 14",
        "  trained      all layers, 934 of 958 parameters",
        "  optimizer    SGD, a state of 3.66 KiB, 32.80 KiB for a training step",
        "  multipliers  0.1 for body; 1 for batch_normalization, head",
    ]
    assert lines[-1] == "  steps        925 in 25 epochs of 2 stages"


def test_the_totals_are_those_of_the_model_and_of_the_largest_stage():
    lines, _ = shown()
    assert "parameters  958: 934 trainable, 24 not trainable" in lines
    assert "memory of a training step of stage 1 of 2, the largest" in lines
    lines, _ = shown([*STAGES[:1], {**STAGES[1], "data": {"batch_size": 128}}])
    title = lines.index("memory of a training step of stage 2 of 2, the largest")
    assert lines[title + 4].startswith("  activations   87.00 KiB  128 x")


def test_a_stage_on_the_whole_training_part_has_a_step_per_epoch():
    lines, _ = shown([{"epochs": 3}, {"epochs": 4, "optimizer": "LBFGS"}])
    text = " ".join(" ".join(lines).split())
    assert "stage 2 1 per epoch, 4 in 4 epochs, each on the whole training part in 21 batches" in text
    assert lines[-1] == "  steps        67 in 7 epochs of 2 stages"


@pytest.mark.parametrize("stages", [[{"optimizer": {"SGD": {"momentum": 0.999}}}, {}], [{}, {"optimizer": "SGD"}]])
def test_what_the_checks_find_in_several_stages_is_said_once(stages):
    _, said = shown(stages, loss="BinaryCrossentropy")
    assert len(said) == len({*said})
    assert any("BinaryCrossentropy" in line for line in said)


def test_what_the_checks_find_in_a_later_stage_is_said():
    _, said = shown([{"epochs": 2}, {"epochs": 2, "optimizer": {"SGD": {"momentum": 0.9999}}}])
    assert any(line.startswith("W014") for line in said)


@pytest.mark.parametrize(
    ("stages", "titles"),
    [
        ([{"only": ["head"]}, {}], ["stage 1 of 2: "]),
        ([{"only": ["head"]}, {}, {"only": ["head"]}], ["stages 1 and 3 of 3: "]),
        ([{"only": ["head"]}, {"only": ["head"], "epochs": 2}], [""]),
        ([{"only": ["head"]}, {"freeze": ["body"]}, {}], ["stage 1 of 3: ", "stage 2 of 3: "]),
    ],
)
def test_notices_say_which_stages_they_are_about(stages, titles):
    _, said = shown(stages)
    found = [line.partition("features: ")[0] for line in said if "features: " in line]
    assert found == titles


@pytest.mark.slow
def test_the_sheet_of_samples_is_that_of_the_first_stage(tmp_path):
    flips = [{"RandomBrightnessContrast": {"brightness_limit": [0.9, 0.9], "p": 1}}]
    sheets = {}
    for name, stages in {
        "plain": [{}, {"data": {"augment": flips}}],
        "bright": [{"data": {"augment": flips}}, {}],
    }.items():
        overview(load({**SPEC, "train": {"stages": stages}}).spec, lambda line: None, tmp_path / f"{name}.png")
        with Image.open(tmp_path / f"{name}.png") as image:
            sheets[name] = np.asarray(image)
    plain = load({**SPEC, "train": {}})
    overview(plain.spec, lambda line: None, tmp_path / "none.png")
    with Image.open(tmp_path / "none.png") as image:
        expected = np.asarray(image)
    assert np.array_equal(sheets["plain"], expected)
    assert not np.array_equal(sheets["bright"], expected)
