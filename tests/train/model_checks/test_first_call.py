"""Weights and shapes that a layer shows only when it is called."""

import keras
import pytest
from golden import expect_message, raises

import kpipe
from kpipe.errors import SpecError
from kpipe.spec.refusal import nowhere
from kpipe.train.model_checks.first_call import check_first_call

SPEC = """\
name: late
data: {{source: Iris, test: 0.2, validation: 0.2}}
model:
  - Dense: {{units: 4}}
{items}
  - Dense: {{units: =classes}}
train: {{epochs: 1}}
"""
SPECTROGRAM = (
    "MelSpectrogram: {num_mel_bins: 3, sequence_length: 4, sequence_stride: 2, fft_length: 4, sampling_rate: 8000}"
)


def spec(folder, *items):
    path = folder / "late.yaml"
    path.write_text(SPEC.format(items="\n".join(f"  - {item}" for item in items)))
    return kpipe.load(path)


@pytest.mark.parametrize(
    ("items", "line"),
    [
        (["Dense: {units: 3, activation: {PReLU: {}}}"], 5),
        (["Dense: {units: 3, activation: {BatchNormalization: {}}}"], 5),
        (
            [
                "Reshape: {target_shape: [2, 2]}",
                "TimeDistributed: {layer: {Dense: {units: 2, activation: {PReLU: {}}}}}",
                "Flatten",
            ],
            6,
        ),
    ],
    ids=["dense", "normalization", "wrapped"],
)
def test_weights_that_no_optimizer_would_train(tmp_path, items, line):
    late = spec(tmp_path, *items)
    for check in (late.check, lambda: late.run(tmp_path / "run")):
        with pytest.raises(SpecError) as caught:
            check()
        problem = caught.value.problems[0]
        assert problem.mark.line == line
        assert problem.path == f"model.{line - 4}"
        expect_message(problem.message)
    assert not (tmp_path / "run").exists()


def test_the_same_layer_as_an_item_is_trained(tmp_path):
    spec(tmp_path, "Dense: {units: 3}", "PReLU").check()


def test_a_shape_that_the_layer_did_not_announce(tmp_path):
    late = spec(tmp_path, "Dense: {units: 64}", "Reshape: {target_shape: [8, 8]}", SPECTROGRAM, "Flatten")
    with pytest.raises(SpecError) as caught:
        late.check()
    problem = caught.value.problems[0]
    assert (problem.mark.line, problem.path) == (7, "model.3")
    expect_message(problem.message)
    assert "\x1b" not in problem.message


class Late(keras.layers.Layer):
    """A layer that makes a layer's weights in its call alone."""

    def __init__(self):
        super().__init__(name="late")
        self.inner = keras.layers.Dense(2, name="inner")

    def build(self, input_shape):
        self.built = True

    def call(self, inputs):
        return self.inner(inputs)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2)


def test_sub_layers_of_own_layers():
    entered = keras.Input((3,))
    model = keras.Model(entered, keras.layers.Dense(1)(Late()(entered)))
    with raises(SpecError), check_first_call(model, {}, nowhere):
        model(keras.ops.ones((1, 3)))


def test_an_error_of_which_no_layer_is_the_cause_is_left_alone():
    entered = keras.Input((3,))
    model = keras.Model(entered, keras.layers.Dense(1)(entered))
    with pytest.raises(ZeroDivisionError), check_first_call(model, {}, nowhere):
        raise ZeroDivisionError
