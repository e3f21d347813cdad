"""All problems of a spec at once, before its data are opened."""

import pytest

from kpipe.errors import SpecError
from kpipe.validation import checked

SPEC = """
name: wrong
data:
  source: {Digit: {}}
  prepare: [{Rescale: {scale: a}}, Center: {per: chanel}]
model:
  - Conv2D: {filters: 0, kernel_size: three, paddin: same}
  - Dense: {units: =clases}
train:
  optimizer: {SGD: {learning_rate: .nan}}
  loss: auto
  metrics: [accurcy, {F1Score: {average: makro}}]
  callbacks:
    - EarlyStoping: {patience: 3}
    - EarlyStopping:
      patience: 3
"""


def test_all_problems_come_at_once_in_the_order_of_their_places(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(SPEC)
    with pytest.raises(SpecError) as caught:
        checked(path)
    found = [(p.mark.line, p.mark.column, p.path, p.suggestion) for p in caught.value.problems]
    assert found == [
        (4, 12, "data.source", "Digits"),
        (5, 31, "data.prepare.0.Rescale.scale", None),
        (5, 50, "data.prepare.1.Center.per", "channel"),
        (7, 23, "model.0.Conv2D.filters", None),
        (7, 39, "model.0.Conv2D.kernel_size", None),
        (7, 46, "model.0.Conv2D.paddin", "padding"),
        (8, 20, "model.1.Dense.units", "classes"),
        (10, 36, "train.optimizer.SGD.learning_rate", None),
        (12, 13, "train.metrics.0", "accuracy"),
        (12, 42, "train.metrics.1.F1Score.average", "macro"),
        (14, 7, "train.callbacks.0", "EarlyStopping"),
        (15, 7, "train.callbacks.1", None),
    ]


def test_paths_become_absolute_where_they_stand(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "base.yaml").write_text(
        "name: a\ndata: {source: {ImageFolder: {train: images, test: ../test}}}\nmodel: [Flatten]\n"
    )
    child = tmp_path / "child.yaml"
    child.write_text("extends: deep/base.yaml\n")
    spec = checked(child)
    assert spec.paths == {
        "data.source.ImageFolder.train": str(folder / "images"),
        "data.source.ImageFolder.test": str(tmp_path / "test"),
    }
    assert f"train: {folder / 'images'}" in spec.dump()
