import json

import numpy as np
import pytest

import kpipe
from kpipe.messages.formula_guard import without_apostrophe

pytestmark = pytest.mark.slow

SPEC = """\
name: many
data: {source: {Arrays: {x: x.npy, y: y.npy}}, test: 0.5, validation: 0, batch_size: 256}
model: [Dense: {units: =classes}]
train: {epochs: 1}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with 101 classes, of which the first has the name of a formula."""
    base = tmp_path_factory.mktemp("many")
    labels = np.array([f"{'=' if index == 0 else ''}class {index:03}" for index in range(101)])
    y = np.repeat(labels, 8)
    np.save(base / "x.npy", np.random.default_rng(0).normal(size=(len(y), 3)).astype("float32"))
    np.save(base / "y.npy", y)
    (base / "many.yaml").write_text(SPEC)
    return kpipe.load(base / "many.yaml").run(base / "run")


def test_the_confusions_of_many_classes_are_a_file_of_their_own(run):
    result = json.loads((run.folder.path / "result.json").read_text())
    assert result["confusion"] == {}
    rows = run.folder.read_csv("confusion.csv")
    assert list(rows[0]) == ["target", "true", "predicted", "samples"]
    assert sum(int(row["samples"]) for row in rows) == sum(
        entry["support"] for entry in result["classes"]["y"].values()
    )
    correct = sum(int(row["samples"]) for row in rows if row["true"] == row["predicted"])
    assert correct / 404 == pytest.approx(result["test"]["accuracy"])
    listed = [(entry["true"], entry["predicted"], entry["samples"]) for entry in result["confused"]["y"]]
    pairs = {
        (without_apostrophe(row["true"]), without_apostrophe(row["predicted"])): int(row["samples"])
        for row in rows
        if row["true"] != row["predicted"]
    }
    assert len(listed) == 100
    assert all(pairs[true, predicted] == samples for true, predicted, samples in listed)
    assert [samples for *_, samples in listed] == sorted(pairs.values(), reverse=True)[:100]
