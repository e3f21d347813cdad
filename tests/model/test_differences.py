import pytest
from golden import expect_message

import kpipe
from kpipe.model.differences import model_differences
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.setup import build_on_data
from kpipe.train.setup.spec_session import spec_session

SPEC = """
name: small
vars: {width: 4}
data: {source: Digits}
blocks:
  unit: {params: [n], layers: [Conv2D: {filters: =n, kernel_size: 3, padding: same}, ReLU]}
model:
  - unit: {n: =width}
  - Residual: {branch: [unit: {n: =width}], survival: 0.8}
  - Branches: {of: {one: [unit: {n: 2}], two: []}, merge: Concatenate}
  - unit: {n: 3, name: last}
  - Flatten
  - Dense: {units: =classes, name: head}
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Builds a spec's model on the digits."""
    base, prepared = tmp_path_factory.mktemp("specs"), []

    def built(text):
        (base / "small.yaml").write_text(text)
        spec = kpipe.load(base / "small.yaml").spec
        with spec_session(spec):
            if not prepared:
                prepared.append(prepare_data(spec, lambda line: None))
            return build_on_data(spec, prepared[0])

    return built


@pytest.mark.parametrize(
    "text",
    [
        SPEC,
        SPEC.replace("unit:", "piece:"),
        SPEC.replace(
            "- unit: {n: =width}\n  - R", "- Conv2D: {filters: 4, kernel_size: 3, padding: same}\n  - ReLU\n  - R"
        ),
        SPEC.replace("kernel_size: 3", "kernel_size: [3, 3], use_bias: true, kernel_initializer: GlorotUniform"),
        SPEC.replace("{n: =width}", "{n: 4}").replace("vars: {width: 4}", ""),
    ],
    ids=["same", "block renamed", "block written out", "defaults", "no variable"],
)
def test_models_of_the_same_layers(build, text):
    assert model_differences(build(SPEC), build(text)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{units: =classes, name: head}",
            "{units: =classes, name: top}",
            "layer top (model.5, *): name: 'head' -> 'top'",
        ),
        ("name: last", "name: end", "layer end_conv2d (*): name: 'last/conv2d' -> 'end/conv2d'"),
        ("survival: 0.8", "survival: 0.7", "layer stochastic_depth (model.1*): survival: 0.8 -> 0.7"),
        ("padding: same}, ReLU", "padding: same}, ELU", "layer unit_elu (*): ReLU -> ELU"),
        ("{n: 2}", "{n: 5}", "layer one_unit_conv2d (*): filters: 2 -> 5"),
        ("  - Flatten\n", "  - Flatten\n  - Dropout: {rate: 0.1}\n", "layer dropout (*): Dense -> Dropout"),
        ("merge: Concatenate", "merge: {Concatenate: {axis: 1}}", "layer concatenate (*): axis: -1 -> 1"),
    ],
)
def test_each_difference_is_named_with_its_place(build, old, new, said):
    import fnmatch

    assert old in SPEC
    if "axis" in new:
        text = SPEC.replace(old, new).replace("n: 2", "n: 4")
        before = build(SPEC.replace("n: 2", "n: 4"))
    else:
        text, before = SPEC.replace(old, new), build(SPEC)
    found = model_differences(before, build(text))
    assert any(fnmatch.fnmatch(line, f"model: {said}") for line in found), found
    assert all("small.yaml:" in line for line in found)


def test_layers_that_read_others(build):
    one = SPEC.replace("  - Residual", "  - ReLU: {name: a}\n  - ReLU: {name: b, inputs: a}\n  - Residual")
    other = one.replace("  - Branches", "  - Add: {inputs: [previous, a]}\n  - Branches")
    first, second = build(other), build(other.replace("[previous, a]", "[previous, b]"))
    (line,) = model_differences(first, second)
    expect_message(line)
