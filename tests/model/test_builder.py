"""Models of the language: what is built, counted in parameters, shapes and names, against hand-written Keras."""

from pathlib import Path

import numpy as np
import pytest
from golden import expect_message, expect_messages
from random_seed import set_random_seed

from kpipe.components.quiet_import import import_keras
from kpipe.layers import StochasticDepth
from kpipe.model.flops import model_flops

keras = import_keras()
SPECS = Path(__file__).parent / "specs"


def body(name):
    text = (SPECS / f"{name}.yaml").read_text()
    return "\n".join(line for line in text.splitlines() if not line.startswith("name:"))


def trainable(model):
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


@pytest.mark.parametrize(
    ("name", "head", "count"),
    [
        ("googlenet", "name: t\n", 6_998_552),
        ("resnet50", "name: t\n", 25_557_032),
        ("resnet50", "name: t\nset: {vars.inner: 128, vars.groups: 32}\n", 25_028_904),
    ],
)
@pytest.mark.slow
def test_networks_of_the_papers_have_their_number_of_parameters(workshop, name, head, count):
    text = body(name)
    if "data:" not in text:
        head += "data: {source: Digits}\n"
    model = workshop.model(text, shapes=(224, 224, 3), classes=1000, head=head)
    assert trainable(model) == count


def test_two_inputs_and_two_targets(workshop):
    text = body("house-prices").replace("=classes.kind", "3")
    shapes = {"image": (64, 64, 3), "table": (7,)}
    model = workshop.model(text, shapes=shapes, targets=("price", "kind"), head="name: t\n")
    assert {name: tuple(t.shape) for name, t in model.output.items()} == {
        "price": (None, 1),
        "kind": (None, 3),
    }
    conv, known = 3 * 3 * 3 * 16 + 16, 7 * 32 + 32
    assert trainable(model) == conv + known + (48 + 1) + (48 * 3 + 3)


def test_a_residual_network_equals_the_same_in_plain_keras(workshop):
    text = """
blocks:
  basic:
    params: [filters, {strides: 1}]
    layers:
      - Residual:
          branch:
            - Conv2D: {filters: =filters, kernel_size: 3, strides: =strides, padding: same}
            - ReLU
            - Conv2D: {filters: =filters, kernel_size: 3, padding: same}
      - ReLU
model:
  - Repeat:
      times: 2
      index: stage
      of:
        - basic: {filters: =4 * 2 ** stage, strides: =stage + 1}
  - GlobalAveragePooling2D
  - Dense: {units: =classes}
"""
    set_random_seed(3)
    ours = workshop.model(text)
    layers = keras.layers
    x = image = keras.Input((8, 8, 3))
    for filters, strides in ((4, 1), (8, 2)):
        y = layers.Conv2D(filters, 3, strides=strides, padding="same")(x)
        y = layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(y))
        shortcut = layers.Conv2D(filters, 1, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.Add()([shortcut, y]))
    theirs = keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
    theirs.set_weights(ours.get_weights())
    data = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(ours(data), theirs(data), rtol=1e-6)


def test_layer_names_are_the_path_and_unique(workshop):
    text = """
blocks:
  conv:
    params: [filters]
    layers: [{Conv2D: {filters: =filters, kernel_size: 1}}, ReLU]
  pair:
    layers: [{conv: {filters: 2}}, {conv: {filters: 3, name: second}}]
model:
  - pair
  - pair
  - Branches: {merge: Concatenate, of: {left: [{conv: {filters: 1}}], right: []}, name: fork}
  - Flatten
  - Dense: {units: 2, name: head}
"""
    names = [layer.name for layer in workshop.model(text).layers]
    assert "pair_conv_conv2d" in names
    assert "pair_second_re_lu" in names
    assert "pair_1_conv_conv2d" in names
    assert "fork_left_conv_conv2d" in names
    assert "fork_concatenate" in names
    assert "head" in names
    assert len(set(names)) == len(names)


def test_each_runs_lists_side_by_side(workshop):
    text = """
model:
  - Flatten
  - Repeat:
      each: {units: [4, 5], activation: [relu, tanh]}
      index: i
      of:
        - Dense: {units: =units + i, activation: =activation}
"""
    dense = [layer for layer in workshop.model(text).layers if isinstance(layer, keras.layers.Dense)]
    assert [(d.units, d.activation.__name__) for d in dense] == [(4, "relu"), (6, "tanh")]


def test_a_choice_and_recursion(workshop):
    text = """
vars: {deep: true}
blocks:
  tower:
    params: [levels]
    layers:
      - Dense: {units: =levels}
      - If: {when: =levels > 1, then: [{tower: {levels: =levels - 1}}]}
model:
  - Flatten
  - If: {when: =deep, then: [{tower: {levels: 3}}], else: [{Dense: {units: 9}}]}
"""
    dense = [layer.units for layer in workshop.model(text).layers if isinstance(layer, keras.layers.Dense)]
    assert dense == [3, 2, 1]


def test_blocks_with_several_inputs_and_outputs_are_carried_by_repeat(workshop):
    text = """
blocks:
  cell:
    inputs: [before, last]
    outputs: [last, cell]
    layers:
      - Dense: {units: 4, inputs: before, name: b}
      - Dense: {units: 4, inputs: last, name: l}
      - Add: {inputs: [b, l], name: cell}
model:
  - Flatten
  - Dense: {units: 4, name: stem}
  - cell: {inputs: [stem, stem], name: first}
  - Repeat: {times: 2, of: [cell]}
  - Concatenate
"""
    model = workshop.model(text)
    assert model.output.shape == (None, 8)
    assert sum(isinstance(layer, keras.layers.Dense) for layer in model.layers) == 7


def test_shared_layers_and_shared_blocks_use_the_same_weights(workshop):
    text = """
blocks:
  tower:
    params: [units]
    layers: [{Dense: {units: =units, activation: relu}}, {Dense: {units: 2}}]
model:
  - tower: {units: 5, inputs: left, name: left_tower}
  - tower: {share: left_tower, inputs: right, name: right_tower}
  - Subtract: {inputs: [left_tower, right_tower]}
"""
    model = workshop.model(text, shapes={"left": (3,), "right": (3,)})
    assert trainable(model) == (3 * 5 + 5) + (5 * 2 + 2)
    data = np.ones((1, 3), "float32")
    np.testing.assert_array_equal(model({"left": data, "right": data}), np.zeros((1, 2)))


def test_call_arguments_and_second_outputs(workshop):
    text = """
model:
  - LSTM: {units: 4, return_state: true, name: encoder, inputs: source}
  - LSTM: {units: 4, inputs: {sequences: target, initial_state: [encoder.1, encoder.2]}}
"""
    model = workshop.model(text, shapes={"source": (5, 2), "target": (6, 3)})
    assert model.output.shape == (None, 4)


def test_inputs_may_be_named_as_items(workshop):
    text = """
model:
  - Input: {name: left, shape: [3]}
  - Dense: {units: 2, name: a}
  - Input: {name: right}
  - Dense: {units: 2}
  - Add: {inputs: [a, previous]}
"""
    assert workshop.model(text, shapes={"left": (3,), "right": (4,)}).output.shape == (None, 2)
    (error,) = workshop.errors(text.replace("[3]", "[5]"), shapes={"left": (3,), "right": (4,)})
    expect_message(error)


def test_a_loop_may_name_its_items(workshop):
    text = """
model:
  - Flatten
  - Repeat:
      times: 2
      of:
        - Dense: {units: 4, name: inner}
        - Concatenate: {inputs: [inner, previous]}
"""
    assert workshop.model(text).output.shape == (None, 8)


def test_what_a_shared_layer_cannot_take_is_reported_where_it_is_shared(workshop):
    text = """model:
  - Flatten
  - Dense: {units: 8, name: a}
  - Dense: {units: 5}
  - Dense: {share: a}
"""
    (error,) = workshop.errors(text)
    expect_message(error)


@pytest.mark.slow
def test_an_application_is_a_component(workshop):
    text = "model: [{VGG16: {include_top: false, weights: null, trainable: false}}, Flatten, {Dense: {units: 2}}]"
    model = workshop.model(text, shapes=(32, 32, 3))
    assert trainable(model) == 512 * 2 + 2


def test_a_list_of_layers_is_a_small_sequential_model(workshop):
    text = "model: [{TimeDistributed: {layer: [{Dense: {units: 3}}, ReLU]}}]"
    assert workshop.model(text, shapes=(4, 2)).output.shape == (None, 4, 3)


def test_a_formula_reads_items_by_its_names(workshop):
    text = (
        "model:\n  - Split: {parts: 2, name: halves}\n  - Dense: {units: 3, inputs: halves.0, name: left}\n"
        "  - Dense: {share: left, inputs: halves.1, name: right}\n"
        "  - Formula: {expression: 'b - 2 * a', inputs: {a: left, b: right}}\n"
    )
    model = workshop.model(text, shapes=(4,))
    assert model.output.shape == (None, 3)
    left, right = (model.get_layer("left")(half) for half in (np.ones((1, 2)), np.full((1, 2), 3.0)))
    np.testing.assert_allclose(model(np.array([[1, 1, 3, 3.0]])), right - 2 * left, rtol=1e-6)
    expect_messages(workshop.errors(text.replace("b: right", "c: right"), shapes=(4,)))
    expect_messages(workshop.errors(text.replace("{a: left, b: right}", "[left, right]"), shapes=(4,)))
    expect_messages(workshop.errors(text.replace("b: right", "b: right, c: left"), shapes=(4,)))
    expect_messages(workshop.errors(text.replace("2 * a", "2 * a * c"), shapes=(4,)))


def test_an_expression_can_replace_a_component(workshop):
    text = "vars: {norm: {BatchNormalization: {momentum: 0.5}}}\nmodel: [=norm, Flatten]"
    assert workshop.model(text).layers[1].momentum == 0.5


def test_data_give_names(workshop):
    text = 'model: [Flatten, {Dense: {units: "=classes + channels + input_shape[0]"}}]'
    assert workshop.model(text, shapes=(8, 6, 3), classes=2).output.shape == (None, 13)


def test_a_block_sees_the_shape_of_what_enters_it(workshop):
    text = (
        "blocks:\n"
        "  tokens: {params: [width], layers: [{Reshape: {target_shape: ['=input_shape[0] * input_shape[1]', =width]}}]}\n"
        "  pair:\n    inputs: [a, b]\n    layers:\n"
        "      - Dense: {units: '=input_shape[1][0] * 100 + channels[0]', inputs: a, name: c}\n"
        "      - GlobalAveragePooling2D: {inputs: b, name: d}\n      - Flatten: {inputs: c}\n"
        "      - Concatenate: {inputs: [previous, d]}\n"
        "model:\n  - Conv2D: {filters: 4, kernel_size: 2, strides: 2, name: half}\n  - tokens: {width: =classes}\n"
        "  - pair: {inputs: [previous, half]}\n  - Dense: {units: '=input_shape[0]'}\n"
    )
    layers = workshop.model(text, classes=4).layers
    assert [layer.units for layer in layers if hasattr(layer, "units")] == [404, 8]


def test_the_shape_of_a_block_is_unknown_until_the_data_is_known(workshop):
    text = "blocks: {a: {layers: [{Dense: {units: '=input_shape[0] - 4'}}]}}\nmodel: [Flatten, {Dense: {units: 9}}, a]"
    assert workshop.model(text).output.shape == (None, 5)


@pytest.mark.parametrize(
    "text",
    [
        "blocks: {a: {layers: [a]}}\nmodel: [a]",
        "blocks: {a: {layers: [b]}, b: {layers: [a]}}\nmodel: [a]",
        "model: [{Repeat: {times: 20001, of: [ReLU]}}]",
        "model: [{Repeat: {times: =5 / 2, of: [ReLU]}}]",
        "model: [{Repeat: {each: {a: [1, 2], b: [1]}, of: [ReLU]}}]",
        "model: [{If: {when: =1 + 1, then: [ReLU]}}]",
        "model: [Flatten, {Dense: {units: 3, inputs: stem}}]",
        "model: [{Dense: {units: 3, name: a}}, {Dense: {units: 3, inputs: image}}]",
        "model: [{Residual: {branch: [{Conv2D: {filters: 4, kernel_size: 3}}]}}]",
        "model: [{Residual: {branch: [ReLU], survival: 0}}]",
        "model: [{Residual: {branch: [ReLU], survival: =1 + 1}}]",
        "model: [{Residual: {branch: [ReLU], survival: true}}]",
        "model: [{Residual: {branch: [ReLU], mode: sample}}]",
        "model: [{Residual: {branch: [ReLU], survival: 0.5, mode: samples}}]",
        "model: [{ReLU: {name: a}}, {Residual: {survival: 0.5, branch: [{Add: {inputs: [a, previous]}}]}}]",
        "model: [{Residual: {survival: 0.5, branch: [{ReLU: {name: a}}]}}, {Add: {inputs: [a, previous]}}]",
        "model: [{Residual: {survival: 0.5, branch: [{Add: {inputs: [image, previous]}}]}}]",
        (
            "blocks: {b: {layers: [{Add: {inputs: [image, previous]}}]}}\n"
            "model: [{Residual: {survival: 0.5, branch: [b]}}]"
        ),
        (
            "model: [{Residual: {survival: 0.5, branch: [{ReLU: {name: a}}, {ReLU: {inputs: previous}}, "
            "{ReLU: {inputs: a}}]}}]"
        ),
        "model: [{LSTM: {units: 4, inputs: {sequence: image}}}]",
        "model: [{Conv1D: {filters: 2, kernel_size: 3}}]",
        "model: [{Branches: {of: {a: [], b: [ReLU]}}}]",
        "model: [Flatten, {Dense: {units: 4, name: a}}, {Dense: {units: 5, name: a}}]",
        "model: [Flatten, {Dense: {units: 4, name: image}}]",
        "model: [{Reshape: {target_shape: [5, 5]}}]",
        "model: [Flatten, {Dense: {units: =classes.kind}}]",
    ],
)
def test_what_cannot_be_built_gives_the_reason(workshop, text):
    errors = workshop.errors(text)
    expect_messages(errors)


def test_a_computed_value_points_at_its_use_with_the_names_that_led_there(workshop):
    text = """
blocks:
  bottleneck:
    params: [inner]
    layers:
      - Conv2D: {filters: =inner / 4, kernel_size: 1}
model:
  - Repeat:
      times: 2
      index: i
      of:
        - bottleneck: {inner: 250}
"""
    (error,) = workshop.errors(text)
    lines = error.splitlines()
    expect_message(lines[0])
    expect_message(lines[1])


RESNET = """
vars: {last: SURVIVAL}
blocks:
  conv:
    params: [filters, {strides: 1}]
    layers:
      - Conv2D: {filters: =filters, kernel_size: 3, strides: =strides, padding: same, use_bias: false}
      - BatchNormalization
model:
  - conv: {filters: 4}
  - Repeat:
      times: 4
      index: i
      of:
        - Residual:
            survival: =depth_schedule(i, 4, last)
            branch: [conv: {filters: =4 * 2 ** (i // 2), strides: =2 if i == 2 else 1}, ReLU, conv: {filters: =channels}]
        - ReLU
  - GlobalAveragePooling2D
  - Dense: {units: =classes}
"""


def resnet(workshop, survival):
    return workshop.model(RESNET.replace("SURVIVAL", survival).replace("=channels", "=4 * 2 ** (i // 2)"))


def test_a_survival_makes_a_branch_a_model_of_its_own_with_the_same_weights(workshop):
    plain, uncertain = resnet(workshop, "1.0"), resnet(workshop, "0.5")
    depths = [layer for layer in uncertain.layers if isinstance(layer, StochasticDepth)]
    assert [layer.survival for layer in depths] == [0.875, 0.75, 0.625, 0.5]
    assert {layer.mode for layer in depths} == {"batch"}
    assert not any(isinstance(layer, StochasticDepth) for layer in plain.layers)
    shapes = [sorted(tuple(w.shape) for w in model.trainable_weights) for model in (plain, uncertain)]
    assert shapes[0] == shapes[1]
    assert model_flops(plain) == model_flops(uncertain)
    names = [layer.name for layer in uncertain._flatten_layers(include_self=False)]
    assert len(names) == len(set(names))


def test_in_inference_the_branch_is_multiplied_by_its_survival(workshop):
    text = """
model:
  - Flatten
  - Residual: {survival: 0.3, mode: sample, branch: [Dense: {units: 192, use_bias: false, kernel_initializer: ones}]}
"""
    model = workshop.model(text)
    inputs = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    flat = inputs.reshape(2, -1)
    np.testing.assert_allclose(
        model.predict(inputs, verbose=0), flat + 0.3 * flat.sum(axis=1, keepdims=True), rtol=1e-4, atol=1e-4
    )


def test_a_residual_that_is_shared_draws_and_learns_as_one(workshop):
    text = """
blocks: {half: {layers: [{Residual: {survival: 0.5, branch: [Dense: {units: 192}]}}]}}
model: [Flatten, half: {name: first}, half: {share: first}]
"""
    model = workshop.model(text)
    assert model.count_params() == 192 * 193
    assert sum(isinstance(layer, StochasticDepth) for layer in model.layers) == 1
