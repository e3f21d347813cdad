"""What the README shows is true: its spec runs, its mistake is reported as printed, its tables name what there is."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import kpipe
from kpipe import components
from kpipe.spec.reader import shipped_specs

README = (Path(__file__).parent.parent / "README.md").read_text()


@pytest.fixture
def spec(tmp_path):
    (text,) = [
        block for block in re.findall(r"```yaml\n(.*?)```", README, re.S) if block.startswith("name: cifar10-small")
    ]
    path = tmp_path / "cifar10-small.yaml"
    path.write_text(text)
    generator = np.random.default_rng(0)
    for part in ("train", "test"):
        for label in ("cat", "dog"):
            folder = tmp_path / "data" / "cifar10" / part / label
            folder.mkdir(parents=True)
            for index in range(10):
                Image.fromarray(generator.integers(0, 255, (32, 32, 3), np.uint8)).save(folder / f"{index}.png")
    return path


def test_its_spec_runs(spec, tmp_path):
    run = kpipe.load(spec, {"train.epochs": 1, "vars.width": 2, "data.batch_size": 8}).run(tmp_path / "run")
    assert run.result["status"] == "completed"


def test_its_mistake_is_reported_as_it_says(spec, monkeypatch):
    (shown,) = re.findall(r"```\n(cifar10-small\.yaml:.*?)\n```", README, re.S)
    spec.write_text(spec.read_text().replace("Dense: {units:", "Dense: {unit:"))
    monkeypatch.chdir(spec.parent)
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(spec.name)
    start, end = shown.splitlines()[0].split("…")
    assert any(str(p).startswith(start) and str(p).endswith(end) for p in caught.value.problems)


def test_its_own_code_works(tmp_path):
    (text,) = re.findall(r"```python\n(import keras\n.*?)```", README, re.S)
    (tmp_path / "my_layers.py").write_text(text)
    (tmp_path / "a.yaml").write_text(
        "name: own\nimports: [./my_layers.py]\ndata: {source: Iris}\n"
        "model: [DenseNorm: {units: 8}, Swish: {beta: 2}, my_layers.Swish, Dense: {units: =classes}]\n"
    )
    model = kpipe.load(tmp_path / "a.yaml").build()
    assert model.count_params() == 4 * 8 + 8 + 4 * 8 + 8 * 3 + 3
    with pytest.raises(kpipe.SpecError, match=r"Swish has no argument 'bta'; .*did you mean beta"):
        kpipe.load(tmp_path / "a.yaml", ["model.1={Swish: {bta: 2}}"])


def test_it_names_every_shipped_spec_source_and_preparation():
    vocabulary = components.vocabulary()
    for name in shipped_specs():
        assert f"`kpipe:{name}`" in README
    for name in [*vocabulary.names("source"), *vocabulary.names("preparation")]:
        assert f"`{name}" in README
