import numpy as np
import pytest
from golden import expect_message, raises

from kpipe.data.encoding.labels import encode, encode_parts
from kpipe.errors import ArgumentError, DataError


@pytest.mark.parametrize(
    ("values", "indices", "classes"),
    [
        (np.array([0, 2, 1]), [0, 2, 1], ("0", "1", "2")),
        (np.array([7, 1, 3, 1], np.uint8), [2, 0, 1, 0], ("1", "3", "7")),
        (np.array([-1, 1, -1]), [0, 1, 0], ("-1", "1")),
        (np.array([10, 9, 10]), [1, 0, 1], ("9", "10")),
        (np.array([[2], [5]]), [0, 1], ("2", "5")),
        (np.array([1, 0, 1], ">i2"), [1, 0, 1], ("0", "1")),
        (["dog", "cat", "dog"], [1, 0, 1], ("cat", "dog")),
        (np.array(["é", "z", "a"], object), [2, 1, 0], ("a", "z", "é")),
        (np.array(["é".encode(), b"a"]), [1, 0], ("a", "é")),
        (np.array([True, False]), [1, 0], ("False", "True")),
        (np.array([3, 4], object), [0, 1], ("3", "4")),
        (np.eye(3)[[2, 0]], [2, 0], ("0", "1", "2")),
        (np.eye(3, dtype=bool)[[1, 1]], [1, 1], ("0", "1", "2")),
        (np.eye(300, dtype=np.uint8)[[299, 0]], [299, 0], tuple(map(str, range(300)))),
    ],
    ids=lambda value: None,
)
def test_classification(values, indices, classes):
    encoded, target = encode(values)
    assert encoded.tolist() == indices
    assert encoded.dtype == np.int64
    assert (target.task, target.classes, target.shape) == ("classification", classes, ())


def test_numpy_string_type():
    encoded, target = encode(np.array(["b", "a"], np.dtypes.StringDType()))
    assert (encoded.tolist(), target.classes) == ([1, 0], ("a", "b"))


def test_multilabel():
    said = []
    encoded, target = encode([[1, 1, 0], [0, 0, 0]], say=said.append)
    assert encoded.dtype == np.float32
    assert encoded.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert (target.task, target.classes, target.shape) == ("multilabel", ("0", "1", "2"), (3,))
    expect_message(said[0])
    named = encode([[1, 1], [0, 1]], classes=["sea", "sun"])[1]
    assert named.classes == ("sea", "sun")


def test_sequences():
    encoded, target = encode(np.array([[0, 4, 2], [1, 0, 0]], np.int32))
    assert encoded.dtype == np.int64
    assert encoded.tolist() == [[0, 4, 2], [1, 0, 0]]
    assert (target.task, target.classes, target.shape) == ("sequence", ("0", "1", "2", "3", "4"), (3,))
    tags = encode([["N", "V"], ["V", "N"]])
    assert tags[0].tolist() == [[0, 1], [1, 0]]
    assert (tags[1].task, tags[1].shape) == ("sequence", (2,))
    one_hot = encode(np.eye(3, dtype=int)[np.array([[0, 2], [1, 1]])])
    assert one_hot[0].tolist() == [[0, 2], [1, 1]]
    assert one_hot[1].shape == (2,)


def test_a_binary_sequence_needs_the_task():
    encoded, target = encode([[0, 1, 1], [1, 0, 0]], "sequence")
    assert encoded.tolist() == [[0, 1, 1], [1, 0, 0]]
    assert target.classes == ("0", "1")


def test_a_mapped_sequence_stays_mapped(tmp_path):
    np.save(tmp_path / "y.npy", np.array([[0, 1], [2, 1]], np.int32))
    encoded, target = encode(np.load(tmp_path / "y.npy", mmap_mode="r"))
    assert isinstance(encoded, np.memmap)
    assert len(target.classes) == 3


def test_regression():
    said = []
    encoded, target = encode(np.array([0.5, 2.0]), say=said.append)
    assert (encoded.dtype, encoded.tolist()) == (np.float32, [0.5, 2.0])
    assert (target.task, target.classes, target.shape, said) == ("regression", None, (), [])
    assert encode(np.ones((4, 3)) / 3)[1].shape == (3,)
    assert encode([[1.5], [2.5]])[1].shape == ()
    assert encode(np.array([1, 5]), "regression")[0].tolist() == [1, 5]


def test_integral_floats_stay_numbers_and_a_notice_reports_it():
    said = []
    assert encode(np.array([0.0, 1.0, 2.0]), say=said.append)[1].task == "regression"
    expect_message(said[0])
    encoded, target = encode(np.array([4.0, 1.0]), "classification")
    assert (encoded.tolist(), target.classes) == ([1, 0], ("1", "4"))


def test_names_for_indices():
    encoded, target = encode([2, 0], classes=["cat", "dog", "eel"])
    assert (encoded.tolist(), target.classes) == ([2, 0], ("cat", "dog", "eel"))
    assert encode([True, False], classes=["no", "yes"])[1].classes == ("no", "yes")
    assert encode(np.eye(2), classes=["a", "b"])[1].classes == ("a", "b")


def test_names_in_the_wanted_order():
    encoded, target = encode(["low", "high", "mid"], classes=["low", "mid", "high"])
    assert (encoded.tolist(), target.classes) == ([0, 2, 1], ("low", "mid", "high"))


def test_parts_use_the_training_classes():
    encoded, target = encode_parts({"train": ["b", "c", "a"], "test": np.array(["c", "b"])})
    assert encoded["test"].tolist() == [2, 1]
    assert target.classes == ("a", "b", "c")
    assert encode_parts({"train": np.eye(2), "test": np.eye(2)[[1]]})[0]["test"].tolist() == [1]
    assert encode_parts({"train": [1, 5], "test": [5]})[0]["test"].tolist() == [1]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (["a", "b"], ["c"]),
        ([1, 5], [4]),
        ([1, 5], [9]),
        (["a", "b"], [1]),
        ([1, 2], ["1"]),
        (np.eye(3), np.eye(2)),
        (np.eye(2), [[1, 1]]),
        ([[1, 1], [0, 1]], [[2, 0]]),
        ([[0, 3], [1, 1]], [[4, 0]]),
    ],
)
def test_other_parts_must_fit(train, test):
    with raises(DataError):
        encode_parts({"train": train, "test": test})


@pytest.mark.parametrize(
    "values",
    [
        [0.5, float("nan")],
        np.array([[1.0, 2.0], [np.inf, 0.0]]),
        np.array(["a", None], object),
        [1, None],
        ["a", 1],
        np.array([True, 1], object),
        np.array([[1], [2, 3]], object),
        [],
        np.zeros((0, 3)),
        np.array(["2026-01-01"], "datetime64[D]"),
        np.array([1j]),
        np.array([b"\xff", b"a"]),
        ["a", "a"],
        [3, 3, 3],
        [[0, -1], [3, 3]],
        [[0, 5_000_000], [3, 3]],
        np.array([1e300, 0.5]),
    ],
)
def test_values_that_are_not_labels(values):
    with raises(DataError):
        encode(values)


@pytest.mark.parametrize(
    ("values", "task", "classes", "argument"),
    [
        (["a", "b"], "regression", None, "task"),
        ([0.5, 1.0], "classification", None, "task"),
        ([[0, 1, 4]], "classification", None, "task"),
        ([1, 2], "sequence", None, "task"),
        ([1, 2], "multilabel", None, "task"),
        ([0.5, 1.5], "auto", ["a", "b"], "classes"),
        (np.eye(3), "auto", ["a", "b"], "classes"),
        ([0, 1], "auto", ["a", "a"], "classes"),
        ([0, 1], "auto", ["a"], "classes"),
    ],
)
def test_arguments_that_do_not_fit(values, task, classes, argument):
    with pytest.raises(ArgumentError) as caught:
        encode(values, task, classes)
    assert caught.value.argument == argument


def test_a_label_beyond_the_names():
    with raises(DataError):
        encode([1, 2, 3], classes=["a", "b", "c"])


@pytest.mark.parametrize(
    ("labels", "encoded", "classes"),
    [
        (["10", "9", "1.0", "1", "+9"], [2, 1, 0, 0, 1], ("1", "9", "10")),
        (["017", "17"], [0, 1], ("017", "17")),
        (["9007199254740993", "9007199254740992.0"], [1, 0], ("9007199254740992", "9007199254740993")),
        (["true", "FALSE", "True"], [1, 0, 1], ("False", "True")),
        ([["2.0", "1"], ["1.0", "10"]], [[1, 0], [0, 2]], ("1", "2", "10")),
    ],
)
def test_strings_are_compared_as_values(labels, encoded, classes):
    found, target = encode(labels)
    assert found.tolist() == encoded
    assert target.classes == classes


def test_another_part_may_spell_a_class_in_another_way():
    found, _ = encode_parts({"train": ["1.0", "2.0", "3.0"], "test": ["3", "1"]})
    assert found["test"].tolist() == [2, 0]
    found, _ = encode_parts({"train": ["True", "False"], "test": ["true", "false"]})
    assert found["test"].tolist() == [1, 0]
    with raises(DataError):
        encode_parts({"train": ["1.0", "2.0"], "test": ["4"]})


def test_named_classes_of_strings_are_values():
    found, target = encode(["1.0", "2", "2.0"], classes=["2.0", "1"])
    assert found.tolist() == [1, 0, 0]
    assert target.classes == ("2", "1")
    with raises(ArgumentError):
        encode(["1", "2"], classes=["1", "1.0", "2"])


def test_long_integers_are_compared_exactly():
    numbers = np.array([2**53, 2**53 + 1])
    found, target = encode_parts({"train": numbers, "test": numbers.astype(np.uint64)})
    assert found["test"].tolist() == [0, 1]
    assert target.classes == ("9007199254740992", "9007199254740993")
    with raises(ArgumentError):
        encode(np.array([1e300, 1.0]), "classification")
