import numpy as np
import pytest
from golden import raises

from kpipe.data.dataset import Column, Input
from kpipe.errors import DataError
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample
from kpipe.report.sheets.class_color import class_color
from kpipe.report.sheets.prediction_sheet import PredictionSheet

INPUTS = {"image": Input("image", "image", (None, None, 3), "uint8")}
ABC = ("a", "b", "c")
CLASSES = PredictedTarget("y", "classification", ABC, True, False)
RNG = np.random.default_rng(0)


def samples(count, height=6, width=5):
    pixels = RNG.integers(0, 256, (count, height, width, 3), np.uint8)
    return [Sample(f"{place}.png", {"image": entry}) for place, entry in enumerate(pixels)]


def sheet_of(targets, given, answers, **arguments):
    found = PredictionSheet(INPUTS, targets, "--sheet out.png", **arguments)
    for sample, answer in zip(given, answers, strict=True):
        found.add(sample, answer)
    return found.sheet("runs/1")


def softmax(values):
    shifted = np.exp(values - values.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def test_the_least_certain_samples_are_first_and_the_others_are_dropped():
    given, logits = samples(200), RNG.standard_normal((200, 3)).astype(np.float32)
    sheet = sheet_of([CLASSES], given, [{"y": row} for row in logits])
    probabilities = softmax(logits.astype(np.float64))
    expected = np.argsort(probabilities.max(1))[:64]
    assert sheet.title == "runs/1: 64 of 200 predicted samples, the least certain first"
    assert sheet.notes == [
        "certainty: the probability of the predicted class",
        "image: uint8; 0 is black, 255 is white",
    ]
    assert [cell.name for cell in sheet.cells] == [f"{place}.png" for place in expected]
    for cell, place in zip(sheet.cells, expected, strict=True):
        np.testing.assert_array_equal(cell.pictures[0].pixels, given[place].values["image"])
        order = np.argsort(-probabilities[place])
        texts = [f"{ABC[index]} {probabilities[place, index]:.3f}" for index in order]
        assert [line.replace("\u00a0", " ") for line in (cell.heading, *cell.lines)] == texts


def test_equal_certainties_keep_the_order_of_the_samples():
    sheet = sheet_of([CLASSES], samples(9), [{"y": np.zeros(3, np.float32)}] * 9, most=4)
    assert [cell.name for cell in sheet.cells] == ["0.png", "1.png", "2.png", "3.png"]


def test_two_classes_are_ordered_by_the_distance_from_one_half():
    target = PredictedTarget("y", "classification", ("no", "yes"), False, True)
    numbers = [0.9, 0.45, 0.02, 0.6]
    sheet = sheet_of([target], samples(4), [{"y": np.array([number], np.float32)} for number in numbers])
    assert [cell.name for cell in sheet.cells] == ["1.png", "3.png", "0.png", "2.png"]
    assert sheet.cells[0].heading == "no\u00a00.550"


def test_numbers_have_no_certainty():
    target = PredictedTarget("y", "regression", (), False, False)
    sheet = sheet_of([target], samples(70), [{"y": np.array([float(place)])} for place in range(70)])
    assert [cell.name for cell in sheet.cells] == [f"{place}.png" for place in range(64)]
    assert [cell.heading for cell in sheet.cells] == [str(place) for place in range(64)]
    assert sheet.title == "runs/1: 64 of 70 predicted samples, in their order"
    assert sheet.notes[0] == "predicted numbers have no certainty, so the order is that of the samples"


def test_the_least_certain_label_and_the_lowest_of_several_targets_count():
    tags = PredictedTarget("tags", "multilabel", ABC, False, False)
    price = PredictedTarget("price", "regression", (), False, False)
    answers = [
        {"tags": np.array([0.9, 0.1, 0.8]), "y": np.array([0.0, 3.0, 0.0]), "price": np.array([1.5])},
        {"tags": np.array([0.9, 0.4, 0.9]), "y": np.array([0.0, 9.0, 0.0]), "price": np.array([2.5])},
        {"tags": np.array([0.2, 0.1, 0.1]), "y": np.array([0.0, 0.1, 0.0]), "price": np.array([3.5])},
    ]
    sheet = sheet_of([tags, CLASSES, price], samples(3), answers)
    assert [cell.name for cell in sheet.cells] == ["2.png", "1.png", "0.png"]
    assert sheet.cells[0].heading == "tags: (none), not a\u00a00.200, b\u00a00.100, c\u00a00.100"
    assert sheet.cells[1].heading.replace("\u00a0", " ") == "tags: a 0.900, c 0.900, not b 0.400"
    assert sheet.cells[1].lines[1] == "price: 2.5"
    assert sheet.notes[0] == (
        "certainty: the probability of the least certain label, or the probability of the predicted class, "
        "the lowest of all targets"
    )


def test_masks_are_overlays():
    target = PredictedTarget("mask", "sequence", ABC, False, False)
    masks = RNG.integers(0, 3, (3, 6, 5))
    probabilities = [
        np.eye(3)[mask] * share + (1 - share) / 3 for mask, share in zip(masks, (0.9, 0.2, 0.5), strict=True)
    ]
    given = samples(3)
    sheet = sheet_of([target], given, [{"mask": entry.astype(np.float32)} for entry in probabilities])
    assert [cell.name for cell in sheet.cells] == ["1.png", "2.png", "0.png"]
    assert sheet.legend == [(class_color(index), name) for index, name in enumerate(ABC)]
    for cell, place in zip(sheet.cells, (1, 2, 0), strict=True):
        grey = given[place].values["image"] @ np.array([0.299, 0.587, 0.114])
        colors = np.array([class_color(index) for index in range(3)])[masks[place]]
        np.testing.assert_array_equal(cell.pictures[1].pixels, np.rint(0.45 * grey[..., None] + 0.55 * colors))
    assert sheet.cells[2].heading == f"mask: mean probability {0.9 + 0.1 / 3:.3f}"


def test_predicted_images_are_pictures():
    target = PredictedTarget("clean", "regression", (), False, False)
    images = RNG.random((2, 6, 5, 1)).astype(np.float32)
    sheet = sheet_of([target], samples(2), [{"clean": image} for image in images])
    for cell, image in zip(sheet.cells, images, strict=True):
        expected = (image - images.min()) / (images.max() - images.min()) * 255
        np.testing.assert_allclose(cell.pictures[1].pixels, np.repeat(expected, 3, 2), atol=0.51)
        assert (cell.heading, cell.lines) == ("", ())


def test_samples_that_failed_are_counted():
    answers = [{"y": np.zeros(3, np.float32)}, "damaged", "empty"]
    sheet = sheet_of([CLASSES], samples(3), answers)
    assert sheet.notes[-1] == "2 samples could not be predicted"
    assert len(sheet.cells) == 1
    assert sheet_of([CLASSES], samples(1), ["damaged"]) is None


def test_rows_of_tables_are_captions():
    table = Input("table", "table", (2,), "float64", (Column("area", "numeric"), Column("town", "categorical")))
    found = PredictionSheet({**INPUTS, "table": table}, [CLASSES], "--sheet out.png")
    values = {**samples(1)[0].values, "table": {"area": 84.5, "town": "Bonn"}}
    found.add(Sample("a.csv:2", values), {"y": np.zeros(3, np.float32)})
    (cell,) = found.sheet("runs/1").cells
    assert cell.lines[-1].replace("\u00a0", " ") == "area 84.5, town Bonn"


@pytest.mark.parametrize("shape", [(4,), (30, 1)])
def test_a_model_without_pictures_is_refused(shape):
    with raises(DataError):
        PredictionSheet({"x": Input("x", "array", shape, "float32")}, [CLASSES], "--sheet out.png")


def test_only_the_pictures_that_are_drawn_are_kept():
    found = PredictionSheet(INPUTS, [CLASSES], "--sheet out.png", most=3)
    for place in range(50):
        sample = Sample(str(place), {"image": np.zeros((600, 600, 3), np.uint8)})
        found.add(sample, {"y": RNG.standard_normal(3).astype(np.float32)})
    sizes = [thumbnail.values.size for *_, kept in found._kept for thumbnail in kept.pictures.values()]
    assert sizes == [256 * 256 * 3] * 3
