"""What is right passes, what is wrong is refused at its place."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from golden import expect_message, raises

from kpipe.components import check, vocabulary
from kpipe.components.inspection.kinds import KINDS
from kpipe.errors import Mark
from kpipe.messages.call_argument import command_line
from kpipe.spec.node import Node

from .marked import node, problems

RIGHT = [
    ("layer", "ReLU"),
    ("layer", "ReLU:"),
    ("layer", "Dense: {units: 10}"),
    ("layer", "Dense: {units: 10, activation: softmax, name: output}"),
    ("layer", "Dense: {units: 10, activation: null, use_bias: false, trainable: false, dtype: float32}"),
    ("layer", "Dense: {units: 8, kernel_initializer: he_normal, bias_initializer: {Constant: {value: 0.1}}}"),
    ("layer", "Dense: {units: 8, kernel_regularizer: {L2: {l2: 1e-4}}, kernel_constraint: {MaxNorm: {max_value: 3}}}"),
    ("layer", "Dense: {units: 8, kernel_regularizer: l2, activity_regularizer: {L1: {l1: 1}}}"),
    ("layer", "Dense: {units: 8, activation: {LeakyReLU: {negative_slope: 0.2}}}"),
    ("layer", "Dense: {units: =2 * n, activation: =act}"),
    ("layer", "Conv2D: {filters: 64, kernel_size: 3, padding: same, strides: 2}"),
    ("layer", "Conv2D: {filters: 64, kernel_size: [3, 5], strides: [1, 2], dilation_rate: 1}"),
    ("layer", "Conv2D: {filters: 64, kernel_size: [3, =k], padding: SAME, data_format: channels_first}"),
    ("layer", "Conv2D: {filters: 64, kernel_size: 3, kernel_initializer: {VarianceScaling: {scale: 2, mode: fan_out}}}"),
    ("layer", "Conv1D: {filters: 8, kernel_size: 3, padding: causal, dilation_rate: 4}"),
    ("layer", "Conv2DTranspose: {filters: 8, kernel_size: 4, strides: 2, output_padding: 1}"),
    ("layer", "SeparableConv2D: {filters: 8, kernel_size: 3, depth_multiplier: 2}"),
    ("layer", "MaxPooling2D: {pool_size: 3, strides: 2, padding: same}"),
    ("layer", "MaxPooling2D: {pool_size: [2, 2], strides: null}"),
    ("layer", "MaxPool2D"),
    ("layer", "AveragePooling1D: {pool_size: 2}"),
    ("layer", "GlobalAveragePooling2D: {keepdims: true}"),
    ("layer", "AdaptiveAveragePooling2D: {output_size: [4, 4]}"),
    ("layer", "BatchNormalization: {momentum: 0.9, epsilon: 1e-5, gamma_initializer: zeros}"),
    ("layer", "GroupNormalization: {groups: -1}"),
    ("layer", "LayerNormalization: {axis: [1, 2], epsilon: 1e-6}"),
    ("layer", "Normalization: {axis: null, mean: 0.5, variance: 0.25}"),
    ("layer", "Normalization: {axis: -1, mean: [0.1, 0.2], variance: [1, 2]}"),
    ("layer", "Dropout: {rate: 0}"),
    ("layer", "Dropout: {rate: 0.5, noise_shape: [null, 1, 1, 64], seed: 3}"),
    ("layer", "SpatialDropout2D: {rate: 0.2}"),
    ("layer", "ZeroPadding2D: {padding: [[1, 0], [1, 0]]}"),
    ("layer", "ZeroPadding1D: {padding: 0}"),
    ("layer", "Cropping2D: {cropping: [2, 2]}"),
    ("layer", "UpSampling2D: {size: 2, interpolation: bicubic}"),
    ("layer", "Reshape: {target_shape: [-1, 4]}"),
    ("layer", "Permute: {dims: [2, 1]}"),
    ("layer", "Concatenate: {axis: 1}"),
    ("layer", "Dot: {axes: [1, 2], normalize: true}"),
    ("layer", "Rescaling: {scale: 0.1, offset: -1}"),
    ("layer", "Rescaling: {scale: [1, 0.5, 2]}"),
    ("layer", "Resizing: {height: 32, width: 32, interpolation: lanczos3}"),
    ("layer", "RandomRotation: {factor: [-0.2, 0.3], fill_mode: nearest}"),
    ("layer", "Embedding: {input_dim: 1000, output_dim: 64, mask_zero: true, embeddings_initializer: uniform}"),
    ("layer", "LSTM: {units: 32, return_sequences: true, dropout: 0.1, use_cudnn: false}"),
    ("layer", "GRU: {units: 32, use_cudnn: auto, recurrent_activation: hard_sigmoid}"),
    ("layer", "Bidirectional: {layer: {LSTM: {units: 8}}, merge_mode: null}"),
    ("layer", "Bidirectional: {layer: {LSTM: {units: 8}}, backward_layer: {GRU: {units: 8, go_backwards: true}}}"),
    ("layer", "TimeDistributed: {layer: [{Dense: {units: 3}}, ReLU]}"),
    ("layer", "TimeDistributed: {layer: {MobileNet: {weights: null, include_top: false}}}"),
    ("layer", "RNN: {cell: {LSTMCell: {units: 8}}}"),
    ("layer", "RNN: {cell: [{LSTMCell: {units: 8}}, {GRUCell: {units: 4}}], return_sequences: true}"),
    ("layer", "MultiHeadAttention: {num_heads: 4, key_dim: 16, dropout: 0.1, attention_axes: [1, 2]}"),
    ("layer", "EinsumDense: {equation: 'abc,cd->abd', output_shape: [null, 64], bias_axes: d}"),
    ("layer", "TextVectorization: {max_tokens: 5000, output_mode: int, ngrams: 2, vocabulary: [a, b]}"),
    ("layer", "SpectralNormalization: {layer: {Conv2D: {filters: 2, kernel_size: 2}}, power_iterations: 2}"),
    ("layer", "ResNet50: {include_top: false, weights: null, trainable: false}"),
    ("layer", "[{Dense: {units: 3}}, ReLU]"),
    ("layer", "keras.Dense: {units: 3}"),
    ("application", "EfficientNetV2B0: {weights: null, include_top: false, pooling: avg, input_shape: [32, 32, 3]}"),
    ("application", "MobileNet: {weights: null, alpha: 0.5, dropout: 0}"),
    ("loss", "CategoricalCrossentropy: {from_logits: true, label_smoothing: 0.1}"),
    ("loss", "Huber: {delta: 2, reduction: sum}"),
    ("loss", "CategoricalFocalCrossentropy: {alpha: [0.2, 0.8], gamma: 2}"),
    ("loss", "Dice: {axis: [1, 2]}"),
    ("metric", "TopKCategoricalAccuracy: {k: 3, name: top3}"),
    ("metric", "AUC: {curve: PR, num_thresholds: 50, thresholds: [0, 0.5, 1]}"),
    ("metric", "F1Score: {average: macro}"),
    ("metric", "MeanIoU: {num_classes: 3, ignore_class: -1}"),
    ("metric", "Precision: {thresholds: 0.6, class_id: 0}"),
    ("optimizer", "Adam"),
    ("optimizer", "SGD: {learning_rate: 1, momentum: 0.9, nesterov: true, weight_decay: 5e-4}"),
    ("optimizer", "AdamW: {learning_rate: 1e-3, clipnorm: 1, gradient_accumulation_steps: 4}"),
    ("optimizer", "SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 0.0, decay_steps: 100, warmup_target: 0.1, "
     "warmup_steps: 10}}}"),
    ("optimizer", "Adam: {learning_rate: {PiecewiseConstantDecay: {boundaries: [10, 20], values: [1, 0.5, 0.1]}}}"),
    ("optimizer", "LossScaleOptimizer: {inner_optimizer: {SGD: {learning_rate: 0.1}}, initial_scale: 1024}"),
    ("optimizer", "Muon: {exclude_layers: [head], learning_rate: 0.02}"),
    ("callback", "EarlyStopping: {monitor: val_accuracy, patience: 15, min_delta: 0.001, mode: max}"),
    ("callback", "ReduceLROnPlateau: {factor: 0.5, patience: 5, min_lr: 1e-5}"),
    ("callback", "ModelCheckpoint: {filepath: 'model-{epoch}.keras', save_freq: 100}"),
    ("callback", "TensorBoard: {update_freq: batch, profile_batch: [10, 20]}"),
    ("callback", "TerminateOnNaN"),
    ("source", "ImageFolder: {train: data/train, test: data/test}"),
    ("source", "Table: {path: a.csv, targets: [price, kind], images: {image: file}}"),
    ("source", 'Table: {path: a.csv, target: y, separator: ";", decimal: ",", exclude: [id, "user name"]}'),
    ("source", r'Table: {path: a.csv, target: y, separator: "\t"}'),
    ("preparation", "Center: {per: channel}"),
    ("preparation", "PCA: {components: 0.95}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), RIGHT)
def test_what_keras_documents_is_right(kind, text):
    assert [str(problem) for problem in problems(text, kind)] == []


WRONG = [
    ("layer", "Conv2d: {filters: 3}", "here", "Conv2D"),
    ("layer", "Adam", "here", None),
    ("layer", "Lambda: {function: f}", "here", None),
    ("layer", "MixUp: {alpha: 1.0}", "here", None),
    ("layer", "keras.CutMix", "here", None),
    ("layer", "[{Dense: {units: 3}}, Relu]", "here.1", "ReLU"),
    ("layer", "Conv2D: {kernel_size: 3}", "here", None),
    ("layer", "Conv2D", "here", None),
    ("layer", "Conv2D: 3", "here", None),
    ("layer", "Conv2D: {filters: 3, kernel_size: 3, filter: 3}", "here.Conv2D.filter", "filters"),
    ("layer", "Conv2D: {filters: 16.0, kernel_size: 3}", "here.Conv2D.filters", None),
    ("layer", "Conv2D: {filters: 0, kernel_size: 3}", "here.Conv2D.filters", None),
    ("layer", "Conv2D: {filters: true, kernel_size: 3}", "here.Conv2D.filters", None),
    ("layer", "Conv2D: {filters: 3, kernel_size: [3, 0]}", "here.Conv2D.kernel_size", None),
    ("layer", "Conv2D: {filters: 3, kernel_size: [3, 3.5]}", "here.Conv2D.kernel_size", None),
    ("layer", "Conv2D: {filters: 3, kernel_size: '3'}", "here.Conv2D.kernel_size", None),
    ("layer", "Conv2D: {filters: 3, kernel_size: 3, padding: samee}", "here.Conv2D.padding", "same"),
    ("layer", "Conv2D: {filters: 3, kernel_size: 3, padding: causal}", "here.Conv2D.padding", None),
    ("layer", "Dense: {units: 3, activation: rellu}", "here.Dense.activation", "relu"),
    ("layer", "Dense: {units: 3, use_bias: 1}", "here.Dense.use_bias", None),
    ("layer", "Dense: {units: 3, use_bias: yes}", "here.Dense.use_bias", None),
    ("layer", "Dense: {units: 3, dtype: float33}", "here.Dense.dtype", "float32"),
    ("layer", "Dense: {units: 3, kernel_initializer: glorot_unform}", "here.Dense.kernel_initializer", "glorot_uniform"),
    ("layer", "Dense: {units: 3, kernel_initializer: {HeNorml: {}}}", "here.Dense.kernel_initializer", "HeNormal"),
    ("layer", "Dense: {units: 3, kernel_initializer: {HeNormal: {seed: 1.5}}}",
     "here.Dense.kernel_initializer.HeNormal.seed", None),
    ("layer", "Dense: {units: 3, kernel_regularizer: {L2: {l2: -1}}}", "here.Dense.kernel_regularizer.L2.l2", None),
    ("layer", "Dense: {units: 3, kernel_regularizer: 0.1}", "here.Dense.kernel_regularizer", None),
    ("layer", "Dense: {units: 3, kernel_regularizer: os.system}", "here.Dense.kernel_regularizer",
     None),
    ("layer", "Dense: {units: 3, bias_constraint: os.system}", "here.Dense.bias_constraint", None),
    ("layer", "Dense: {units: 3, activation: {class_name: relu, config: {}}}", "here.Dense.activation", None),
    ("layer", "Dense: {units: 3, kernel_initializer: {module: os, class_name: system, config: {}, "
     "registered_name: null}}", "here.Dense.kernel_initializer", None),
    ("layer", "Dense: {units: 3, activation: {registered_name: 'own>Swish'}}", "here.Dense.activation", None),
    ("layer", "Dense: {units: {class_name: __tensor__, config: {}}}", "here.Dense.units", None),
    ("layer", "Reshape: {target_shape: [{class_name: __tensor__, config: {}}]}", "here.Reshape.target_shape", None),
    ("optimizer", "{class_name: SGD, config: {}}", "here", None),
    ("layer", "Dropout: {rate: 1}", "here.Dropout.rate", None),
    ("layer", "Dropout: {rate: half}", "here.Dropout.rate", None),
    ("layer", "BatchNormalization: {momentum: 1.1}", "here.BatchNormalization.momentum", None),
    ("layer", "Reshape: {target_shape: 3}", "here.Reshape.target_shape", None),
    ("layer", "TimeDistributed: {layer: [ReLU, {Dense: {units: 0}}]}", "here.TimeDistributed.layer.1.Dense.units", None),
    ("layer", "Bidirectional: {layer: 3}", "here.Bidirectional.layer", None),
    ("layer", "Bidirectional: {layer: {LSTM: {units: 3}}, merge_mode: add}", "here.Bidirectional.merge_mode", None),
    ("layer", "RNN: {cell: [{LSTMCell: {unit: 3, units: 3}}]}", "here.RNN.cell.0.LSTMCell.unit", "units"),
    ("layer", "RNN: {cell: {LSTMCell: {units: 3}, GRUCell: {units: 3}}}", "here.RNN.cell", None),
    ("layer", "ResNet50: {weight: null}", "here.ResNet50.weight", "weights"),
    ("layer", "ResNet50: {weights: null, pooling: mean}", "here.ResNet50.pooling", None),
    ("optimizer", "Muon: {exclude_layers: [head, '(a+)+$']}", "here.Muon.exclude_layers", None),
    ("optimizer", "SGD: {learning_rate: -1.0}", "here.SGD.learning_rate", None),
    ("optimizer", "SGD: {learning_rate: .inf}", "here.SGD.learning_rate", None),
    ("optimizer", "Adam: {epsilon: .nan}", "here.Adam.epsilon", None),
    ("optimizer", "Adam: {lr: 0.1}", "here.Adam.lr", "learning_rate"),
    ("optimizer", "Adam: {beta_1: 1}", "here.Adam.beta_1",
     None),
    ("optimizer", "Adam: {gradient_accumulation_steps: 1}", "here.Adam.gradient_accumulation_steps", None),
    ("optimizer", "SGD: {learning_rate: fast}", "here.SGD.learning_rate", None),
    ("optimizer", "SGD: {learning_rate: {Adam: {}}}", "here.SGD.learning_rate", None),
    ("optimizer", "SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 1, decay_steps: 0}}}",
     "here.SGD.learning_rate.CosineDecay.decay_steps", None),
    ("loss", "CategoricalCrossentropy: {label_smoothing: 2}", "here.CategoricalCrossentropy.label_smoothing", None),
    ("loss", "MeanSquaredErr", "here", "MeanSquaredError"),
    ("metric", "AUC: {curve: roc}", "here.AUC.curve", "ROC"),
    ("metric", "Mean", "here", None),
    ("callback", "EarlyStopping: {patience: 2.5}", "here.EarlyStopping.patience", None),
    ("callback", "LearningRateScheduler", "here", None),
    ("callback", "keras.BackupAndRestore: {backup_dir: a}", "here", None),
    ("source", "ImageFolder: {train: 3}", "here.ImageFolder.train", None),
    ("source", "ImageFolder: {train: a, color: gray}", "here.ImageFolder.color", "grey"),
    ("source", "Table: {path: a.csv, targets: price}", "here.Table.targets", None),
    ("source", "Table: {path: a.csv, target: y, exclude: id}", "here.Table.exclude", None),
    ("source", 'Table: {path: a.csv, target: y, decimal: ";"}', "here.Table.decimal", None),
    ("source", "Table: {path: a.csv, target: y, seperator: ;}", "here.Table.seperator", "separator"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "path", "suggestion"), WRONG)
def test_what_is_wrong_is_refused_at_its_place(kind, text, path, suggestion):
    found = problems(text, kind)
    assert len(found) == 1, found
    assert found[0].path == path
    expect_message(found[0].message)
    assert found[0].suggestion == suggestion


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Conv2D: {filters: 0, kernel_size: 3}", 19),
        ("Conv2D: {filters: 3, kernel_size: [3, 0]}", 39),
        ("Conv2D: {filters: 3, kernel_size: 3, filter: 3}", 38),
        ("Conv2D: {filters: 3}", 1),
        ("Dense: {units: 3, kernel_initializer: {HeNorml: {}}}", 40),
    ],
)
def test_marks_show_the_value_the_key_or_the_class(text, column):
    mark = problems(text, "layer")[0].mark
    assert (mark.line, mark.column) == (1, column)


def test_all_problems_are_found_at_once_and_know_what_led_there():
    found = problems("Conv2D: {filters: 0, kernal_size: 3, padding: [1], activation: {Foo: {}}}", "layer")
    assert [problem.path.rpartition(".")[2] for problem in found] == [
        "filters", "kernal_size", "padding", "activation",
    ]  # fmt: skip
    use = (Mark("spec.yaml", 9, 1, 9, 2), "used")
    chained = Node("Dens", Mark("spec.yaml", 1, 1, 1, 5), chain=(use,))
    collected = []
    check(chained, "layer", "", collected)
    assert collected[0].related == (use,)


def test_what_an_own_constructor_refuses_is_known_without_opening_anything():
    (found,) = problems("Rescale: {scale: 0}", "preparation")
    assert found.mark.column == 18
    assert problems("Rescale: {scale: =s}", "preparation") == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_default_fits_its_own_argument(kind):
    words = vocabulary()
    for name in words.names(kind):
        for argument in words.find(kind, name).arguments.values():
            if argument.required:
                continue
            mark = Mark("spec.yaml", 1, 1, 1, 2)
            given = Node({argument.name: marked(argument.default)}, mark)
            found = []
            check(Node({name: given}, mark), kind, "", found)
            wrong = [problem for problem in found if " requires " not in problem.message]
            if kind == "transform":
                # Some need one of two arguments, whose defaults are null.
                wrong = [problem for problem in wrong if problem.path.startswith(f"{name}.")]
            assert kind == "source" or wrong == [], f"{name}.{argument.name}: {wrong}"


def marked(value: Any) -> Node:
    mark = Mark("spec.yaml", 1, 1, 1, 2)
    if isinstance(value, list | tuple):
        return Node([marked(entry) for entry in value], mark)
    if isinstance(value, dict):
        return Node({str(key): marked(entry) for key, entry in value.items()}, mark)
    return Node(value, mark)


MODULES = {kind.module.rpartition(".")[2]: name for name, kind in KINDS.items() if kind.library == "keras"}

#: What is wrong with those examples in Keras' docstrings that Keras itself refuses.
WRONG_EXAMPLES = {
    ": RandomColorDegeneration requires factor",
    ": RandomContrast requires factor",
    ": RandomCrop requires height, width",
    ": RandomPosterization requires factor",
    ": RandomRotation requires factor",
    ": RandomSharpness requires factor",
    ": RandomTranslation requires height_factor, width_factor",
    "DepthwiseConv1D.padding: not allowed",
    "OneHotIoU.target_class_id: OneHotIoU has no argument 'target_class_id'",
    "RandomGrayscale.value_range: RandomGrayscale has no argument 'value_range'",
    "SeparableConv1D.padding: not allowed",
    "SeparableConv2D.padding: not allowed",
}


@pytest.mark.parametrize(
    ("text", "kind", "remedy"),
    [
        ("None", "loss", "got the string 'None'; remove it for the default"),
        ("Dense: {units: 3, kernel_regularizer: None}", "layer", "None is a string; write null"),
        ("Dense: {units: 3, activation: None}", "layer", "None is a string; write null"),
    ],
)
def test_the_string_none_has_a_remedy(text, kind, remedy):
    (found,) = problems(text, kind)
    assert found.message.endswith(remedy)


@pytest.mark.parametrize("argument", ["input_shape", "batch_input_shape", "input_dim"])
def test_the_shape_of_the_input_is_not_an_argument(argument):
    (found,) = problems(f"Dense: {{units: 3, {argument}: [8]}}", "layer")
    assert found.message.endswith("the shape of the input follows from the dataset; remove it")
    assert found.suggestion is None
    assert problems("Embedding: {input_dim: 8, output_dim: 2}", "layer") == []


def test_the_examples_of_the_docstrings_of_keras_pass():
    words, seen, refused = vocabulary(), 0, set()
    for kind in MODULES.values():
        for name in words.names(kind):
            for used_kind, used in examples(
                inspect.getdoc((words.find(kind, f"keras.{name}") or words.find(kind, name)).load()) or ""
            ):
                found = []
                check(marked(used), used_kind, "", found)
                refused |= {f"{problem.path}: {problem.message.split(';')[0]}" for problem in found}
                seen += 1
    assert refused == WRONG_EXAMPLES
    assert seen > 350


def examples(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls in a docstring whose components the vocabulary has; what is no literal becomes an expression."""
    blocks = re.findall(r"```(?:python)?\n(.*?)```", text, re.DOTALL)
    prompts = re.sub(r"^(?!\s*(?:>>>|\.\.\.)).*$", "", text, flags=re.MULTILINE)
    blocks += [entry.replace("...", "") for entry in re.split(r"^\s*>>> ?", prompts, flags=re.MULTILINE)]
    for block in blocks:
        try:
            tree = ast.parse(textwrap.dedent(block).strip())
        except SyntaxError:
            continue
        for call in ast.walk(tree):
            used = component(call)
            if used is not None:
                yield used


def component(call: ast.AST) -> tuple[str, dict[str, Any]] | None:
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    holder = call.func.value
    module = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
    kind = MODULES.get(module, "")
    known = vocabulary().find(kind, call.func.attr) if kind else None
    if known is None or any(keyword.arg is None for keyword in call.keywords):
        return None
    arguments = dict(zip(known.arguments, map(literal, call.args), strict=False))
    arguments |= {str(keyword.arg): literal(keyword.value) for keyword in call.keywords}
    return kind, {call.func.attr: arguments}


def literal(value: ast.expr) -> Any:
    used = component(value)
    if used is not None:
        return used[1]
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError):
        return "=unknown"


def test_a_plain_text_may_begin_with_an_equals_sign_once_evaluated():
    from kpipe.components import build

    with raises(ValueError):
        build(node("Dense: {units: 3, activation: =relu}"), "layer")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("layer", "Dense: {units: None}"),
        ("layer", 'Dense: {units: "(3, 3)", activation: "None", use_bias: "null"}'),
        ("layer", 'Conv2D: {filters: 3, kernel_size: "(3, 3)"}'),
        ("regularizer", 'L2: {l2: "(1, 2)"}'),
        ("layer", "Dense: {units: 3, kernel_regularizer: l2(0.01), bias_regularizer: keras.regularizers.L2(0.1)}"),
        ("optimizer", 'SGD: {learning_rate: "CosineDecay(0.1, 100)"}'),
        ("metric", "f1"),
        ("source", "sklearn.datasets.load_iris()"),
        ("source", "load_wine"),
    ],
)
def test_remedies_are_accepted_where_they_are_written(kind, text):
    expect_message("\n".join(map(str, problems(text, kind))))


def test_the_available_components_are_listed_as_the_caller_sees_them():
    expect_message(problems("Qqqqqq", "source")[0].message)
    with command_line():
        expect_message(problems("Qqqqqq", "source")[0].message)
