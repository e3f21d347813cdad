import json
import re
from pathlib import Path

import jsonschema
import pytest

from kpipe.components import vocabulary
from kpipe.components.inspection.kinds import KINDS
from kpipe.schema.json_schema import json_schema
from kpipe.spec.reader import read
from kpipe.spec.top_level import LATER
from kpipe.spec.yaml_text.yaml_reader import read_file, read_text

ROOT = Path(__file__).parents[2]
SPECS = sorted(
    path
    for folder in ("pipelines", "examples", "tests/model/specs")
    for path in (ROOT / folder).rglob("*.yaml")
    # Its words are known where the plug-in is installed: see `tests/components/registry/test_plugins.py`.
    if path.name != "plugin.yaml"
)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: str(p.relative_to(ROOT)))
def test_specs_of_the_project_are_accepted(editor, path):
    # One of the tests' models comes without data.
    spec = {"data": {"source": "Digits"}, **read_file(path).plain()}
    assert editor.mistakes(spec) == []


@pytest.mark.parametrize("path", [p for p in SPECS if p.parent.name == "pipelines"], ids=lambda p: p.stem)
def test_resolved_specs_are_accepted(editor, path):
    assert editor.mistakes(read_text(read(path).dump(), "spec.yaml").plain()) == []


def test_the_spec_of_the_readme_is_accepted(editor):
    texts = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    specs = [text for text in texts if text.startswith("name:")]
    assert specs
    for text in specs:
        assert editor.mistakes(read_text(text, "README.md").plain()) == []


def test_it_is_draft_07(editor):
    jsonschema.Draft7Validator.check_schema(editor.schema)
    assert editor.schema["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_it_is_the_same_each_time_and_of_bearable_size(as_text):
    assert json.dumps(json_schema(vocabulary())) == as_text
    assert len(as_text) < 1_500_000


def test_all_references_lead_somewhere(editor, as_text):
    names = set(re.findall(r'"#/definitions/([^"]+)"', as_text))
    assert names <= set(editor.schema["definitions"])


@pytest.mark.parametrize("kind", KINDS)
def test_all_classes_of_a_kind_are_there(editor, kind):
    offered = editor.schema["definitions"][kind]["properties"]
    assert set(vocabulary().names(kind)) <= set(offered)


def test_what_a_later_version_has_is_not_offered(editor):
    for path in LATER:
        section, _, key = path.rpartition(".")
        properties = editor.schema["definitions"][section]["properties"] if section else editor.schema["properties"]
        assert key == "imports" or key not in properties


def test_classes_and_arguments_are_documented(editor):
    definitions = editor.schema["definitions"]
    layer = _resolved(definitions, definitions["item"]["else"]["properties"]["Conv2D"])
    assert layer["description"] == "2D convolution layer."
    filters = _resolved(definitions, layer["properties"]["filters"])
    assert filters["description"].startswith("int, the dimension of the output space")
    assert _resolved(definitions, layer["properties"]["use_bias"])["default"] is True
    assert layer["required"] == ["filters", "kernel_size"]
    epochs = _resolved(definitions, definitions["train"]["properties"]["epochs"])
    assert epochs["description"].startswith("number of epochs, at least 1, default 10")
    assert epochs["default"] == 10


def _resolved(definitions, schema):
    return definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("model: [Conv2d: {filters: 3}]", r"model\.0: .*'Conv2d'"),
        ("model: [Denes]", r"model\.0: enum"),
        ("model: [Dense]", r"model\.0: enum"),
        ("model: [{Dense: null}]", r"model\.0\.Dense: None is not of type"),
        ("model: [Dense: {}]", r"model\.0\.Dense: 'units' is a required property"),
        ("model: [ReLU, Dense: {units: 3, unit: 3}]", r"model\.1\.Dense: .*'unit' was unexpected"),
        ("model: [Dense: {units: 0}]", r"model\.0\.Dense\.units: 0 is less than the minimum of 1"),
        ("model: [Dense: {units: 2.5}]", r"model\.0\.Dense\.units: 2\.5 is not of type 'integer'"),
        ("model: [Dense: {units: true}]", r"model\.0\.Dense\.units: True is not of type 'integer'"),
        ("model: [Dropout: {rate: 1}]", r"model\.0\.Dropout\.rate: 1 is greater than or equal to the maximum of 1"),
        ("model: [MaxPooling2D: {padding: sam}]", r"model\.0\.MaxPooling2D\.padding: 'sam' is not one of"),
        ("model: [MaxPooling2D: {pool_size: [2, x]}]", r"model\.0\.MaxPooling2D\.pool_size\.1: 'x' is not of type"),
        ("model: [Dense: {units: 1, activation: rleu}]", r"model\.0\.Dense\.activation: enum"),
        (
            "model: [Dense: {units: 1, kernel_initializer: {HeNorml: {}}}]",
            r"model\.0\.Dense\.kernel_initializer: .*'HeNorml'",
        ),
        (
            "model: [Dense: {units: 1, kernel_initializer: {HeNormal: {sed: 1}}}]",
            r"model\.0\.Dense\.kernel_initializer\.HeNormal: .*'sed' was unexpected",
        ),
        ("model: [Bidirectional: {layer: {LSTN: {units: 3}}}]", r"model\.0\.Bidirectional\.layer: .*'LSTN'"),
        ("model: [Bidirectional: {layer: {LSTM: {units: 3, inputs: a}}}]", r"layer\.LSTM: .*'inputs' was unexpected"),
        ("model: [TimeDistributed: {layer: [conv: {}]}]", r"model\.0\.TimeDistributed\.layer\.0: .*'conv'"),
        ("model: [ReLU: 3]", r"model\.0\.ReLU: 3 is not of type"),
        ("model: [ReLU: three]", r"model\.0\.ReLU: 'three' does not match"),
        ("model: [{ReLU: {}, Dropout: {rate: 0.5}}]", r"model\.0: .*too many properties"),
        ("model: [{}]", r"model\.0: "),
        ("model: [null]", r"model\.0: None is not of type"),
        ("model: []", r"model: \[\] (should be non-empty|is too short)"),
        ("model: [Repeat: {times: 3}]", r"model\.0\.Repeat: 'of' is a required property"),
        ("model: [Repeat: {times: 3, of: [Relu]}]", r"model\.0\.Repeat\.of\.0: enum"),
        ("model: [Repeat: {times: -1, of: [ReLU]}]", r"model\.0\.Repeat\.times: -1 is less than"),
        ("model: [Residual: {branch: [Conv2D: {filters: 3}]}]", r"Residual\.branch\.0\.Conv2D: 'kernel_size' is a req"),
        ("model: [Branches: {of: {a: [Relu]}}]", r"model\.0\.Branches\.of\.a\.0: enum"),
        ("model: [Branches: {of: {a: []}, merge: Concat}]", r"model\.0\.Branches\.merge: enum"),
        ("model: [If: {when: yes, then: [ReLU]}]", r"model\.0\.If\.when: 'yes' is not of type 'boolean'"),
        ("model: [Dense: {share: a, units: 3}]", r"model\.0\.Dense: .*'units' was unexpected"),
        ("blocks: {conv: {params: [a]}}", r"blocks\.conv: 'layers' is a required property"),
        ("blocks: {conv: {layers: [Relu]}}", r"blocks\.conv\.layers\.0: enum"),
        ("blocks: {conv: {layer: [ReLU], layers: []}}", r"blocks\.conv: .*'layer' was unexpected"),
        ("blocks: {Conv: {layers: [ReLU]}}", r"blocks: 'Conv' does not match"),
        ("vars: {classes: 3}", r"vars: not"),
        ("seed: -1", r"seed: -1 is less than the minimum of 0"),
        ("name: a b", r"name: 'a b' does not match"),
        ("optimizer: Adam", r": .*'optimizer' was unexpected"),
        ("ensemble: {}", r": .*'ensemble' was unexpected"),
        ("tune: {}", r"tune: .*'space' is a required property"),
        ("tune: {space: {data.batch_size: {Int: [1.5, 3]}}}", r"data.batch_size.*"),
        ("tune: {space: {data.batch_size: {Lgo: [1, 3]}}}", r"'Lgo' was unexpected"),
        ("tune: {space: {seed: {Int: [1, 3]}}, stages: [{trails: 3}]}", r"stages\.0: .*'trails' was unexpected"),
        ("data: {source: Digits, mixes: []}", r"data: .*'mixes' was unexpected"),
        ("data: {}", r"data: 'source' is a required property"),
        ("data: {source: ImageFolder}", r"data\.source: 'ImageFolder' is not one of"),
        ("data: {source: {ImageFolder: {}}}", r"data\.source\.ImageFolder: 'train' is a required property"),
        ("data: {source: {Table: {path: 3}}}", r"data\.source\.Table\.path: 3 is not of type 'string'"),
        ("data: {source: Digits, validation: 1}", r"data\.validation: 1 is greater than or equal to"),
        ("data: {source: Digits, batch_size: 0}", r"data\.batch_size: 0 is less than"),
        ("data: {source: Digits, prepare: [Centre]}", r"data\.prepare\.0: 'Centre' is not one of"),
        ("data: {source: Digits, prepare: {x: [Centre]}}", r"data\.prepare\.x\.0: 'Centre' is not one of"),
        ("data: {source: Digits, prepare: Center}", r"data\.prepare: 'Center' is not of type 'array'"),
        ("train: {epoch: 3}", r"train: .*'epoch' was unexpected"),
        ("train: {epochs: 0}", r"train\.epochs: 0 is less than the minimum of 1"),
        ("train: {epochs: '3'}", r"train\.epochs: '3' is not of type 'integer'"),
        ("train: {optimizer: {SDG: {}}}", r"train\.optimizer: .*'SDG'"),
        ("train: {optimizer: null}", r"train\.optimizer: None is not of type"),
        ("train: {optimizer: {SGD: {momentum: 1}}}", r"train\.optimizer\.SGD\.momentum: 1 is greater than or equal"),
        (
            "train: {optimizer: {SGD: {learning_rate: 0}}}",
            r"train\.optimizer\.SGD\.learning_rate: 0 is less than or eq",
        ),
        (
            "train: {optimizer: {SGD: {learning_rate: {CosineDecay: {}}}}}",
            r"learning_rate\.CosineDecay: 'decay_steps' is",
        ),
        (
            "train: {optimizer: {SGD: {learning_rate: {Cosine: {}}}}}",
            r"train\.optimizer\.SGD\.learning_rate: .*'Cosine'",
        ),
        ("train: {optimizer: {SGD: {learning_rate: CosineDecay}}}", r"learning_rate: 'CosineDecay' does not match"),
        ("train: {loss: aut}", r"train\.loss: (enum|'aut' is not one of)"),
        ("train: {metrics: [acuracy]}", r"train\.metrics\.0: (enum|'acuracy' is not one of)"),
        ("train: {metrics: [auto]}", r"train\.metrics\.0: (enum|'auto' is not one of)"),
        ("train: {metrics: [MeanIoU]}", r"train\.metrics\.0: (enum|'MeanIoU' is not one of)"),
        ("train: {targets: {y: {los: auto}}}", r"train\.targets\.y: .*'los' was unexpected"),
        ("train: {targets: {y: {weight: -1}}}", r"train\.targets\.y\.weight: -1 is less than"),
        ("train: {choose: {mode: best}}", r"train\.choose\.mode: 'best' is not one of"),
        ("train: {regularize: {l3: 1}}", r"train\.regularize: .*'l3' was unexpected"),
        ("train: {class_weight: balancd}", r"train\.class_weight: 'balanced' was expected"),
        ("train: {class_weight: {a: -1}}", r"train\.class_weight\.a: -1 is less than"),
        ("train: {callbacks: EarlyStopping}", r"train\.callbacks: 'EarlyStopping' is not of type 'array'"),
        ("train: {callbacks: [{EarlyStopping: {patience: -1}}]}", r"callbacks\.0\.EarlyStopping\.patience: -1 is less"),
        ("train: {callbacks: [CSVLogger]}", r"train\.callbacks\.0: (enum|'CSVLogger' is not one of)"),
        ("train: {precision: float16}", r"train\.precision: 'float16' is not one of"),
        ("train: {stages: [{epoch: 3}]}", r"train\.stages\.0: .*'epoch' was unexpected"),
        ("train: {stages: [Transfr]}", r"train\.stages\.0: 'Transfr' is not one of"),
        ("train: {stages: [FineTune: {lats: 0.3}]}", r"train\.stages\.0\.FineTune: .*'lats' was unexpected"),
        ("train: {stages: [FineTune: {last: 2}]}", r"train\.stages\.0\.FineTune\.last: 2 is greater than"),
        ("train: {stages: {Transfer: {data: same}}}", r"train\.stages\.Transfer\.data: 'same' is not one of"),
    ],
)
def test_errors_are_found_at_their_place(editor, text, mistake):
    found = editor.of(text)
    assert any(re.search(mistake, line) for line in found), found


@pytest.mark.parametrize(
    "text",
    [
        "model: [ReLU, ReLU: {}, ReLU: null, keras.ReLU, keras.Dense: {units: 3}, kpipe.LocalResponseNorm]",
        "model: [ResNet50: {include_top: false, weights: null, trainable: false}, Xception: {weights: null}]",
        "model: [=norm, Dense: =arguments, Dense: {units: =classes}, Dense: {units: 3, activation: =act}, conv: =a]",
        "model: [MaxPooling2D: {pool_size: [2, =n], strides: [=a, =b]}, Dense: {units: 2, use_bias: =n > 1}]",
        "model: [Dense: {units: 3, kernel_initializer: =init, activation: ==x, name: =name, inputs: =x, trainable: =t}]",
        "model: [Conv2D: {filters: 3, kernel_size: 3, padding: SAME, data_format: Channels_Last}]",
        "model: [Dense: {units: 3, kernel_initializer: he_normal, bias_regularizer: l2, activation: null}]",
        "model: [Dense: {units: 3, activation: {LeakyReLU: {negative_slope: 0.1}}}, Dense: {units: 3, activation: ReLU}]",
        "model: [Dense: {units: 3, kernel_initializer: keras.HeNormal}, Dense: {units: 3, activation: [ReLU, Softmax]}]",
        "model: [Dense: {share: stem}, tower: {share: left, inputs: [a, b]}, Repeat: {share: a, name: b}]",
        "model: [Dense: {share: stem, inputs: {query: a, value: [b, encoder.1]}, name: again}, Foo: {share: stem}]",
        "model: [Bidirectional: {layer: {LSTM: {units: 8}}}, TimeDistributed: {layer: [Dense: {units: 3}, ReLU]}]",
        "model: [RNN: {cell: [{LSTMCell: {units: 3}}, {GRUCell: {units: 3}}]}, RNN: {cell: {LSTMCell: {units: 3}}}]",
        "model: [Bidirectional: {layer: =layer}, RNN: {cell: [=cell, =cell]}, Bidirectional: {layer: [=a]}]",
        "model: [Repeat: {times: =n, index: i, of: [ReLU]}, Repeat: {each: {a: [1, 2], b: =widths}, of: =items}]",
        "model: [Residual: {branch: [ReLU], projection: [ReLU], survival: 1.0}, Residual: {branch: =a, shortcut: []}]",
        "model: [Branches: {of: {1x1: [], a: =items}}, Branches: {of: [[ReLU], []], merge: {Concatenate: {axis: 1}}}]",
        "model: [Branches: {of: [[ReLU]], merge: =merge, name: x}, If: {when: true, then: [ReLU], else: []}]",
        "model: [If: {when: =n > 1, then: [ReLU], name: a, inputs: b}, Input: {name: image, shape: [8, null, =c]}]",
        "model: [conv, conv: {}, conv: null, conv: {filters: 3, any: {thing: [1]}}]",
        "blocks: {conv: {params: [a, {b: 1, c: =d}], inputs: [x, y], outputs: x, layers: [ReLU]}, empty: {layers: []}}",
        "blocks: null\nvars: null\ntrain: null",
        "vars: {a: 1, b: [1, {c: null}], norm: {GroupNormalization: {groups: 8}}, e: =a + 1}",
        "data: {source: =source, validation: =v, prepare: =p, batch_size: =b}",
        "data: {source: Digits, prepare: {image: [Rescale, Center: {per: channel}], table: =prepare}}",
        "data: {source: {Table: {path: a.csv, targets: [a, =b], images: {photo: file}, test: null}}, prepare: []}",
        'data: {source: {Table: {path: a.csv, target: y, separator: ";", decimal: ",", exclude: [id]}}}',
        "data: {source: {ImageFolder: {train: =path, test: a}}, prepare: [=first, keras.Foo, Resize: {height: 3, width: 3}]}",
        "train: {optimizer: SGD, loss: auto, metrics: auto, callbacks: []}",
        "train: {optimizer: {SGD: null}, loss: {CategoricalCrossentropy: {from_logits: true}}, metrics: accuracy}",
        "train: {metrics: [accuracy, AUC, MeanIoU: {num_classes: 3}, =metric, keras.Accuracy], callbacks: =callbacks}",
        "train: {optimizer: {SGD: {learning_rate: {CosineDecay: {initial_learning_rate: 1e-3, decay_steps: 10}}}}}",
        "train: {optimizer: {SGD: {learning_rate: keras.CosineDecay}}}",
        "train: {optimizer: {SGD: {learning_rate: =rate, momentum: =m}}, loss: =loss, metrics: =metrics}",
        "train: {targets: {price in EUR: {loss: auto, weight: 1, metrics: [accuracy]}, b: {}, c: =options}}",
        "train: {targets: =targets, choose: =choose, regularize: {l1: =a}, validate: {every_steps: null}}",
        "train: {class_weight: balanced, jit_compile: true, validate: {every_epochs: 2, every_steps: 10}}",
        "train: {stages: [FeatureExtraction, FineTune: {last: =share}, {epochs: 3}, =stage, keras.Foo]}",
        "train: {stages: Transfer}",
        "train: {stages: {Transfer: {data: different, epochs: [5, =long]}}}",
        "train: {class_weight: {cat: 1, dog: =w}, jit_compile: auto, precision: =p, choose: {monitor: =m}}",
    ],
)
def test_what_the_language_allows_is_accepted(editor, text):
    assert editor.of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "extends: base.yaml",
        "extends: kpipe:digits\ntrain: {epochs: 3}",
        "extends: base.yaml\ndata: {batch_size: 3}\nblocks: {conv: {params: [a]}}",
        "extends: base.yaml\ndata: {source: {ImageFolder: {test: a}}}",
        "extends: base.yaml\ndata: {source: ImageFolder}\ntrain: {optimizer: {SGD: {learning_rate: {CosineDecay: {alpha: 0}}}}}",
        "extends: base.yaml\nmodel: [Swish, Swish: {beta: 1}, Bidirectional: {layer: MyCell}]",
        "name: a\nset: {data.source: Digits, 'model.+=': ReLU}",
        "name: a\nimports: [./my.py]\ndata: {source: Mine}\nmodel: [Swish, {Swish: {beta: 1}}]",
        "name: a\nimports: [my.layers]\ndata: {source: {Mine: {a: 1}}}\nmodel: [ReLU]\ntrain: {optimizer: Mine, loss: {My: {}}}",
    ],
)
def test_a_partial_file_may_omit_keys_of_other_files(editor, text):
    assert editor.part(text) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("extends: base.yaml\ntrain: {epoch: 3}", r"train: .*'epoch' was unexpected"),
        ("extends: base.yaml\nmodel: [Dense: {unit: 3}]", r"model\.0\.Dense: .*'unit' was unexpected"),
        ("extends: base.yaml\nmodel: [Dense: {}]", r"model\.0\.Dense: 'units' is a required property"),
        ("imports: [a]\ntrain: {optimizer: {SGD: {momentum: 1}}}", r"train\.optimizer\.SGD\.momentum: 1 is greater"),
        ("extends: 3", r"extends: 3 is not of type 'string'"),
        ("imports: a.py", r"imports: 'a.py' is not of type 'array'"),
        ("set: [a]", r"set: \['a'\] is not of type 'object'"),
        ("train: {}", r": 'model' is a required property"),
    ],
)
def test_a_partial_file_is_checked_for_its_own_keys(editor, text, mistake):
    found = editor.part(text)
    assert any(re.search(mistake, line) for line in found), found
