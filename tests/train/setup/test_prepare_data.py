"""Tests of `data.augment` and `data.evaluate` in the setup of a training."""

import resource

import numpy as np
import pytest
from golden import expect_message, expect_messages, raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError, SpecError
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

CROP = {"RandomCrop": {"height": 6, "width": 6}}
CENTER = {"CenterCrop": {"height": 6, "width": 6}}


def prepared(overrides, say=lambda line: None):
    spec = checked("kpipe:digits", overrides)
    with spec_session(spec):
        return prepare_data(spec, say)


def first_batch(data, part, epoch):
    x, _ = next(iter(data.batches(part, epoch=epoch)))
    return x.numpy()


def test_training_and_evaluation_have_the_shape_of_the_model():
    data = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    assert data.inputs["image"].shape == (6, 6, 1)
    assert first_batch(data, "train", 0).shape[1:] == first_batch(data, "test", None).shape[1:] == (6, 6, 1)
    raw = data.dataset.read(data.parts["test"][:1])["image"]
    np.testing.assert_array_equal(first_batch(data, "test", None)[0], raw[0, 1:7, 1:7])


@pytest.mark.slow
def test_epochs_differ_and_a_resume_continues_the_same_batches():
    data = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    again = prepared({"data.augment": [CROP], "data.evaluate.transform": [CENTER], "data.workers": 0})
    assert (first_batch(data, "train", 0) != first_batch(data, "train", 1)).any()
    whole = [x.numpy() for x, _ in data.batches("train", epoch=1)]
    rest = [x.numpy() for x, _ in again.batches("train", epoch=1, first_step=3)]
    assert len(rest) == len(whole) - 3
    for one, other in zip(whole[3:], rest, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "overrides",
    [
        {"data.augment": [CROP]},
        {"data.augment": {"picture": [CROP]}},
        {"data.evaluate.transform": [CENTER]} | {"data.augment": ["HorizontalFlip"]},
        {"data.evaluate.transform": [{"CenterCrop": {"height": 9, "width": 6}}]},
        {"data.evaluate.transform": ["HorizontalFlip"]},
    ],
)
def test_what_does_not_suit_the_images_is_refused(overrides):
    with raises(SpecError):
        prepared({"data.workers": 0, **overrides})


SMALL = {"Resize": {"height": 6, "width": 6}}
LARGE = {"Resize": {"height": 12, "width": 12}}
SCALE = {"RandomScale": {"scale_limit": 0.5, "p": 1}}
ENLARGE = {"RandomScale": {"scale_limit": [0.5, 0.9], "p": 1}}


@pytest.mark.parametrize(
    ("refused", "remedies"),
    [
        ({"data.augment": ["ToRGB"]}, [{"data.augment": []}]),
        (
            {"data.augment": [{"ToRGB": {"p": 1}}, {"ToGray": {"num_output_channels": 3, "p": 1}}]},
            [{"data.augment": [{"ToRGB": {"p": 1}}, {"ToGray": {"num_output_channels": 1, "p": 1}}]}],
        ),
        ({"data.augment": [SCALE]}, [{"data.augment": [SCALE, {"Resize": {"height": 8, "width": 8}}]}]),
        ({"data.augment": [ENLARGE]}, [{"data.augment": [ENLARGE, {"RandomCrop": {"height": 8, "width": 8}}]}]),
        (
            {"data.augment": [LARGE]},
            [
                {"data.evaluate.transform": [LARGE]},
                {"data.augment": [LARGE, {"RandomCrop": {"height": 8, "width": 8}}]},
            ],
        ),
        ({"data.augment": [SMALL]}, [{"data.evaluate.transform": [SMALL]}]),
        (
            {"data.evaluate.transform": [CENTER]} | {"data.augment": ["HorizontalFlip"]},
            [{"data.evaluate.transform": []}, {"data.augment": ["HorizontalFlip", CROP]}],
        ),
    ],
    ids=str,
)
def test_the_remedies_for_other_shapes_help(refused, remedies):
    common = {"data.workers": 0, "data.memory": 1}
    with raises(SpecError):
        prepared(common | refused)
    for remedy in remedies:
        prepared(common | refused | remedy)


@pytest.mark.parametrize("key", ["data.augment", "data.evaluate.transform"])
def test_tables_have_neither_augmentation_nor_evaluation(key):
    spec = checked("kpipe:iris", {key: ["HorizontalFlip"] if key == "data.augment" else [CENTER], "data.workers": 0})
    with spec_session(spec), raises(SpecError):
        prepare_data(spec, lambda line: None)


def test_processes_are_announced_only_where_images_are_augmented():
    lines = []
    prepared({"data.augment": ["HorizontalFlip"]}, lines.append)
    assert any(line.startswith("data.workers: auto augments images in") for line in lines)
    lines.clear()
    prepared({}, lines.append)
    assert not any("data.workers" in line for line in lines)


def table(folder, overrides, kinds=2, say=lambda line: None):
    """The prepared data of 48 patients with four samples each."""
    rows = [f"{n / 7},{n // 4},{'abc'[n // 2 % kinds]}" for n in range(192)]
    (folder / "a.csv").write_text("\n".join(["size,patient,kind", *rows]) + "\n")
    model = "[{Dense: {units: '=classes', activation: softmax}}]"
    file = folder / "a.yaml"
    file.write_text(
        f"name: toy\ndata:\n  source: {{Table: {{path: a.csv, target: kind}}}}\n  validation: 0.2\n  test: 0.1\n"
        f"model: {model}\n"
    )
    spec = checked(file, overrides)
    with spec_session(spec):
        return prepare_data(spec, say)


def test_folds_share_the_test_part_and_hold_out_each_sample_once():
    folds = [prepared({"data.validation": 0, "data.test": 0.1, "data.folds": 3, "data.fold": n}) for n in (1, 2, 3)]
    assert len({fold.parts["test"].tobytes() for fold in folds}) == 1
    held_out = np.concatenate([fold.parts["validation"] for fold in folds])
    np.testing.assert_array_equal(np.sort(np.concatenate([held_out, folds[0].parts["test"]])), np.arange(1797))
    assert all(len(np.intersect1d(fold.parts["train"], fold.parts["test"])) == 0 for fold in folds)


def test_the_first_fold_stands_for_all():
    said = []
    first = prepared({"data.validation": 0, "data.folds": 3, "data.fold": 1})
    shown = prepared({"data.validation": 0, "data.folds": 3}, said.append)
    np.testing.assert_array_equal(shown.parts["validation"], first.parts["validation"])
    expect_message(said[0])


def test_groups_of_a_table_are_in_one_part_and_no_input(tmp_path):
    said = []
    data = table(tmp_path, {"data.group": "patient"}, say=said.append)
    assert [column.name for column in data.inputs["table"].columns] == ["size"]
    patients = [set((indices // 4).tolist()) for indices in data.parts.values()]
    assert sum(map(len, patients)) == len(set.union(*patients)) == 48
    expect_messages([line for line in said if line.startswith("data.")], 2)


@pytest.mark.parametrize(
    "overrides",
    [
        {"data.group": "who"},
        {"data.group": "patient", "data.validation": 0, "data.folds": 49},
        {"data.group": "size", "data.test": 0.999, "data.source.Table.columns": ["size"]},
        {"data.group": "kind"},
        {"data.group": "patient", "data.source.Table.path": "one.csv"},
        {"data.validation": 0, "data.folds": 97},
    ],
    ids=["unknown", "few", "input", "target", "one group", "samples of a class"],
)
def test_groups_and_folds_that_do_not_fit_the_data(tmp_path, monkeypatch, overrides):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.csv").write_text("size,patient,kind\n1,a,x\n2,a,y\n3,a,x\n4,a,y\n")
    with raises(SpecError):
        table(tmp_path, overrides)


def test_sources_without_groups():
    with raises(SpecError):
        prepared({"data.group": "patient"})


SPEC = """\
name: files
imports: [mine.py]
data:
  source: {ImageFolder: {train: images}}
  validation: 0
  batch_size: 4
  augment: [Marked]
model: [Flatten, Dense: {units: =classes}]
"""
CUSTOM = """\
import os
import albumentations

class Marked(albumentations.ImageOnlyTransform):
    def apply(self, img, **params):
        marked = img.copy()
        marked[0, 0] = int(self.random_generator.integers(256))
        marked[1, 1] = os.getpid() % 251
        return marked

    def __init__(self, p=1.0):
        super().__init__(p=p)
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kpipe.data.cache.sample_store.cache_folder", lambda: tmp_path / "caches")
    for number in range(8):
        file = tmp_path / "images" / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((6, 6, 3), number, np.uint8)).save(file)
    (tmp_path / "spec.yaml").write_text(SPEC)
    (tmp_path / "mine.py").write_text(CUSTOM)

    def prepare(**values):
        spec = checked("spec.yaml", {f"data.{name}": value for name, value in values.items()})
        with spec_session(spec):
            return prepare_data(spec, lambda line: None)

    return prepare


@pytest.mark.slow
def test_a_custom_transform_runs_in_a_data_process(files):
    made = {}
    for workers in (0, 1):
        data = files(workers=workers)
        made[workers] = np.concatenate([x.numpy() for x, _ in data.batches("train", epoch=0)])
        data.close()
    differs = (made[0] != made[1]).any(axis=(0, 3))
    assert differs.sum() == differs[1, 1] == 1


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_disk_is_reported_at_the_cache_and_leaves_nothing(files, workers, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    files(workers=0, cache="none")
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with raises(DataError):
            files(workers=workers, cache="disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list((tmp_path / "caches" / "samples").iterdir()) == []
    assert files(workers=workers, cache="disk").steps("train") == 2


def test_an_image_of_one_pixel_is_too_small_for_crops_unless_it_is_resized(files, tmp_path):
    from PIL import Image

    Image.fromarray(np.full((1, 1, 3), 200, np.uint8)).save(tmp_path / "images" / "a" / "pixel.png")
    values = {"augment": [{"CifarCrops": {"height": 6, "width": 6, "padding": 2}}], "workers": 0}
    size = [{"Resize": {"height": 6, "width": 6}}]
    with raises(SpecError):
        files(**values, **{"evaluate.transform": size})
    batches = files(**values, prepare=size).batches("train", epoch=0)
    images = np.concatenate([images.numpy() for images, _ in batches])
    # Where the crop does not reach into the padding.
    assert sorted({int(image[2:4, 2:4].max()) for image in images}) == [*range(8), 200]


@pytest.mark.parametrize("prepare", ["", "  prepare: [Impute, Standardize]\n", "  prepare: [Standardize]\n"])
def test_numbers_that_no_preparation_fixes_are_reported_at_the_source(tmp_path, prepare):
    x = np.random.default_rng(0).normal(size=(20, 4))
    x[9, 2] = np.inf
    np.savez(tmp_path / "data.npz", x=x, y=np.arange(20) % 2)
    text = f"name: a\ndata:\n  source: {{Arrays: {{path: data.npz}}}}\n{prepare}model: [{{Dense: {{units: 2}}}}]\n"
    (tmp_path / "a.yaml").write_text(text)
    spec = checked(str(tmp_path / "a.yaml"))
    with spec_session(spec), raises(DataError):
        prepare_data(spec, lambda line: None)
