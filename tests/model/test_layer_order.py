"""The order in which layers are created and built, their names and their configurations stay as they are.

The order of creation decides which random numbers a layer's initial weights are drawn from, and the names are paths in
checkpoints and in `model.keras`. So both are kept in `layer_order.golden.json`, for each shipped spec and for those of
`layer_order`, which have every keyword of the model language. A change of that file makes the weights of the same seed
others, or makes checkpoints of before unreadable: where that is wanted, and the changelog says it, write the file with

    pytest tests/model/test_layer_order.py --update-golden
"""

import hashlib
import json
import random
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml

import kpipe
from kpipe.spec.reader import read
from kpipe.train.compile import prepare_objective
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.setup import build_on_data
from kpipe.train.setup.spec_session import spec_session

HERE = Path(__file__).parent
PIPELINES = HERE.parents[1] / "pipelines"
GOLDEN = HERE / "layer_order.golden.json"

#: Shipped specs as deep as makes a difference, on images that are drawn where they need some.
SMALLER = {
    "architectures/alexnet": {"vars.divide": 16},
    "architectures/densenet121": {"vars.depths": [1, 2]},
    "architectures/fractalnet": {"vars.filters": [4, 4], "vars.dropout": [0.1, 0.1]},
    "architectures/nasnet-a": {"vars.stages": 2, "vars.cells": 2, "vars.filters": 4},
    "architectures/preact-resnet164": {"vars.depth": 2},
    "architectures/resnet110": {"vars.depth": 2},
    "architectures/resnet20": {"vars.depth": 2},
    "architectures/resnet50": {"vars.depths": [1, 2], "vars.inner": 8, "vars.filters": 32},
    "architectures/resnext50-32x4d": {"vars.depths": [1, 2], "vars.inner": 32, "vars.filters": 32},
    "architectures/se-resnet50": {"vars.depths": [1, 2], "vars.inner": 16, "vars.filters": 64},
    "architectures/stochastic-depth-resnet110": {"vars.depth": 2},
    "architectures/vgg16": {"vars.filters": [4, 8, 8, 8, 8], "vars.units": 16},
    "architectures/wide-resnet-28-10": {"vars.depth": 2, "vars.width": 1},
    "cifar10-augmented": {"vars.depth": 2},
    "cifar10-folder": {"vars.depth": 2},
}
SHIPPED = sorted(str(path.relative_to(PIPELINES).with_suffix("")) for path in PIPELINES.rglob("*.yaml"))
WRITTEN = sorted(path.stem for path in (HERE / "layer_order").glob("*.yaml"))
GENERATED = range(8)
NAMES = [
    *(f"kpipe:{name}" for name in SHIPPED),
    *(f"layer_order/{name}" for name in WRITTEN),
    *(f"generated/{number}" for number in GENERATED),
]


class Generator:
    """Specs that combine the keywords of the language at random; the same number, the same spec.

    All items read and return a vector, so that each may come after each.
    """

    def __init__(self, number):
        self.random = random.Random(number)
        self.blocks = {}
        self.names = 0
        for _ in range(self.random.randint(1, 3)):
            name, layers = f"block{len(self.blocks)}", self.items(1)
            params = ["units", {"repeats": 1}]
            layers.append({"Repeat": {"times": "=repeats", "of": [{"Dense": {"units": "=units + channels % 3"}}]}})
            self.blocks[name] = {"params": params, "layers": layers}

    def spec(self, name):
        source = {"Noise": {"shape": [4, 4, 1], "classes": 3, "train": 8, "validation": 2, "test": 2}}
        return {
            "name": name,
            "data": {"source": source, "batch_size": 4},
            "blocks": self.blocks,
            "model": ["Flatten", *self.items(2), *self.uses(), {"Dense": {"units": "=classes"}}],
            "train": {"regularize": {"l2": self.random.choice([0, 1e-4])}},
        }

    def uses(self):
        """Each block at least once, as the language requires."""
        return [{name: {"units": self.random.randint(2, 5)}} for name in self.blocks]

    def items(self, depth):
        makers = [self.dense, self.plain, self.named, self.shared, self.block]
        if depth:
            makers += [self.repeat, self.each, self.residual, self.uncertain, self.branches, self.choice] * 2
        chosen = [self.random.choice(makers) for _ in range(self.random.randint(1, 3))]
        return [item for make in chosen for item in make(depth - 1)]

    def name(self):
        self.names += 1
        return f"item{self.names}"

    def units(self):
        return self.random.choice([2, 3, 4, 5, "=channels + 1", "=max(channels // 2, 2)", "=2 * classes"])

    def dense(self, depth):
        return [{"Dense": {"units": self.units(), "use_bias": self.random.random() < 0.5}}]

    def plain(self, depth):
        layers = ["ReLU", "BatchNormalization", "LayerNormalization", {"Dropout": {"rate": 0.1, "seed": 1}}]
        return [self.random.choice(layers)]

    def named(self, depth):
        name = self.name()
        merge = self.random.choice([["previous", name], [name, "previous"]])
        return [{"Dense": {"units": self.units(), "name": name}}, *self.dense(0), {"Concatenate": {"inputs": merge}}]

    def shared(self, depth):
        name, width = self.name(), {"Dense": {"units": 4}}
        return [width, {"Dense": {"units": 3, "name": name}}, width, {"Dense": {"share": name}}]

    def block(self, depth):
        if not self.blocks:
            return self.dense(depth)
        given = {"units": self.random.randint(2, 6)} | self.random.choice([{}, {"repeats": 2}, {"name": self.name()}])
        return [{self.random.choice(sorted(self.blocks)): given}]

    def repeat(self, depth):
        index = self.name()
        of = [{"Dense": {"units": f"=channels + {index}"}}, *self.items(depth)]
        return [{"Repeat": {"times": self.random.randint(0, 3), "index": index, "of": of}}]

    def each(self, depth):
        units, activation, index = self.name(), self.name(), self.name()
        lists = {units: [2, 4], activation: ["relu", "tanh"]}
        named = self.random.choice([{}, {"name": self.name()}])
        of = [{"Dense": {"units": f"={units} + {index}", "activation": f"={activation}"}}, *self.items(depth)]
        return [{"Repeat": {"each": lists, "index": index, "of": of, **named}}]

    def residual(self, depth):
        branch = [*self.items(depth), {"Dense": {"units": 4}}]
        way = self.random.choice(["projection", "shortcut", None])
        given = {way: [*self.plain(0), {"Dense": {"units": 4}}]} if way else {}
        return [{"Residual": {"branch": branch, **given}}]

    def uncertain(self, depth):
        index, mode = self.name(), self.random.choice(["batch", "sample"])
        survival = f"=depth_schedule({index}, 3, 0.5)"
        loop = {"Residual": {"survival": survival, "mode": mode, "branch": self.items(depth)}}
        return [{"Repeat": {"times": 2, "index": index, "of": [loop]}}]

    def branches(self, depth):
        merge = self.random.choice(["Add", "Average", "Maximum", "Multiply", "Minimum", "Concatenate"])
        end = {"Dense": {"units": 4}}
        paths = [[*self.items(depth), end], [end], [*self.dense(0), end]]
        of = {f"path{i}": path for i, path in enumerate(paths)} if self.random.random() < 0.5 else paths
        return [{"Branches": {"merge": merge, "of": of}}]

    def choice(self, depth):
        when = self.random.choice(["=channels > 4", "=classes == 3", "=classes > 1", False])
        return [{"If": {"when": when, "then": self.items(depth), "else": self.items(depth)}}]


class Recorder:
    """What is created while it records: layers, and weights of layers."""

    def __init__(self):
        self.layers = []
        self.weights = []

    @contextmanager
    def recording(self):
        layer_class = keras.layers.Layer
        create, add_weight = layer_class.__init__, layer_class.add_weight

        def created(layer, *args, **kwargs):
            create(layer, *args, **kwargs)
            self.layers.append(layer)

        def added(layer, *args, **kwargs):
            weight = add_weight(layer, *args, **kwargs)
            self.weights.append(weight)
            return weight

        layer_class.__init__, layer_class.add_weight = created, added
        try:
            yield self
        finally:
            layer_class.__init__, layer_class.add_weight = create, add_weight


def seedless(value):
    """A configuration without seeds, without what is None, and without the modules of its classes: files may move."""
    if isinstance(value, dict):
        if value.get("class_name") == "Functional":
            # What is inside is recorded by itself.
            return {"Functional": value["config"]["name"]}
        if "class_name" in value and "config" in value:
            return {value.get("registered_name") or value["class_name"]: seedless(value["config"])}
        return {key: seedless(entry) for key, entry in value.items() if key != "seed" and entry is not None}
    if isinstance(value, list | tuple):
        return [seedless(entry) for entry in value]
    return value


def config_of(layer, layers):
    if isinstance(layer, keras.Model):
        # The order in which Keras saves them.
        numbers = {id(created): number for number, created in enumerate(layers)}
        return {"layers": " ".join(str(numbers[id(inner)]) for inner in layer.layers)}
    return {key: value for key, value in seedless(layer.get_config()).items() if key != "name"}


def weights_of(variables):
    """A line for the weights of each layer, which are created one after the other."""
    groups = groupby(variables, key=lambda variable: variable.path.rpartition("/")[0])
    return [f"{path}: {', '.join(f'{v.name} {tuple(v.shape)}' for v in group)}" for path, group in groups]


def is_shipped(spec):
    return PIPELINES in spec.file.parents


def build(pipeline):
    """Build the model of a spec; that of a shipped one is not called again and not compiled, as its test of a run does."""
    spec = pipeline.spec
    if not is_shipped(spec):
        pipeline.build()
        return
    with spec_session(spec):
        prepared = prepare_data(spec, lambda text: None)
        built = build_on_data(spec, prepared)
        prepare_objective(spec.train, built.model, prepared, spec.place)


def found(pipeline):
    """The layers of a spec in the order of their creation with their configurations, and the weights in that of theirs."""
    keras.utils.clear_session()
    with Recorder().recording() as recorder:
        build(pipeline)
    layers = []
    for layer in recorder.layers:
        entry = (layer.name, keras.saving.get_registered_name(type(layer)), config_of(layer, recorder.layers))
        # Another model over the layers of one before has no weights of its own.
        if not (isinstance(layer, keras.Model) and entry in layers):
            layers.append(entry)
    return layers, weights_of(recorder.weights)


def arrays(path):
    generator = np.random.default_rng(0)
    shapes = {"image": (8, 8, 3), "left": (3,), "right": (3,), "sequence": (5, 2), "price": (1,)}
    drawn = {name: generator.normal(size=(16, *shape)).astype("float32") for name, shape in shapes.items()}
    np.savez(path, kind=np.arange(16) % 3, **drawn)
    return path


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory):
    """Opens a spec by its name in the golden file."""
    folder = tmp_path_factory.mktemp("specs")
    members = arrays(folder / "arrays.npz")

    def opened(name):
        kind, _, rest = name.partition("/")
        if kind == "generated":
            path = folder / f"{rest}.yaml"
            path.write_text(yaml.safe_dump(Generator(int(rest)).spec(f"generated-{rest}"), sort_keys=False))
            return kpipe.load(path)
        path = HERE / f"{name}.yaml" if kind == "layer_order" else PIPELINES / f"{name.removeprefix('kpipe:')}.yaml"
        given = dict(SMALLER.get(name.removeprefix("kpipe:"), {}))
        text = path.read_text()
        if "=arrays" in text:
            given["vars.arrays"] = str(members)
        elif "images" in read(path).scope:
            given["data.source"] = {"Noise": {"train": 50, "validation": 10, "test": 10}}
            given["data.cache"] = "auto"
        if " size:" in text:
            given["vars.size"] = 67
        return kpipe.load(path if kind == "layer_order" else name, given)

    return opened


@pytest.fixture(scope="module")
def kept_order(request):
    """What is kept, each configuration once under its digest; with `--update-golden` it is written after the tests."""
    if not request.config.getoption("--update-golden"):
        yield json.loads(GOLDEN.read_text())
        return
    kept = {"configs": {}, "specs": {}}
    yield kept
    GOLDEN.write_text(json.dumps(kept, indent=0, sort_keys=True) + "\n")


def digest(config):
    return hashlib.sha256(config.encode()).hexdigest()[:8]


@pytest.mark.parametrize("name", NAMES)
def test_layers_and_weights_are_created_in_the_order_of_before(name, pipelines, kept_order, request):
    layers, weights = found(pipelines(name))
    configs = [json.dumps(config, sort_keys=True) for _, _, config in layers]
    lines = [f"{layer} {kind} {digest(config)}" for (layer, kind, _), config in zip(layers, configs, strict=True)]
    if request.config.getoption("--update-golden"):
        kept_order["specs"][name] = {"layers": lines, "weights": weights}
        kept_order["configs"].update(zip(map(digest, configs), configs, strict=True))
    kept, known = kept_order["specs"][name], kept_order["configs"]
    for line, before, config in zip(lines, kept["layers"], configs, strict=False):
        assert line == before, f"its configuration was {known[before[-8:]]} and is {config}"
    assert lines == kept["layers"]
    assert weights == kept["weights"]


def test_each_spec_that_is_kept_is_there(kept_order):
    assert sorted(kept_order["specs"]) == sorted(NAMES)
