"""Each feature that makes the loss random, or its sum wrong, is refused at its place; all are reported at once."""

import numpy as np
import pytest
from golden import raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.spec.yaml_text.dump import dump
from kpipe.train.check import check_training

DENSE = {"Dense": {"units": "=classes"}}


def spec(folder, data=None, model=("Flatten",), last=(DENSE,), **train):
    path = folder / "spec.yaml"
    content = {
        "name": "refused",
        "seed": 1,
        "data": {"source": "Digits", "batch_size": 256, **(data or {})},
        "model": [*model, *last],
        "train": {"optimizer": "LBFGS", **train},
    }
    path.write_text(dump(content))
    return checked(path)


#: Layers that draw random numbers in training, each with its name in a message.
RANDOM = {
    "Dropout": ["Flatten", {"Dropout": {"rate": 0.2}}],
    "SpatialDropout2D": [{"SpatialDropout2D": {"rate": 0.2}}, "Flatten"],
    "AlphaDropout": ["Flatten", {"AlphaDropout": {"rate": 0.2}}],
    "GaussianNoise": [{"GaussianNoise": {"stddev": 0.1}}, "Flatten"],
    "GaussianDropout": [{"GaussianDropout": {"rate": 0.1}}, "Flatten"],
    "DropConnect": ["Flatten", {"DropConnect": {"layer": {"Dense": {"units": 4}}, "rate": 0.2}}],
    "StochasticDepth": [
        {"Residual": {"survival": 0.5, "branch": [{"Conv2D": {"filters": 1, "kernel_size": 1}}]}},
        "Flatten",
    ],
    "in a branch": [
        {"Residual": {"branch": [{"Conv2D": {"filters": 1, "kernel_size": 1}}, {"Dropout": {"rate": 0.1}}]}},
        "Flatten",
    ],
    "FractionalMaxPooling2D": ["FractionalMaxPooling2D", "Flatten"],
    "recurrent": [{"Reshape": {"target_shape": [8, 8]}}, {"LSTM": {"units": 3, "dropout": 0.1}}],
    "attention": [
        {"Reshape": {"target_shape": [8, 8]}},
        {"Bidirectional": {"layer": {"GRU": {"units": 3, "recurrent_dropout": 0.1}}}},
    ],
    "augmenting": [{"RandomFlip": {"mode": "horizontal"}}, "Flatten"],
}


@pytest.mark.parametrize("name", RANDOM)
def test_random_layers(name, tmp_path):
    with raises(SpecError):
        check_training(spec(tmp_path, model=RANDOM[name]), lambda line: None)


def test_a_rate_of_zero_is_not_random(tmp_path):
    model = ["Flatten", {"Dropout": {"rate": 0.0}}, {"GaussianNoise": {"stddev": 0.0}}]
    check_training(spec(tmp_path, model=model), lambda line: None)


def test_batch_normalization_unless_it_is_frozen(tmp_path):
    with raises(SpecError):
        check_training(spec(tmp_path, model=["BatchNormalization", "Flatten"]), lambda line: None)
    frozen = [{"BatchNormalization": {"trainable": False}}, "Flatten"]
    check_training(spec(tmp_path, model=frozen), lambda line: None)


def test_what_is_frozen_is_in_inference_unless_its_dropout_is_on(tmp_path):
    model = [
        {"Conv2D": {"filters": 2, "kernel_size": 3, "name": "conv"}},
        {"BatchNormalization": {"name": "norm"}},
        {"Dropout": {"rate": 0.2, "name": "drop"}},
        "Flatten",
    ]
    check_training(spec(tmp_path, model=model, freeze=["conv", "norm", "drop"]), lambda line: None)
    with raises(SpecError):
        check_training(
            spec(tmp_path, model=model, freeze=["conv", "norm", "drop"], frozen_dropout=True), lambda line: None
        )


@pytest.mark.parametrize(
    "data",
    [
        {"augment": [{"Affine": {"rotate": [-20, 20]}}]},
        {"mix": ["MixUp"]},
        {"last_batch": "drop"},
    ],
    ids=["augment", "mix", "drop"],
)
def test_data(data, tmp_path):
    with raises(SpecError):
        check_training(spec(tmp_path, data), lambda line: None)


@pytest.mark.parametrize(
    "train",
    [
        {"precision": "mixed_float16"},
        {"precision": "mixed_bfloat16"},
        {"steps_per_execution": 2},
        {"optimizer": {"LossScaleOptimizer": {"inner_optimizer": "LBFGS"}}},
        {"callbacks": [{"CosineSchedule": {}}]},
        {"callbacks": ["ReduceLROnPlateau"]},
        {"callbacks": ["PolyakAveraging"]},
        {"callbacks": ["SwapEMAWeights"]},
        {"callbacks": [{"ExplosionDetector": {"on_explosion": "rollback"}}]},
    ],
    ids=["float16", "bfloat16", "steps", "scale", "schedule", "plateau", "polyak", "ema", "rollback"],
)
def test_training(train, tmp_path):
    with raises(SpecError):
        check_training(spec(tmp_path, **train), lambda line: None)


@pytest.mark.parametrize(
    "arguments",
    [
        {"learning_rate": 0.1},
        {"learning_rate": {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 9}}},
        {"clipnorm": 1.0},
        {"global_clipnorm": 1.0},
        {"clipvalue": 1.0},
        {"gradient_accumulation_steps": 2},
        {"loss_scale_factor": 2.0},
        {"weight_decay": 0.1},
        {"use_ema": True},
        {"momentum": 0.9},
        {"c1": 0.95},
    ],
    ids=lambda arguments: next(iter(arguments)),
)
def test_arguments_of_other_optimizers(arguments, tmp_path):
    with raises(SpecError):
        check_training(spec(tmp_path, optimizer={"LBFGS": arguments}), lambda line: None)


def test_half_precision_of_a_layer_and_constraints(tmp_path):
    model = [
        "Flatten",
        {"Dense": {"units": 4, "dtype": "mixed_bfloat16"}},
        {"Dense": {"units": 4, "kernel_constraint": {"MaxNorm": {"max_value": 2}}}},
    ]
    with raises(SpecError):
        check_training(spec(tmp_path, model=model), lambda line: None)


@pytest.mark.parametrize("loss", ["Dice", {"CategoricalCrossentropy": {"reduction": "sum"}}], ids=["dice", "sum"])
def test_losses_that_are_not_means_over_samples_unless_there_is_one_batch(loss, tmp_path):
    model = ["Flatten", DENSE, "Softmax"]
    with raises(SpecError):
        check_training(spec(tmp_path, model=model, last=(), loss=loss), lambda line: None)
    check_training(spec(tmp_path, {"batch_size": 2000}, model=model, last=(), loss=loss), lambda line: None)


def test_masks_unless_there_is_one_batch(tmp_path):
    """Zeros are masked, so that the number of steps in the mean can differ between batches."""
    x = np.random.default_rng(0).normal(size=(20, 6, 2)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=x[..., :1])
    model = [
        {"Masking": {"mask_value": 0.0}},
        {"LSTM": {"units": 3, "return_sequences": True}},
        {"Dense": {"units": 1}},
    ]
    for batch_size in (8, 20):
        data = {"source": {"Arrays": {"path": str(tmp_path / "data.npz")}}, "batch_size": batch_size}
        given = spec(tmp_path, data, model=model, last=())
        if batch_size == 8:
            with raises(SpecError):
                check_training(given, lambda line: None)
        else:
            check_training(given, lambda line: None)


def test_all_are_reported_at_once(tmp_path):
    data = {"augment": [{"Affine": {"rotate": [-20, 20]}}]}
    model = ["BatchNormalization", "Flatten", {"Dropout": {"rate": 0.1}}]
    with raises(SpecError) as caught:
        check_training(spec(tmp_path, data, model, precision="mixed_float16"), lambda line: None)
    assert [problem.path for problem in caught.value.problems] == [
        "data.augment",
        "model.0",
        "model.2",
        "train.precision",
    ]
