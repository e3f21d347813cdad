"""What a new component costs: one file and one line, after which every part of kpipe knows it.

For each kind the test adds a file to the package of the kind, and one line to the package's `__init__.py`.
"""

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from layers import harness
from readme_files import ROOT

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.components import vocabulary
from kpipe.components.registry.catalogue import collect
from kpipe.components.registry.catalogue_cache import installation
from kpipe.errors import SpecError
from kpipe.report.vocabulary_list import vocabulary_list
from kpipe.schema.json_schema import json_schema

LAYER = '''
"""A layer that multiplies by a weight."""

from typing import Annotated, Any

import keras
from annotated_types import Interval
from keras import ops

from kpipe.components import check_arguments


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class ToyScale(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
    """Multiplies by a weight that begins with a factor.

    Args:
        factor: the first value of the weight.
    """

    @check_arguments
    def __init__(self, factor: Annotated[float, Interval(gt=0, le=2)] = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weight."""
        self.scale = self.add_weight(name="scale", initializer=keras.initializers.Constant(self.factor), shape=())
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs times the weight."""
        # Keras converts floats, not integers, to the data type of the layer.
        return ops.multiply(ops.cast(inputs, self.compute_dtype), self.scale)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input shape."""
        return input_shape

    def flops(self, input_shape: tuple[int | None, ...], output_shape: tuple[int | None, ...]) -> int:
        """FLOPs of one sample; the test looks for this number."""
        return 12345

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "factor": self.factor}
'''
METRIC = '''
"""A metric that counts samples."""

from typing import Annotated, Any

import keras
from annotated_types import Ge

from kpipe.components import check_arguments


@keras.saving.register_keras_serializable(package="kpipe")  # type: ignore[untyped-decorator,unused-ignore]
class ToyCount(keras.metrics.Sum):  # type: ignore[misc,unused-ignore]
    """Counts samples.

    Args:
        times: how often each counts.
        name: name of the metric.
    """

    @check_arguments
    def __init__(self, times: Annotated[int, Ge(1)] = 1, name: str = "toy_count") -> None:
        super().__init__(name=name)
        self.times = times

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add the number of samples of a batch."""
        super().update_state(self.times * keras.ops.ones((keras.ops.shape(y_pred)[0],)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {"times": self.times, "name": self.name}
'''
SCHEDULE = '''
"""A schedule with a constant share of the learning rate."""

from typing import Annotated, Any

from kpipe_callbacks import schedules
from kpipe_callbacks._range import Range
from kpipe_callbacks.schedule_callbacks.schedule import Clock, Schedule

SHARE = Range(ge=0, le=1)


class ToySchedule(Schedule):
    """A share of the learning rate.

    Args:
        share: the share.
    """

    def __init__(self, *, share: Annotated[float, SHARE] = 1.0, **common: Any) -> None:
        super().__init__(**common)
        self.share = SHARE.number("share", share)

    def _schedule(self, rate: float, clock: Clock) -> schedules.Schedule:
        return schedules.constant(rate * self.share)
'''
SOURCE = '''
"""Two classes of points."""

from typing import Annotated

import numpy as np
from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.data import ArrayDataset, OpenContext, Source, Target


class ToySpirals(Source):
    """Two classes of points.

    Args:
        count: how many points there are.
    """

    @check_arguments
    def __init__(self, count: Annotated[int, Interval(ge=10, le=1000)] = 20) -> None:
        self.count = count

    def input_names(self) -> tuple[str, ...]:
        """Return the name of the only input."""
        return ("point",)

    def open(self, context: OpenContext) -> ArrayDataset:
        """Return the points."""
        points = np.arange(2.0 * self.count, dtype=np.float32).reshape(-1, 2)
        target = Target("y", "classification", ("a", "b"), ())
        labels = {"y": np.arange(self.count) % 2}
        return ArrayDataset({"point": {"train": points}}, {"y": target}, labels, rename=False)
'''
PREPARATION = '''
"""A preparation that divides."""

from typing import Annotated, Any, ClassVar

from annotated_types import Gt

from kpipe.components import check_arguments
from kpipe.data.prepare.preparation import Batch, Preparation


class ToyShrink(Preparation):
    """Divides.

    Args:
        by: the divisor.
    """

    fits: ClassVar[bool] = False

    @check_arguments
    def __init__(self, by: Annotated[float, Gt(0)] = 1.0) -> None:
        self.by = by

    def transform(self, batch: Batch) -> Batch:
        """Divide a batch in NumPy."""
        return batch / self.by

    def build(self, tensor: Any, name: str) -> Any:
        """Apply a `keras.layers.Rescaling`."""
        import keras

        # The values and the weights of preparations depend neither on mixed precision nor on training.
        return keras.layers.Rescaling(1 / self.by, dtype="float32", trainable=False, name=name)(tensor)
'''
MIX = '''
"""A mix of neighbors."""

from typing import Annotated

import numpy as np
from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.data import Mix, MixDraw


class ToySwap(Mix):
    """Adds a share of the next sample.

    Args:
        part: the share.
    """

    @check_arguments
    def __init__(self, part: Annotated[float, Interval(ge=0, le=1)] = 0.5) -> None:
        self.part = part

    def draw(self, rng: np.random.Generator, count: int, height: int | None, width: int | None) -> MixDraw:
        """Return the next sample as the partner of each."""
        return MixDraw(np.full(count, 1 - self.part), np.roll(np.arange(count), 1))
'''
VIEWS = '''
"""Views of several brightnesses."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy.typing as npt
from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.data import ViewContext, Views


class ToyBrightness(Views):
    """Views of several brightnesses.

    Args:
        levels: how many there are.
    """

    @check_arguments
    def __init__(self, levels: Annotated[int, Interval(ge=1, le=9)] = 2) -> None:
        self.levels = levels
        self.count = levels

    def views(self, image: npt.NDArray[Any], context: ViewContext, sample: int) -> Sequence[npt.NDArray[Any]]:
        """Return ever darker images."""
        plain = context.evaluated(image)
        return [plain // (number + 1) for number in range(self.levels)]
'''
RUNNING = '''
"""A strategy that starts nothing."""

from collections.abc import Callable
from typing import Annotated

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES, Devices, Strategy


class ToyStrategy(Strategy):
    """Whatever TensorFlow does by itself.

    Args:
        index: the number of the device.
    """

    @check_arguments
    def __init__(self, index: Annotated[int, Interval(ge=0, lt=8)] = 0) -> None:
        self.index = index

    def start(self, say: Callable[[str], None]) -> Devices:
        """Return the devices of TensorFlow."""
        return DEFAULT_DEVICES
'''
START = '''
"""A start from numbered files."""

from pathlib import Path
from typing import Annotated, Any

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.train.start_from.start import Start


class ToyNumbered(Start):
    """A file in the current folder.

    Args:
        version: its number.
    """

    @check_arguments
    def __init__(self, version: Annotated[int, Interval(ge=1, le=9)] = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.version = version

    def file(self) -> Path:
        """Return its path."""
        return Path(f"toys{self.version}.weights.h5")
'''
RECIPE = '''
"""A recipe of one stage."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.train.stages.recipes.recipe import Recipe
from kpipe.train.stages.recipes.recipe_context import RecipeContext


class ToyShort(Recipe):
    """Few epochs.

    Args:
        passes: how many.
    """

    @check_arguments
    def __init__(self, passes: Annotated[int, Interval(ge=1, le=6)] = 1) -> None:
        super().__init__(passes)

    def stages(self, context: RecipeContext) -> Sequence[Mapping[str, Any]]:
        """Return a stage that changes nothing else."""
        return [{}]
'''
MULTIPLIER = '''
"""A multiplier for all layers."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.model.model_layers import ModelLayer
from kpipe.model.multipliers.multiplier import Multiplier
from kpipe.model.selections.selection import IsIn


class ToyEqual(Multiplier):
    """The same factor for all.

    Args:
        scale: the factor.
    """

    @check_arguments
    def __init__(self, scale: Annotated[float, Interval(gt=0, le=4)] = 1.0) -> None:
        self.scale = scale

    def factors(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Mapping[str, float]:
        """Return it."""
        return {entry.name: self.scale for entry in layers}
'''
SELECTION = '''
"""A selection of small layers."""

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.model.model_layers import ModelLayer
from kpipe.model.selections.selection import IsIn, Selection


class ToySmall(Selection):
    """Layers with few parameters.

    Args:
        most: how many.
    """

    @check_arguments
    def __init__(self, most: Annotated[int, Interval(ge=0, le=99)] = 1) -> None:
        self.most = most

    def select(self, layers: Sequence[ModelLayer], is_in: IsIn) -> Sequence[ModelLayer]:
        """Return them."""
        return [entry for entry in layers if entry.layer.count_params() <= self.most]
'''
ORACLE = '''
"""An oracle that proposes random points."""

from typing import Annotated, Any

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.tune.oracles.oracle import Oracle


class ToyOracle(Oracle):
    """Random points.

    Args:
        trials: how many there are.
    """

    @check_arguments
    def __init__(self, trials: Annotated[int, Interval(ge=1, le=50)] = 3) -> None:
        self.trials = trials

    def create(self, trials: int | None, epochs: int, common: dict[str, Any]) -> Any:
        """Return KerasTuner's random search."""
        from keras_tuner.oracles import RandomSearchOracle

        return RandomSearchOracle(max_trials=trials, **common)
'''
PRUNER = '''
"""A pruner with a fixed limit."""

from collections.abc import Sequence
from typing import Annotated

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.tune.pruners.pruner import Curve, Pruner


class ToyPruner(Pruner):
    """Ends what is below a limit.

    Args:
        limit: the limit.
    """

    @check_arguments
    def __init__(self, limit: Annotated[float, Interval(ge=0, le=1)] = 0.5) -> None:
        self.limit = limit

    def ends(self, curve: Curve, others: Sequence[Curve]) -> bool:
        """Return whether the last score is below the limit."""
        return curve[-1] is not None and curve[-1] < self.limit
'''

INITIALIZATION = '''
"""An initialization of the last bias."""

from typing import Annotated

from annotated_types import Interval

from kpipe.components import check_arguments
from kpipe.train.initialize.initialization import Initialization
from kpipe.train.initialize.initialization_context import InitializationContext
from kpipe.train.initialize.initialization_report import InitializationReport


class ToyBias(Initialization):
    """Sets the bias of the last layer.

    Args:
        level: the bias.
    """

    @check_arguments
    def __init__(self, level: Annotated[float, Interval(ge=-1, le=1)] = 0.5) -> None:
        self.level = level

    def apply(self, context: InitializationContext) -> InitializationReport:
        """Set the bias."""
        layer = context.model.layers[-1]
        layer.bias.assign([self.level])
        return InitializationReport({layer.name: {"level": self.level}}, {}, f"the bias of {layer.name}")
'''

#: For each kind: the package, the file, the one line, and the argument with a value out of its range.
TOYS = {
    "layer": (
        "kpipe.layers",
        "toy_scale",
        LAYER,
        "from kpipe.layers.toy_scale import ToyScale as ToyScale",
        "factor",
        3.0,
    ),
    "metric": (
        "kpipe.metrics",
        "toy_count",
        METRIC,
        "from kpipe.metrics.toy_count import ToyCount as ToyCount",
        "times",
        0,
    ),
    "callback": (
        "kpipe_callbacks",
        "schedule_callbacks/toy_schedule",
        SCHEDULE,
        "from kpipe_callbacks.schedule_callbacks.toy_schedule import ToySchedule as ToySchedule",
        "share",
        1.5,
    ),
    "source": ("kpipe.data.sources", "toy_spirals", SOURCE, '    "ToySpirals": "toy_spirals",', "count", 5),
    "preparation": ("kpipe.data.prepare", "toy_shrink", PREPARATION, '    "ToyShrink": "toy_shrink",', "by", 0.0),
    "mix": ("kpipe.data.mix", "toy_swap", MIX, '    "ToySwap": "toy_swap",', "part", 1.5),
    "view": ("kpipe.data.views", "toy_brightness", VIEWS, '    "ToyBrightness": "toy_brightness",', "levels", 10),
    "initialization": (
        "kpipe.train.initialize",
        "toy_bias",
        INITIALIZATION,
        '    "ToyBias": "toy_bias",',
        "level",
        1.5,
    ),
    "strategy": (
        "kpipe.train.devices.strategies",
        "toy_strategy",
        RUNNING,
        '    "ToyStrategy": "toy_strategy",',
        "index",
        8,
    ),
    "start": ("kpipe.train.start_from", "toy_numbered", START, '    "ToyNumbered": "toy_numbered",', "version", 10),
    "recipe": ("kpipe.train.stages.recipes", "toy_short", RECIPE, '    "ToyShort": "toy_short",', "passes", 7),
    "selection": ("kpipe.model.selections", "toy_small", SELECTION, '    "ToySmall": "toy_small",', "most", 100),
    "multiplier": ("kpipe.model.multipliers", "toy_equal", MULTIPLIER, '    "ToyEqual": "toy_equal",', "scale", 4.5),
    "oracle": ("kpipe.tune.oracles", "toy_oracle", ORACLE, '    "ToyOracle": "toy_oracle",', "trials", 51),
    "pruner": ("kpipe.tune.pruners", "toy_pruner", PRUNER, '    "ToyPruner": "toy_pruner",', "limit", 1.5),
}
NAMES = {kind: "".join(part.title() for part in Path(toy[1]).name.split("_")) for kind, toy in TOYS.items()}

SPEC = """\
name: toys
seed: 1
data:
  source: {{ToySpirals: {{count: {count}}}}}
  prepare: [ToyShrink: {{by: {by}}}]
  mix: [ToySwap: {{part: {part}}}]
  evaluate: {{tta: {{ToyBrightness: {{levels: {levels}}}}}}}
  batch_size: 5
model:
  - ToyScale: {{factor: {factor}, inputs: {inputs}}}
  - Dense: {{units: 1}}
train:
  epochs: 1
  optimizer: {{SGD: {{learning_rate: 0.5}}}}
  metrics: [ToyCount: {{times: {times}}}]
  initialize: [ToyBias: {{level: {level}}}]
  callbacks: [ToySchedule: {{share: {share}}}]
  strategy: {{ToyStrategy: {{index: {index}}}}}
  start_from: {{ToyNumbered: {{version: {version}}}}}
  freeze: [ToySmall: {{most: {most}}}]
  learning_rate_multipliers: {{ToyEqual: {{scale: {scale}}}}}
  stages: [ToyShort: {{passes: {passes}}}]
tune:
  oracle: {{ToyOracle: {{trials: {trials}}}}}
  pruner: {{ToyPruner: {{limit: {limit}}}}}
  space: {{data.batch_size: {{Int: [2, 5]}}}}
"""
RIGHT = {
    "trials": 4,
    "limit": 0.25,
    "count": 20,
    "by": 4.0,
    "part": 0.25,
    "levels": 3,
    "factor": 2.0,
    "times": 3,
    "share": 0.5,
    "index": 7,
    "version": 2,
    "most": 1,
    "level": -0.25,
    "scale": 2.0,
    "passes": 1,
    "inputs": "point",
}


def _of_the_file(package, file):
    """The package that a file is in: that of the list, or one inside of it."""
    return importlib.import_module(".".join([package, *Path(file).parent.parts]))


def added(package, folder, file, code, line):
    """Adds a file and a line to a package, as far as the running process sees it; returns the edits."""
    (folder / f"{Path(file).name}.py").write_text(code)
    _of_the_file(package.__name__, file).__path__.append(str(folder))
    listing = Path(package.__file__).read_text().splitlines()
    # Lists are kept sorted; here the line goes after one of its form.
    position = max(i for i, text in enumerate(listing) if text.split('"')[0] == line.split('"')[0] or "import" in text)
    position = next((i for i, text in enumerate(listing) if text.startswith("_MODULES = {")), position)
    listing.insert(position + 1, line)
    exec(compile("\n".join(listing), package.__file__, "exec"), vars(package))
    return [
        f"{package.__name__.replace('.', '/')}/{file}.py",
        f"{package.__name__.replace('.', '/')}/__init__.py: 1 line",
    ]


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    before, edits, kept = installation(), {}, {}
    for kind, (name, file, code, line, _, _) in TOYS.items():
        package = importlib.import_module(name)
        for each in (package, _of_the_file(name, file)):
            kept[each.__name__] = (dict(vars(each)), list(each.__path__))
        edits[kind] = added(package, tmp_path_factory.mktemp(kind), file, code, line)
    words = vocabulary()
    installed, words._catalogue, words._is_whole = words._catalogue, collect(run=False), True
    try:
        yield edits
    finally:
        words._catalogue = installed
        for name, (contents, path) in kept.items():
            package = sys.modules[name]
            vars(package).clear()
            vars(package).update(contents)
            package.__path__[:] = path
        for _, file, *_ in TOYS.values():
            for module in [name for name in sys.modules if name.endswith(f".{Path(file).name}")]:
                del sys.modules[module]
    assert installation() == before


@pytest.fixture(scope="module")
def schema(toys):
    return json.dumps(json_schema(vocabulary()))


def written(folder, **changed):
    path = folder / "toys.yaml"
    path.write_text(SPEC.format(**{**RIGHT, **changed}))
    return path


@pytest.mark.parametrize("kind", TOYS)
def test_a_component_is_one_file_and_one_line(toys, kind):
    package = TOYS[kind][0].replace(".", "/")
    assert toys[kind] == [f"{package}/{TOYS[kind][1]}.py", f"{package}/__init__.py: 1 line"]
    known = vocabulary().find(kind, NAMES[kind])
    assert (known.origin, known.target) == ("kpipe", f"{TOYS[kind][0]}:{NAMES[kind]}")


@pytest.mark.parametrize("kind", TOYS)
def test_its_range_is_known_everywhere(schema, kind, tmp_path):
    argument, wrong = TOYS[kind][-2:]
    text = vocabulary_list(vocabulary(), kind, NAMES[kind])
    assert any(
        line.startswith(f"{argument}: ")
        and str(vocabulary().find(kind, NAMES[kind]).arguments[argument].limits) in line
        for line in text.splitlines()
    )
    assert NAMES[kind] in schema
    with pytest.raises(SpecError) as caught:
        checked(written(tmp_path, **{argument: wrong}))
    (problem,) = caught.value.problems
    assert problem.path.endswith(f"{NAMES[kind]}.{argument}") and str(wrong) in problem.message
    assert problem.mark.line == next(i for i, row in enumerate(SPEC.splitlines(), 1) if NAMES[kind] in row)


def test_the_names_of_inputs_are_known_before_any_data_is_opened(toys, tmp_path):
    with pytest.raises(SpecError) as caught:
        checked(written(tmp_path, inputs="pont"))
    assert [problem.suggestion for problem in caught.value.problems] == ["point"]


def test_all_of_them_run(toys, tmp_path):
    checked(written(tmp_path))
    # The samples are no images, of which there could be views, and there are no weights yet.
    none = {"data.evaluate.tta": None, "train.start_from": None}
    run = kpipe.load(tmp_path / "toys.yaml", none).run(tmp_path / "run")
    assert run.result["epochs"] == 1
    assert [entry["recipe"] for entry in run.result["recipes"]] == ["ToyShort"]
    training = (
        run.history[0] if isinstance(run.history, list) else {key: values[0] for key, values in run.history.items()}
    )
    assert float(training["learning_rate"]) == pytest.approx(0.25)
    assert not math.isnan(float(training["loss"]))
    assert any("toy_count" in name for name in training)
    ((initialized,),) = [entry["initialized"].values() for entry in run.result["initialize"]]
    assert initialized == {"level": -0.25}


def test_the_views_are_averaged(toys, tmp_path):
    data = {"source": "Digits", "validation": 0.4, "test": 0.4, "evaluate": {"tta": {"ToyBrightness": {"levels": 3}}}}
    train = {"epochs": 1}
    spec = {"name": "dark", "data": data, "model": ["Flatten", {"Dense": {"units": "=classes"}}], "train": train}
    result = kpipe.load(spec).run(tmp_path / "run").result
    assert result["test_averaged"]["tta"] == {"ToyBrightness": {"levels": 3}}
    assert result["test_averaged"]["metrics"]["loss"] != result["test"]["loss"]


def test_the_weights_are_loaded(toys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    source = kpipe.load("toys.yaml", {"data.evaluate.tta": None, "train.start_from": None, "seed": 2}).build()
    source.save_weights("toys2.weights.h5")
    loaded = kpipe.load("toys.yaml", {"data.evaluate.tta": None}).build()
    assert all(np.array_equal(*pair) for pair in zip(loaded.get_weights(), source.get_weights(), strict=True))


@pytest.fixture
def layer_case(toys):
    import kpipe.layers

    return harness.Case(kpipe.layers.ToyScale, (4, 3, 2), trainable=1)


@pytest.mark.parametrize(
    "check",
    [
        harness.check_shape,
        harness.check_config,
        harness.check_half,
        harness.check_integers,
        harness.check_mask,
        harness.check_training,
    ],
)
def test_the_layer_passes_the_checks_of_all_layers(layer_case, check):
    check(layer_case)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_layer_announces_its_data_type(layer_case, policy):
    harness.check_dtypes(layer_case, policy)


def test_the_layer_is_saved(layer_case, tmp_path):
    harness.check_saving(layer_case, tmp_path / "model.keras")


@pytest.mark.tensorflow
def test_the_layer_has_the_gradient_of_its_formula(layer_case):
    harness.check_gradient(layer_case, training=True)


def test_the_preparation_computes_the_same_in_numpy_and_in_half_precision_without_weights_to_train(toys):
    import keras

    import kpipe.data.prepare
    from kpipe.train.devices.precision import dtype_policy

    step = kpipe.data.prepare.ToyShrink(by=3.0)
    tensor = keras.Input((2,))
    with dtype_policy("mixed_float16"):
        model = keras.Model(tensor, step.build(tensor, "x_toy"))
    batch = np.array([[1.0, 70_000.0], [-2.0, 0.1]])
    np.testing.assert_allclose(model.predict(batch, verbose=0), step.transform(batch), rtol=1e-6)
    assert [(layer.compute_dtype, layer.trainable) for layer in model.layers[1:]] == [("float32", False)]


def test_the_examples_are_formatted_documented_and_typed(tmp_path):
    for _, file, code, *_ in TOYS.values():
        (tmp_path / f"{Path(file).name}.py").write_text(code.lstrip("\n"))
    settings = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    settings += ["--config", 'lint.isort.known-first-party = ["kpipe", "kpipe_callbacks"]']
    # Only types within a file: mypy would read all of kpipe to know its classes.
    types = ["--config-file", os.devnull, "--strict", "--follow-imports=skip", "--ignore-missing-imports"]
    types += [
        "--allow-subclassing-any",
        "--allow-untyped-decorators",
        "--no-warn-unused-ignores",
        "--no-warn-return-any",
        "--disable-error-code=var-annotated",
    ]
    for command in (
        ["ruff", "check", *settings, "."],
        ["ruff", "format", "--diff", *settings, "."],
        ["mypy", *types, f"--cache-dir={os.devnull}", "."],
    ):
        done = subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
