import dataclasses
import os

import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.dataset import Dataset
from kpipe.data.sources import image_check
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.errors import ArgumentError, DataError


@pytest.fixture
def make(tmp_path, image_bytes):
    """`make("train", {"cat/1.png": (4, 4, 3)})`: images of a shape, or files of given bytes; the shade is the number."""

    def build(part, files):
        root = tmp_path / "my data é%20" / part
        root.mkdir(parents=True, exist_ok=True)
        for number, (name, content) in enumerate(files.items()):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            kind = {"png": "PNG", "bmp": "BMP"}.get(name.rsplit(".", 1)[-1], "JPEG")
            is_shape = isinstance(content, tuple)
            path.write_bytes(image_bytes(np.full(content, number), kind) if is_shape else content)
        return root

    return build


PAIR = {"cat/1.png": (4, 5, 3), "cat/2.JPG": (4, 5, 3), "dog/1.bmp": (4, 5, 3)}


def test_folders_are_classes(make, context):
    dataset = ImageFolder(make("train", PAIR)).open(context)
    assert dataset.targets["y"].classes == ("cat", "dog")
    assert dataset.labels["y"].tolist() == [0, 0, 1]
    assert dataset.inputs["image"].shape == (4, 5, 3)
    read = dataset.read(np.array([2, 0]))["image"]
    assert read[:, 0, 0, 0].tolist() == [2, 0]
    assert dataset.sample_name(1).endswith("my data é%20/train/cat/2.JPG")
    assert list(dataset.parts) == ["train"]
    assert dataset.arrays() is None


def test_ready_parts(make, context):
    train, test = make("train", PAIR), make("test", {"dog/1.png": (4, 5, 3)})
    validation = make("validation", {"cat/9.png": (4, 5, 3), "dog/9.png": (4, 5, 3)})
    dataset = ImageFolder(train, test, validation).open(context)
    assert {part: indices.tolist() for part, indices in dataset.parts.items()} == {
        "train": [0, 1, 2],
        "validation": [3, 4],
        "test": [5],
    }
    assert dataset.labels["y"].tolist() == [0, 0, 1, 0, 1, 1]


def test_mixed_sizes_and_colors(make, context):
    dataset = ImageFolder(make("train", {"a/1.png": (4, 5), "b/1.png": (6, 7, 3)})).open(context)
    assert dataset.inputs["image"].shape == (None, None, 3)
    assert [image.shape for image in dataset.read(np.array([0, 1]))["image"]] == [(4, 5, 3), (6, 7, 3)]
    grey = ImageFolder(make("grey", {"a/1.png": (4, 5), "b/1.png": (4, 5)})).open(context)
    assert grey.inputs["image"].shape == (4, 5, 1)
    train = make("train", {})
    assert ImageFolder(train, color="grey").open(context).inputs["image"].shape == (None, None, 1)


def test_nested_hidden_and_other_files(make, listener):
    files = {
        **PAIR,
        "cat/deep/er/3.png": (4, 5, 3),
        "cat/.hidden.png": b"",
        ".git/x.png": b"",
        "cat/notes.txt": b"hello",
        "cat/old.txt": b"hello",
        "dog/README": b"hello",
        "loose.png": (4, 5, 3),
    }
    dataset = ImageFolder(make("train", files)).open(listener.context())
    assert len(dataset.labels["y"]) == 4
    assert dataset.bad == []
    expect_message(listener.text)


def test_links_are_followed(make, context):
    train = make("train", PAIR)
    other = make("elsewhere", {"5.png": (4, 5, 3), "deep/6.png": (4, 5, 3)})
    (train / "dog" / "linked").symlink_to(other)
    (train / "eel").symlink_to(make("eels", {"7.png": (4, 5, 3)}))
    dataset = ImageFolder(train).open(context)
    assert dataset.targets["y"].classes == ("cat", "dog", "eel")
    assert np.bincount(dataset.labels["y"]).tolist() == [2, 3, 1]


def test_a_link_to_the_folder_of_all_classes_is_refused(make, context):
    train = make("train", PAIR)
    (train / "dog" / "all").symlink_to(train)
    with raises(ArgumentError):
        ImageFolder(train).open(context)


def test_the_folder_of_another_part_is_refused(make, context):
    train, test = make("train", PAIR), make("test", {"cat/8.png": (4, 5, 3)})
    (test / "dog").symlink_to(train / "dog")
    with raises(ArgumentError):
        ImageFolder(train, test).open(context)
    (train.parent / "same").symlink_to(train)
    with raises(ArgumentError):
        ImageFolder(train, train.parent / "same").open(context)
    assert len(ImageFolder(train, train).open(context).labels["y"]) == 6  # named twice by the user's own will


def test_a_folder_that_is_read_already_is_skipped_and_reported(make, listener):
    train = make("train", {**PAIR, "cat/deep/3.png": (4, 5, 3)})
    (train / "cat" / "again").symlink_to(train / "cat" / "deep")
    dataset = ImageFolder(train).open(listener.context())
    assert np.bincount(dataset.labels["y"]).tolist() == [3, 1]
    expect_message(listener.text)


def test_a_circular_link_is_not_a_folder(make, listener):
    train = make("train", PAIR)
    (train / "loop").symlink_to("loop")
    (train / "dog" / "loop.png").symlink_to("loop.png")
    dataset = ImageFolder(train).open(listener.context(0.5))
    expect_message(dataset.bad[0].reason)
    expect_message(listener.text)


def test_a_named_pipe_is_a_bad_image(make, listener):
    train = make("train", PAIR)
    os.mkfifo(train / "dog" / "pipe.png")
    dataset = ImageFolder(train).open(listener.context(0.5))
    expect_message(dataset.bad[0].reason)


def test_bad_images_are_skipped_counted_and_listed(make, listener):
    files = {
        **PAIR,
        "cat/empty.jpg": b"",
        "cat/text.jpg": b"this is a text",
        "dog/short.png": b"\x89PNG\r\n\x1a\n" + bytes(20),
    }
    train = make("train", files)
    (train / "dog" / "nowhere.png").symlink_to(train / "gone.png")
    dataset = ImageFolder(train).open(listener.context(max_bad=0.6))
    assert dataset.labels["y"].tolist() == [0, 0, 1]
    reasons = {entry.sample.rsplit("/", 1)[1]: entry.reason for entry in dataset.bad}
    assert list(reasons) == ["empty.jpg", "text.jpg", "nowhere.png", "short.png"]
    expect_message(reasons["empty.jpg"])
    expect_message(reasons["nowhere.png"])
    expect_message(listener.text)
    with raises(DataError):
        ImageFolder(train).open(listener.context())


def test_a_file_that_fails_later_stops_by_its_name(make, context):
    train = make("train", PAIR)
    dataset = ImageFolder(train).open(context)
    (train / "dog/1.bmp").write_bytes(b"")
    with raises(DataError):
        dataset.read(np.array([2]))


@pytest.mark.parametrize(
    "files",
    [
        {"1.png": (2, 2)},
        {"cat/1.png": (2, 2)},
        {"train/cat/1.png": (2, 2), "test/cat/1.png": (2, 2)},
    ],
)
def test_wrong_folders(make, context, files):
    with raises(ArgumentError) as caught:
        ImageFolder(make("root", files)).open(context)
    assert caught.value.argument == "train"


def test_missing_folders(make, context, tmp_path):
    train = make("train", PAIR)
    for source, argument in [
        (ImageFolder(tmp_path / "gone"), "train"),
        (ImageFolder(train, test=tmp_path / "gone"), "test"),
        (ImageFolder(train, validation=train / "cat/1.png"), "validation"),
        (ImageFolder(train, test=make("test", {"eel/1.png": (2, 2)})), "test"),
    ]:
        with raises(ArgumentError) as caught:
            source.open(context)
        assert caught.value.argument == argument


def test_a_class_without_images(make, context, listener):
    train = make("train", PAIR)
    (train / "eel").mkdir()
    with raises(DataError):
        ImageFolder(train).open(context)
    (train / "eel" / "1.png").write_bytes(b"")
    with raises(DataError):
        ImageFolder(train).open(listener.context(max_bad=1))


def test_an_empty_test_part(make, context):
    test = make("test", {})
    (test / "cat").mkdir()
    with raises(DataError):
        ImageFolder(make("train", PAIR), test).open(context)


def test_a_test_part_may_lack_a_class(make, context):
    test = make("test", {"dog/1.png": (4, 5, 3)})
    (test / "cat").mkdir()
    assert ImageFolder(make("train", PAIR), test).open(context).labels["y"].tolist() == [0, 0, 1, 1]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permissions_are_named(make, context):
    train = make("train", PAIR)
    (train / "cat" / "locked").mkdir(mode=0)
    with pytest.raises(DataError, match="locked cannot be read: Permission denied"):
        ImageFolder(train).open(context)


def test_names_that_are_not_utf8(make, context):
    train = make("train", PAIR)
    try:
        (train / "cat" / "1.png").rename(train / "cat" / os.fsdecode(b"\xff.png"))
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    dataset = ImageFolder(train).open(context)
    assert dataset.sample_name(1).endswith(r"cat/\xff.png")
    assert dataset.read(np.array([1]))["image"][0, 0, 0, 0] == 0
    ImageFolder(train).open(context)


def test_sixteen_bits_in_all_files_and_no_others(make, context, deep_png):
    deep = deep_png(np.full((4, 5, 1), 300, np.uint16))
    dataset = ImageFolder(make("train", {"a/1.png": deep, "b/1.png": deep})).open(context)
    assert dataset.inputs["image"].dtype == "uint16"
    assert dataset.read(np.array([0]))["image"].max() == 300
    train = make("mixed", {"a/1.png": deep, "b/1.png": (4, 5)})
    with raises(DataError):
        ImageFolder(train).open(context)


def test_an_image_of_too_many_pixels_is_a_bad_sample(make, listener):
    import dataclasses

    train = make("train", {"a/1.png": (4, 5), "a/2.png": (9, 9), "b/1.png": (4, 5)})
    context = dataclasses.replace(listener.context(0.5), max_pixels=50)
    dataset = ImageFolder(train).open(context)
    assert [bad.sample.rsplit("/", 1)[1] for bad in dataset.bad] == ["2.png"]
    expect_message(dataset.bad[0].reason)


def test_names_are_exact_in_the_data_and_escaped_in_messages(make, listener):
    evil, ending = "a\x1b[31m\nforged: line", "x.\x1b[2J"
    files = {f"{evil}/1.png": (4, 5, 3), f"{evil}/2\u202e.png": b"", f"dog/{ending}": b"", "dog/1.png": (4, 5, 3)}
    dataset = ImageFolder(make("train", files)).open(listener.context(0.5))
    assert dataset.targets["y"].classes == (evil, "dog")
    assert dataset.bad[0].sample.endswith(f"/{evil}/2\u202e.png")
    assert dataset.sample_name(0).endswith(f"/{evil}/1.png")
    expect_message(listener.said[1])
    expect_message(listener.said[0])
    other = make("test", {"cat\n/1.png": (4, 5, 3)})
    with pytest.raises(ArgumentError) as caught:
        ImageFolder(make("train", files), other).open(listener.context(0.5))
    assert "\n" not in str(caught.value)


def test_contents_decide_and_wrong_endings_are_one_notice(make, listener, image_bytes):
    webp, png = image_bytes(np.full((4, 5, 3), 7), "WEBP"), image_bytes(np.full((4, 5, 3), 8), "PNG")
    train = make("train", {"cat/1.png": webp, "cat/2": png, "cat/3.txt": b"notes", "dog/1.jpg": webp, "dog/2.png": png})
    dataset = ImageFolder(train).open(listener.context())
    assert dataset.read(np.arange(4))["image"][:, 0, 0, 0].tolist() == [7, 8, 7, 8]
    notice = "3 images are read by their contents, not by their endings: 1 WEBP named .png, 1 PNG without an ending, 1 WEBP named .jpg"
    assert listener.said[-1] == notice
    assert ImageFolder(train).open(listener.context()) is not None
    assert listener.said[-1] == notice, "also from the cache"
    assert listener.said.count(notice) == 2


def test_folders_of_operating_systems_are_skipped_and_counted(make, listener):
    more = {
        "@eaDir/a.png": (4, 5, 3),
        "cat/@eaDir/1.png": (9, 9, 3),
        "dog/@eaDir/1.png": (9, 9, 3),
        "__MACOSX/b.png": b"",
    }
    dataset = ImageFolder(make("train", {**PAIR, **more})).open(listener.context())
    assert dataset.targets["y"].classes == ("cat", "dog")
    assert len(dataset.labels["y"]) == 3
    assert listener.said == ["skipped 4 folders of operating systems or storage devices: 3 @eaDir, 1 __MACOSX"]


def test_known_files_are_accessed_once(make, context, monkeypatch):
    train, test = make("train", {**PAIR, "dog/2.png": b"no image"}), make("test", {"dog/1.png": (4, 5, 3)})
    context = dataclasses.replace(context, max_bad=1.0)
    first = ImageFolder(train, test).open(context)

    def refused(path, *_):
        raise AssertionError(f"{path} was accessed again")

    monkeypatch.setattr(image_check, "check", refused)
    monkeypatch.setattr(image_check, "file_stamp", refused)
    again = ImageFolder(train, test).open(context)
    assert again.files() == first.files()
    assert again.bad == first.bad and len(again.bad) == 1
    expected = [(name, path.stat().st_size, path.stat().st_mtime_ns) for name, path in first.files()]
    assert again.file_stamps() == first.file_stamps() == Dataset.file_stamps(again) == expected
    stamps = [f"{path}\0{size}\0{time}" for (_, path), (_, size, time) in zip(first.files(), expected, strict=True)]
    assert list(again.image_stamps("image")) == stamps
