"""Every shipped spec is run, smaller than shipped, and has a header that describes it."""

import json
import re

import keras
import numpy as np
import pytest
from PIL import Image
from small_specs import SMALL

import kpipe
from kpipe.spec.reader import read, shipped_specs

AT_LEAST = {
    "digits": ("accuracy", 0.9),
    "digits-lbfgs": ("accuracy", 0.9),
    "iris": ("accuracy", 0.85),
    "waves-npz": ("accuracy", 0.6),
    # Guessing gives a tenth; of the running maxima about half, with the digit itself.
    "architectures/many-to-one": ("accuracy", 0.95),
    "architectures/many-to-many": ("accuracy", 0.98),
    "architectures/encoder-decoder": ("accuracy", 0.85),
}


@pytest.fixture(scope="module")
def image_folder(tmp_path_factory):
    """Two classes of 32x32 color images, bright and dark."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    for part, count in (("train", 20), ("test", 5)):
        for label, low in (("bright", 150), ("dark", 0)):
            (folder / part / label).mkdir(parents=True)
            for index in range(count):
                pixels = generator.integers(low, low + 100, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / part / label / f"{index}.png")
    return folder


def raw_samples(model):
    """Three samples that a model accepts: pixels up to 255, numbers up to 9, small indices, strings."""
    generator = np.random.default_rng(0)

    def samples(tensor):
        shape = (3, *(size or 36 for size in tensor.shape[1:]))
        if tensor.dtype == "string":
            return generator.choice(["north", "gas"], shape).tolist()
        if "int" in tensor.dtype:
            return generator.integers(0, 2, shape).astype(tensor.dtype)
        # Pixels, or what is small enough to be a digit too.
        return generator.uniform(0, 255 if len(shape) == 4 else 9, shape).astype(tensor.dtype)

    return keras.tree.map_structure(lambda tensor: keras.ops.convert_to_tensor(samples(tensor)), model.input)


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_it_runs(name, tmp_path, image_folder):
    overrides = dict(SMALL[name])
    if "images" in read(shipped_specs()[name]).scope:
        overrides["vars.images"] = str(image_folder)
    if "former" in read(shipped_specs()[name]).scope:
        source = {**overrides, "train.start_from": None, "train.freeze": [], "train.stages": None, "seed": 2}
        overrides["vars.former"] = str(kpipe.load(f"kpipe:{name}", source).run(tmp_path / "source").folder.path)
    run = kpipe.load(f"kpipe:{name}", overrides).run(tmp_path / "run")
    assert run.result["status"] == "completed"
    assert json.loads((tmp_path / "run" / "result.json").read_text())["test"] == run.result["test"]
    samples = raw_samples(run.model)
    loaded = keras.saving.load_model(tmp_path / "run" / "model.keras")
    # Keras' `predict` would trace each of the two models for three samples.
    outputs = [keras.tree.flatten(model(samples, training=False)) for model in (run.model, loaded)]
    for expected, found in zip(*outputs, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    # Short trainings of few samples end before their schedules, and can be smaller than a batch.
    notices = [line for start in run.result["started"] for line in start["notices"]]
    assert {line[:4] for line in notices if re.match(r"[EW]\d{3} ", line)} <= {"W005", "W012"}
    errors = [verdict["code"] for verdict in run.result["verdicts"] if verdict["severity"] == "error"]
    assert errors == (["E202"] if name == "cs231n/explosion" else [])
    # The run's spec repeats the run, and stands for it.
    resolved = kpipe.load(tmp_path / "run" / "spec.yaml")
    assert resolved.spec.dump() == (tmp_path / "run" / "spec.yaml").read_text()
    if name in AT_LEAST:
        metric, least = AT_LEAST[name]
        assert run.result["test"][metric] >= least


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_its_header_describes_it(name):
    first, *lines = shipped_specs()[name].read_text().splitlines()
    assert first == f"# yaml-language-server: $schema={'../' * name.count('/')}kpipe.schema.json"
    header = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    assert header[0].startswith(f"kpipe:{name} - ")
    for word in ("What", "Data", "Expect", "Takes"):
        assert any(line.startswith(f"{word} ") for line in header)
    assert kpipe.load(f"kpipe:{name}").spec.name == name.replace("/", "-")


@pytest.mark.parametrize("cell", ["SimpleRNN", "GRU"])
@pytest.mark.parametrize("name", ["many-to-one", "many-to-many", "encoder-decoder"])
def test_recurrent_networks_learn_with_the_other_cells_too(name, cell, tmp_path):
    name = f"architectures/{name}"
    run = kpipe.load(f"kpipe:{name}", {**SMALL[name], "vars.cell": cell}).run(tmp_path / "run")
    metric, least = AT_LEAST[name]
    assert run.result["test"][metric] >= least


def test_the_digit_sequences_match_the_headers():
    arrays = np.load(shipped_specs()["architectures/many-to-one"].parent / "data" / "digit-sequences.npz")
    digits = arrays["x"]
    assert (digits.shape, digits.min(), digits.max()) == ((2000, 5), 0, 9)
    np.testing.assert_array_equal(arrays["first"], digits[:, 0])
    np.testing.assert_array_equal(arrays["running_maximum"], np.maximum.accumulate(digits, axis=1))
    np.testing.assert_array_equal(arrays["reversed"], digits[:, ::-1])
    # No two are alike by more than chance: of 2000 draws out of 100,000 some twenty come twice.
    assert len(np.unique(digits, axis=0)) > 1950


def explosion(folder, images, **variables):
    given = {"vars.images": str(images), "data.batch_size": 6, **{f"vars.{name}": v for name, v in variables.items()}}
    return kpipe.load("kpipe:cs231n/explosion", given).run(folder / "run")


def test_a_learning_rate_of_a_million_stops_in_the_first_steps(tmp_path, image_folder):
    with pytest.raises(kpipe.TrainingError, match="exploded in epoch 1"):
        explosion(tmp_path, image_folder)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    (event,) = result["explosions"]
    assert (result["status"], result["test"], event["action"]) == ("exploded", {}, "stopped")
    assert event["step"] <= 3


def test_a_learning_rate_that_is_too_high_explodes_later_and_rollback_completes_the_run(tmp_path, image_folder):
    run = explosion(tmp_path, image_folder, learning_rate=0.005, on_explosion="rollback", epochs=8)
    assert (run.result["status"], run.result["epochs"]) == ("completed", 8)
    assert run.result["explosions"][0]["step"] > 3
    assert {event["action"] for event in run.result["explosions"]} == {"rolled back"}
    assert run.result["test"]["accuracy"] > 0.9
