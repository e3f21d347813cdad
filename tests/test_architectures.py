"""The networks under `pipelines/architectures` are those of their papers: parameters, multiply-adds, and no more lines than a table."""

import math
import re
from pathlib import Path

import keras
import pytest

import kpipe
from kpipe.model.builder import Builder
from kpipe.model.flops import model_flops
from kpipe.spec.expressions.scope import Name
from kpipe.spec.reader import shipped_specs

#: Shape of the prepared input, classes, trainable parameters, and the share by which they may be off.
PARAMETERS = {
    "alexnet": ((227, 227, 3), 1000, 62_378_344, 0),
    "densenet121": ((224, 224, 3), 1000, 7_978_856, 0),
    "encoder-decoder": ((5,), 10, 10 * 16 + 4 * 64 * (64 + 16 + 1) + 4 * 64 * (64 + 64 + 1) + 65 * 10, 0),
    "fractalnet": ((32, 32, 3), 10, 33_700_000, 0.02),
    "googlenet": ((224, 224, 3), 1000, 6_998_552, 0),
    "many-to-many": ((5,), 10, 10 * 16 + 4 * 32 * (32 + 16 + 1) + 33 * 10, 0),
    "many-to-one": ((5,), 10, 10 * 16 + 4 * 32 * (32 + 16 + 1) + 33 * 10, 0),
    "nasnet-a": ((32, 32, 3), 10, 3_300_000, 0.02),
    "nin-cifar10": ((32, 32, 3), 10, 966_986, 0),
    "preact-resnet164": ((32, 32, 3), 10, 1_703_258, 0),
    "resnet110": ((32, 32, 3), 10, 1_700_000, 0.02),
    "resnet20": ((32, 32, 3), 10, 270_000, 0.02),
    "resnet50": ((224, 224, 3), 1000, 25_557_032, 0),
    "resnext50-32x4d": ((224, 224, 3), 1000, 25_028_904, 0),
    "se-resnet50": ((224, 224, 3), 1000, 28_088_024, 0),
    "squeezenet": ((227, 227, 3), 1000, 1_248_424, 0),
    "stochastic-depth-resnet110": ((32, 32, 3), 10, 1_700_000, 0.02),
    "two-layer-net": ((32, 32, 3), 10, 154_160, 0),
    "vgg16": ((224, 224, 3), 1000, 138_357_544, 0),
    "wide-resnet-28-10": ((32, 32, 3), 10, 36_479_194, 0),
}

#: Billions of multiply-adds, and where that is published.
MULTIPLY_ADDS = {
    # torchvision's documentation of ResNet50_Weights (4.09); He et al. (table 1) have 3.8 with the stride in the 1x1.
    "resnet50": 4.09,
    # He et al. 2015, section 4.1 have 15.3 without the dense layers' 0.12; torchvision's VGG16_Weights 15.47.
    "vgg16": 15.47,
    # torchvision's documentation of DenseNet121_Weights.
    "densenet121": 2.83,
}

SHIPPED = (Path(__file__).parent.parent / "pipelines" / "README.md").read_text()

#: Lines of `blocks` and `model` together; NASNet's cell has a line for each of its operations.
LINES = {"nasnet-a": 90}
MOST_LINES = 60


def build(name, shape, classes):
    """The model of a shipped spec; its weights have shapes and no values."""
    spec = kpipe.load(f"kpipe:architectures/{name}").spec
    inputs = keras.Input(shape, name="image")
    names = {"classes": Name(classes), "input_shape": Name(list(shape))}
    with keras.StatelessScope(initialize_variables=False):
        return keras.Model(inputs, Builder(spec, {"image": inputs}, names).build({}))


def lines(path):
    """Those of `blocks` and `model`, here and in what the file extends, without blank ones and comments."""
    text = path.read_text()
    parts = [part for part in re.split(r"^(?=\w)", text, flags=re.M) if part.startswith(("blocks:", "model:"))]
    own = [line for part in parts for line in part.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    base = re.search(r"^extends: (\S+)$", text, re.M)
    return own + (lines(path.parent / base[1]) if base else [])


def architectures():
    return sorted(name.split("/")[1] for name in shipped_specs() if name.startswith("architectures/"))


def test_every_architecture_is_in_the_table():
    assert sorted(PARAMETERS) == architectures()
    assert {*MULTIPLY_ADDS, *LINES} <= {*PARAMETERS}


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_parameters(name):
    shape, classes, expected, tolerance = PARAMETERS[name]
    model = build(name, shape, classes)
    assert (model.output.shape[0], model.output.shape[-1]) == (None, classes)
    count = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert count == pytest.approx(expected, rel=tolerance, abs=0)
    assert f"| `kpipe:architectures/{name}` | {count:,} |" in SHIPPED


@pytest.mark.parametrize("name", sorted(MULTIPLY_ADDS))
def test_multiply_adds(name):
    flops = model_flops(build(name, *PARAMETERS[name][:2]))
    assert flops.unknown == ()
    assert flops.count / 2 == pytest.approx(MULTIPLY_ADDS[name] * 1e9, rel=0.02)


@pytest.mark.parametrize("name", architectures())
def test_it_reads_like_a_table(name):
    assert 0 < len(lines(shipped_specs()[f"architectures/{name}"])) <= LINES.get(name, MOST_LINES)
