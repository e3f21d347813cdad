"""Every shipped spec is run, smaller than shipped, and says in its header what it is."""

import json

import numpy as np
import pytest
from PIL import Image

import kpipe
from kpipe.spec.reader import shipped_specs

SMALL = {
    "digits": {"vars.epochs": 12, "vars.width": 16},
    "iris": {"train.epochs": 30},
    "houses-csv": {"train.epochs": 40},
    "waves-npz": {"train.epochs": 6},
    "cifar10-folder": {"vars.epochs": 2, "vars.depth": 1, "vars.filters": 4, "data.batch_size": 8},
    "cs231n/explosion": {"vars.epochs": 8, "data.batch_size": 6, "vars.on_explosion": "rollback"},
}
AT_LEAST = {"digits": ("accuracy", 0.9), "iris": ("accuracy", 0.85), "waves-npz": ("accuracy", 0.6)}


@pytest.fixture(scope="module")
def image_folder(tmp_path_factory):
    """Two classes of 32x32 colour images, bright and dark."""
    folder = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    for part, count in (("train", 20), ("test", 5)):
        for label, low in (("bright", 150), ("dark", 0)):
            (folder / part / label).mkdir(parents=True)
            for index in range(count):
                pixels = generator.integers(low, low + 100, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / part / label / f"{index}.png")
    return folder


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_it_runs(name, tmp_path, image_folder):
    overrides = dict(SMALL[name])
    if "images" in kpipe.load(f"kpipe:{name}").spec.scope:
        overrides["vars.images"] = str(image_folder)
    run = kpipe.load(f"kpipe:{name}", overrides).run(tmp_path / "run")
    assert run.result["status"] == "completed"
    assert json.loads((tmp_path / "run" / "result.json").read_text())["test"] == run.result["test"]
    if name in AT_LEAST:
        metric, least = AT_LEAST[name]
        assert run.result["test"][metric] >= least


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_its_header_says_what_it_is(name):
    first, *lines = shipped_specs()[name].read_text().splitlines()
    assert first == f"# yaml-language-server: $schema={'../' * name.count('/')}kpipe.schema.json"
    header = [line.removeprefix("#").strip() for line in lines if line.startswith("#")]
    assert header[0].startswith(f"kpipe:{name} - ")
    for word in ("What", "Data", "Expect", "Takes"):
        assert any(line.startswith(f"{word} ") for line in header)
    assert kpipe.load(f"kpipe:{name}").spec.name == name.replace("/", "-")


def explosion(folder, images, **variables):
    given = {"vars.images": str(images), "data.batch_size": 6, **{f"vars.{name}": v for name, v in variables.items()}}
    return kpipe.load("kpipe:cs231n/explosion", given).run(folder / "run")


def test_a_rate_of_a_million_ends_in_the_first_steps(tmp_path, image_folder):
    with pytest.raises(kpipe.TrainingError, match="exploded in epoch 1"):
        explosion(tmp_path, image_folder)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    (event,) = result["explosions"]
    assert (result["status"], result["test"], event["action"]) == ("exploded", {}, "stopped")
    assert event["step"] <= 3


def test_a_rate_that_is_too_high_explodes_later_and_with_rollback_comes_to_the_end(tmp_path, image_folder):
    run = explosion(tmp_path, image_folder, learning_rate=0.005, on_explosion="rollback", epochs=8)
    assert (run.result["status"], run.result["epochs"]) == ("completed", 8)
    assert run.result["explosions"][0]["step"] > 3
    assert {event["action"] for event in run.result["explosions"]} == {"rolled back"}
    assert run.result["test"]["accuracy"] > 0.9
