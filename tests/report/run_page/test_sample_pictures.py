import cv2
import numpy as np
import pytest

from kpipe.data.dataset import Target
from kpipe.errors import DataError
from kpipe.report.run_page.sample_pictures import write_sample_pictures
from kpipe.train.evaluated_data import EvaluatedData
from kpipe.train.objective.evaluation import Evaluation
from kpipe.train.run_folder.run_folder import RunFolder
from tests.train.stand_in import ArrayData


def written(folder, values, target, labels, predictions, indices):
    """The files that are written for samples of a test part with all samples."""
    count = len(labels)
    data = ArrayData({"x": values}, {"y": target}, {"y": labels}, {"test": np.arange(count)})
    run = RunFolder(folder)
    run.write_csv("worst.csv", ["index"], [[index] for index in indices])
    write_sample_pictures(
        run, EvaluatedData(data, Evaluation("test", {}, {"y": predictions}, {"y": labels}, {}, {})), pytest.fail
    )
    pictures = folder / "pictures"
    return {path.name: cv2.imread(str(path)) for path in pictures.iterdir()} if pictures.exists() else {}


def test_small_pictures_are_exact_and_large_ones_reduced(tmp_path):
    generator = np.random.default_rng(0)
    for size, ending in ((8, "png"), (400, "jpg")):
        images = generator.integers(0, 256, (3, size, size, 3), dtype=np.uint8)
        target, labels = Target("y", "classification", ("a", "b"), ()), np.zeros(3, np.int64)
        folder = tmp_path / ending
        folder.mkdir()
        found = written(folder, images, target, labels, labels, [2, 0, 2])
        assert sorted(found) == [f"sample-{index}-input-0.{ending}" for index in (0, 2)]
        if ending == "png":
            np.testing.assert_array_equal(found["sample-2-input-0.png"][..., ::-1], images[2])
        else:
            assert found["sample-0-input-0.jpg"].shape == (192, 192, 3)


def test_masks_have_pictures_of_the_label_and_the_prediction(tmp_path):
    masks = np.zeros((2, 8, 8), np.int64)
    target = Target("y", "sequence", ("a", "b"), (8, 8))
    found = written(tmp_path, np.zeros((2, 8, 8, 1), np.float32), target, masks, masks + 1, [1])
    assert sorted(found) == ["sample-1-input-0.png", "sample-1-label-0.png", "sample-1-predicted-0.png"]
    assert not np.array_equal(found["sample-1-label-0.png"], found["sample-1-predicted-0.png"])


def test_rows_have_no_pictures_and_earlier_ones_are_removed(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "sample-1-input-0.png").touch()
    labels = np.zeros(2, np.float32)
    found = written(tmp_path, np.zeros((2, 4), np.float32), Target("y", "regression", None, ()), labels, labels, [0])
    assert found == {} and not (tmp_path / "pictures").exists()


def test_suspects_have_pictures_by_their_row(tmp_path):
    images = np.arange(4 * 16, dtype=np.uint8).reshape(4, 4, 4)
    target, labels = Target("y", "classification", ("a", "b"), ()), np.zeros(4, np.int64)
    data = ArrayData(
        {"x": images}, {"y": target}, {"y": labels}, {"validation": np.array([3, 1]), "test": np.array([0])}
    )
    run = RunFolder(tmp_path)
    run.write_csv("suspects.csv", ["sample", "part"], [("sample 1", "validation"), ("sample 0", "test")])
    write_sample_pictures(run, EvaluatedData(data, Evaluation("test", {}, {}, {}, {}, {})), pytest.fail)
    found = {path.name: cv2.imread(str(path)) for path in (tmp_path / "pictures").iterdir()}
    assert sorted(found) == ["suspect-0-input-0.png", "suspect-1-input-0.png"]
    # The values 0 to 31 of both are shown from black to white.
    assert found["suspect-1-input-0.png"].min() == 0 and found["suspect-0-input-0.png"].max() == 255


def test_nothing_is_written_without_an_evaluation(tmp_path):
    data = ArrayData({"x": np.zeros((2, 4, 4))}, {}, {"y": np.zeros(2)}, {"train": np.arange(2)})
    write_sample_pictures(RunFolder(tmp_path), EvaluatedData(data, None), pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_that_can_no_longer_be_read_is_reported(tmp_path, monkeypatch):
    labels = np.zeros(3, np.int64)
    images = np.zeros((3, 4, 4), np.uint8)
    data = ArrayData(
        {"x": images}, {"y": Target("y", "classification", ("a", "b"), ())}, {"y": labels}, {"test": np.arange(3)}
    )
    own = data.dataset.read

    def read(indices):
        if 1 in indices:
            raise DataError("b.png cannot be read: it does not exist")
        return own(indices)

    monkeypatch.setattr(data.dataset, "read", read)
    run, said = RunFolder(tmp_path), []
    run.write_csv("worst.csv", ["index"], [[1], [2]])
    write_sample_pictures(
        run, EvaluatedData(data, Evaluation("test", {}, {"y": labels}, {"y": labels}, {}, {})), said.append
    )
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["sample-2-input-0.png"]
    assert said == ["no picture of sample 1: b.png cannot be read: it does not exist"]
