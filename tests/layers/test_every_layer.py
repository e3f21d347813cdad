"""One sweep over all layers that kpipe registers; the cases are in the layers' test files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import warm_process

import kpipe.layers

from . import harness
from .cases_of import cases_of
from .harness import Case

#: Layers with several outputs, whose own test files check all of this.
SEVERAL_OUTPUTS = {"split"}
#: Layers by name, with the modules that have them.
MODULES = {
    name: layer.__module__.rpartition(".")[2]
    for name, layer in vars(kpipe.layers).items()
    if isinstance(layer, type) and name in kpipe.layers.__all__ and not layer.__module__.endswith(".split")
}
CASES: dict[str, list[Case]] = {name: cases_of(module) for name, module in MODULES.items()}
EACH = [pytest.param(case, id=f"{name}-{i}") for name, cases in CASES.items() for i, case in enumerate(cases)]
SEQUENCES = [
    entry
    for entry in EACH
    if not isinstance(entry.values[0].input_shape, list) and len(entry.values[0].input_shape) == 3
]
#: Layers that compute with means, squares or gates, whose results half precision holds where it does not hold the inputs.
IN_FLOAT32 = [
    entry
    for entry in EACH
    if entry.id.partition("-")[0] in ("GroupNorm", "DecorrelatedBatchNorm", "LocalResponseNorm", "SqueezeExcite")
]

each = pytest.mark.parametrize("case", EACH)
# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def test_all_are_there_with_a_case() -> None:
    files = {path.stem for path in Path(kpipe.layers.__file__).parent.glob("[a-z]*.py")}
    assert set(MODULES.values()) | SEVERAL_OUTPUTS == files - {"projection"}
    assert all(CASES.values())


@each
def test_shape(case: Case) -> None:
    harness.check_shape(case)


@each
def test_configuration(case: Case) -> None:
    harness.check_config(case)


@each
def test_saving(case: Case, tmp_path: Path) -> None:
    harness.check_saving(case, tmp_path / "model.keras")


@each
def test_mixed_precision(case: Case) -> None:
    harness.check_half(case)


@each
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_announced_dtypes(case: Case, policy: str) -> None:
    harness.check_dtypes(case, policy)


@pytest.mark.parametrize("case", IN_FLOAT32)
@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_inputs_above_the_range_of_half_precision(case: Case, policy: str) -> None:
    harness.check_large(case, policy)


@pytest.mark.tensorflow
@pytest.mark.parametrize("case", IN_FLOAT32)
def test_gradient_of_inputs_above_the_range_of_half_precision(case: Case) -> None:
    harness.check_large_gradient(case)


@pytest.mark.parametrize("case", [entry for entry in EACH if entry.values[0].integers])
def test_integers(case: Case) -> None:
    harness.check_integers(case)


@each
@pytest.mark.tensorflow
@pytest.mark.parametrize("training", [False, True])
def test_gradient(case: Case, training: bool) -> None:
    harness.check_gradient(case, training)


@pytest.mark.parametrize("case", SEQUENCES)
def test_mask(case: Case) -> None:
    harness.check_mask(case)


@each
def test_training(case: Case) -> None:
    harness.check_training(case)


@pytest.fixture(scope="module")
def on_replicas(request: pytest.FixtureRequest) -> Any:
    """What a child with two devices finds, by case of the tests that were selected."""
    names = [
        item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_two_replicas[")
    ]
    command = [sys.executable, "-m", "tests.layers.replica_cases", *names]
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = warm_process.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", [entry.id for entry in EACH])
def test_two_replicas(on_replicas: Any, name: str) -> None:
    """Both replicas have the same weights, and where nothing is drawn and samples are by themselves, those of one device."""
    found = on_replicas["cases"][name]
    assert found["between replicas"] == 0
    assert found["changed"] > 0
    if found["from one device"] is not None:
        assert found["from one device"] < 1e-5


@pytest.mark.tensorflow
def test_draws_of_a_step_are_those_of_all_replicas_and_draws_of_samples_differ(on_replicas: Any) -> None:
    assert all(first == second for first, second in on_replicas["draws"]["batch"])
    assert len({tuple(first) for first, _ in on_replicas["draws"]["batch"]}) == 2
    assert all(first != second for first, second in on_replicas["draws"]["sample"])


@pytest.mark.tensorflow
def test_what_replicas_cannot_synchronize_is_refused_by_name(on_replicas: Any) -> None:
    assert "depth: norm in its branch is synchronized" in on_replicas["refused"]
    assert "use GroupNorm, turn `synchronized` off, or set `mode` to 'sample'" in on_replicas["refused"]
