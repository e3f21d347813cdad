import csv
import io
import json
import os
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from golden import expect_message, raises
from keras import layers
from PIL import Image

import kpipe.report.predict as predict_module
from kpipe.errors import DataError
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.reporter import Reporter
from kpipe.pipeline import load
from kpipe.report.predict import predict_files
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample
from kpipe.report.prediction_output import Predictions
from kpipe.report.reevaluate import reevaluate
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

ABC = ["a", "b", "c"]


def described(inputs, **targets):
    defaults = {
        "task": "classification",
        "classes": ABC,
        "shape": [],
        "activation": "logits",
        "logits": True,
        "form": "sparse",
    }
    whole = {name: {"columns": [], "dtype": "float32", **entry} for name, entry in inputs.items()}
    return {"inputs": whole, "targets": {name: {**defaults, **entry} for name, entry in targets.items()}}


def run_folder(folder: Path, model: keras.Model, data: dict) -> Path:
    folder.mkdir()
    model.save(folder / "model.keras")
    (folder / "data.json").write_text(json.dumps(data))
    return folder


def predicted(folder, paths, form="csv", output=None, sheet=None):
    """The output, the messages and the error message."""
    results, messages, error = io.StringIO(), io.StringIO(), None
    try:
        predict_files(folder, paths, form, output, Reporter(messages=messages, results=results), sheet)
    except DataError as problem:
        error = str(problem)
    text = results.getvalue()
    if text and form == "json":
        text = json.loads(text)
    elif text and form == "csv":
        text = list(csv.DictReader(io.StringIO(text)))
    return text, messages.getvalue().splitlines(), error


def softmax(values):
    shifted = np.exp(values - values.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


# -- arrays ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vectors(tmp_path_factory):
    """Logits x @ kernel for three classes."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,), name="x")
    dense = layers.Dense(3, use_bias=False)
    model = keras.Model(inputs, dense(inputs))
    data = described({"x": {"kind": "array", "shape": [4]}}, y={})
    return run_folder(tmp_path_factory.mktemp("runs") / "vectors", model, data), dense.kernel.numpy()


def test_logits_become_probabilities_in_the_order_of_the_samples(vectors, tmp_path):
    folder, kernel = vectors
    x = np.random.default_rng(0).standard_normal((600, 4)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    rows, said, error = predicted(folder, [tmp_path / "x.npy"])
    expected = softmax(x.astype(np.float64) @ kernel)
    assert list(rows[0]) == ["sample", "prediction", "probability", "p(a)", "p(b)", "p(c)"]
    assert [row["sample"] for row in rows] == [str(index) for index in range(600)]
    assert [row["prediction"] for row in rows] == [ABC[index] for index in expected.argmax(1)]
    numbers = np.array([[float(row[f"p({name})"]) for name in ABC] for row in rows])
    np.testing.assert_allclose(numbers, expected, rtol=1e-5)
    np.testing.assert_allclose([float(row["probability"]) for row in rows], expected.max(1), rtol=1e-5)
    assert (said, error) == ([], None)


def test_the_formats_agree(vectors, tmp_path):
    folder, kernel = vectors
    np.save(tmp_path / "x.npy", np.eye(4)[:2])
    best = softmax(kernel[:2].astype(np.float64))
    objects, _, _ = predicted(folder, [tmp_path / "x.npy"], "json")
    assert [entry["sample"] for entry in objects] == ["0", "1"]
    assert objects[1]["prediction"] == ABC[best[1].argmax()]
    assert objects[1]["probabilities"] == pytest.approx(dict(zip(ABC, best[1], strict=True)), rel=1e-5)
    text, _, _ = predicted(folder, [tmp_path / "x.npy"], "text")
    lines = text.splitlines()
    assert lines[0] == "sample  prediction  probability"
    assert lines[1] == f"0       {ABC[best[0].argmax()]}           {best[0].max():.6g}"[: len(lines[1])]
    rows, _, _ = predicted(folder, [tmp_path / "x.npy"])
    assert [float(row["p(a)"]) for row in rows] == [entry["probabilities"]["a"] for entry in objects]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("member", ["x", "anything"])
def test_members_of_an_npz_file(vectors, tmp_path, save, member):
    folder, kernel = vectors
    save(tmp_path / "x.npz", **{member: np.eye(4, dtype=np.float32)})
    rows, _, _ = predicted(folder, [tmp_path / "x.npz"])
    assert [row["prediction"] for row in rows] == [ABC[index] for index in kernel.argmax(1)]


def test_samples_of_several_files_are_told_apart(vectors, tmp_path):
    for name in ("one", "two"):
        np.save(tmp_path / f"{name}.npy", np.eye(4)[:1])
    rows, _, _ = predicted(vectors[0], [tmp_path / "two.npy", tmp_path / "one.npy"])
    assert [row["sample"] for row in rows] == [f"{tmp_path}/two.npy:0", f"{tmp_path}/one.npy:0"]


def test_a_number_that_is_not_finite_fails_alone(vectors, tmp_path):
    x = np.eye(4)
    x[1, 2] = np.nan
    np.save(tmp_path / "x.npy", x)
    rows, said, error = predicted(vectors[0], [tmp_path / "x.npy"])
    assert [row["error"] for row in rows] == ["", "'x' contains a number that is not finite", "", ""]
    assert rows[1]["prediction"] == "" and rows[2]["prediction"] in ABC
    assert said == ["1: 'x' contains a number that is not finite"]
    expect_message(error)


def test_an_output_that_is_not_finite_is_not_a_prediction(vectors, tmp_path):
    folder, kernel = vectors
    np.save(tmp_path / "x.npy", np.stack([np.ones(4), np.float32(3.4e38) * np.sign(kernel[:, 0])]))
    assert np.abs(kernel[:, 0]).sum() > 1
    rows, _, error = predicted(folder, [tmp_path / "x.npy"])
    assert [row["error"] for row in rows] == ["", "the model's output is not finite"]
    expect_message(error)


def test_the_output_file(vectors, tmp_path):
    np.save(tmp_path / "x.npy", np.eye(4))
    shown, _, _ = predicted(vectors[0], [tmp_path / "x.npy"], "csv", tmp_path / "out.csv")
    assert shown == ""
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "sample,prediction,probability,p(a),p(b),p(c)"
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "x.npy"]
    _, _, error = predicted(vectors[0], [tmp_path / "x.npy"], "csv", tmp_path / "out.csv")
    expect_message(error)
    _, _, error = predicted(vectors[0], [tmp_path / "x.npy"], "csv", tmp_path / "no" / "out.csv")
    expect_message(error)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 5), np.float32),
        np.zeros(3, np.float32),
        np.zeros((3, 4), complex),
    ],
)
def test_arrays_that_do_not_fit(vectors, tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    with raises(DataError):
        predict_files(vectors[0], [tmp_path / "x.npy"], "csv", None, Reporter(quiet=True))


def test_paths_that_are_not_runs_or_do_not_exist(vectors, tmp_path):
    expect_message(predicted(tmp_path / "no", [tmp_path])[2])
    expect_message(predicted(tmp_path, [tmp_path])[2])
    (tmp_path / "model.keras").write_text("nothing")
    expect_message(predicted(tmp_path, [tmp_path])[2])
    expect_message(predicted(vectors[0], [tmp_path / "a.npy"])[2])
    (tmp_path / "a.csv").write_text("a\n1\n")
    expect_message(predicted(vectors[0], [tmp_path / "a.csv"])[2])
    np.savez(tmp_path / "a.npz", p=np.eye(4), q=np.eye(4))
    expect_message(predicted(vectors[0], [tmp_path / "a.npz"])[2])


def test_ids_are_integers(tmp_path):
    inputs = keras.Input((2,), dtype="int32", name="x")
    table = layers.Embedding(5, 3)
    model = keras.Model(inputs, layers.Flatten()(table(inputs)))
    data = described(
        {"x": {"kind": "array", "shape": [2], "dtype": "int64"}},
        y={"task": "regression", "classes": None, "logits": None, "form": "numbers"},
    )
    folder = run_folder(tmp_path / "run", model, data)
    np.save(tmp_path / "x.npy", np.array([[1, 2], [2**40, 0]]))
    rows, _, error = predicted(folder, [tmp_path / "x.npy"])
    expected = table.embeddings.numpy()[[1, 2]].reshape(-1)
    np.testing.assert_allclose([float(rows[0][f"prediction[{index}]"]) for index in range(6)], expected, rtol=1e-6)
    expect_message(rows[1]["error"])
    expect_message(error)


# -- images ------------------------------------------------------------------------------------------------------------


def image(path: Path, brightness: int, size=(4, 4)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, brightness).save(path)
    return path


def images_model(shape, *before):
    """One logit: the mean brightness less 100."""
    inputs = tensor = keras.Input(shape, name="image")
    for layer in before:
        tensor = layer(tensor)
    return keras.Model(inputs, layers.Rescaling(1.0, offset=-100.0)(layers.GlobalAveragePooling2D()(tensor)))


@pytest.fixture(scope="module")
def grey(tmp_path_factory):
    data = described(
        {"image": {"kind": "image", "shape": [4, 4, 1], "dtype": "uint8"}},
        y={"classes": ["dark", "light"], "form": "binary"},
    )
    return run_folder(tmp_path_factory.mktemp("runs") / "grey", images_model((4, 4, 1)), data)


def test_folders_are_walked_in_order_and_bad_images_are_named(grey, tmp_path):
    folder = tmp_path / "images"
    image(folder / "b" / "2.png", 99)
    image(folder / "b" / "10.png", 103)
    image(folder / "a.png", 101)
    (folder / "broken.jpg").write_bytes(b"nothing")
    (folder / "notes.md").write_text("no image")
    image(folder / "large.png", 90, (6, 5))
    single = image(tmp_path / "single.bmp", 98)
    rows, said, error = predicted(grey, [single, folder])
    names = [single, *(folder / name for name in ("a.png", "b/10.png", "b/2.png", "broken.jpg", "large.png"))]
    assert [row["sample"] for row in rows] == [str(name) for name in names]
    assert [row["prediction"] for row in rows] == ["dark", "light", "light", "dark", "", ""]
    light = [float(row["p(light)"]) for row in rows[:4]]
    np.testing.assert_allclose(light, [1 / (1 + np.exp(-x)) for x in (-2.0, 1.0, 3.0, -1.0)], rtol=1e-5)
    assert float(rows[0]["probability"]) == float(rows[0]["p(dark)"]) == pytest.approx(1 - light[0], rel=1e-6)
    reasons = [
        "not a JPEG, PNG, BMP, WEBP, TIFF or GIF image, or damaged at its beginning",
        "wrong image size; expected 4 x 4 pixels, got 5 x 6",
    ]
    assert [row["error"] for row in rows[4:]] == reasons
    expect_message(said[0])
    assert said[1:] == [
        f"{folder / name}: {why}" for name, why in zip(("broken.jpg", "large.png"), reasons, strict=True)
    ]
    expect_message(error)


def test_the_sheet_has_the_least_certain_images_first(grey, tmp_path):
    folder, sheet = tmp_path / "images", tmp_path / "sheet.png"
    for name, brightness in {"a": 110, "b": 101, "c": 93, "d": 98}.items():
        image(folder / f"{name}.png", brightness)
    (folder / "broken.jpg").write_bytes(b"nothing")
    before, *_ = predicted(grey, [folder])
    rows, said, error = predicted(grey, [folder], sheet=sheet)
    assert rows == before and said[0] == f"wrote {sheet}" and error.startswith("1 of 5")
    with Image.open(sheet) as opened:
        pixels = np.asarray(opened.convert("L"))
    # Pictures are squares of 192 pixels; some pixels of letters have the same brightness.
    squares = {}
    for brightness in (110, 101, 93, 98):
        top, left = (np.flatnonzero((pixels == brightness).sum(axis) >= 192)[0] for axis in (1, 0))
        assert (pixels[top : top + 192, left : left + 192] == brightness).all()
        squares[brightness] = (top, left)
    assert sorted(squares, key=squares.get) == [101, 98, 93, 110]


def test_a_sheet_of_samples_that_all_failed_is_not_written(grey, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    _, said, _ = predicted(grey, [tmp_path / "broken.jpg"], sheet=tmp_path / "sheet.png")
    assert said[0] == f"{tmp_path / 'sheet.png'} is not written, since no sample was predicted"
    assert not (tmp_path / "sheet.png").exists()


def test_a_sheet_that_cannot_be_written_is_refused_first(grey, vectors, tmp_path):
    file = image(tmp_path / "a.png", 90)
    for sheet in (tmp_path / "sheet.jpg", file, tmp_path / "no" / "sheet.png"):
        assert predicted(grey, [file], sheet=sheet)[:2] == ("", [])
        expect_message(predicted(grey, [file], sheet=sheet)[2])
    expect_message(predicted(grey, [file], "csv", tmp_path / "b.png", tmp_path / "b.png")[2])
    np.save(tmp_path / "x.npy", np.eye(4))
    shown, said, error = predicted(vectors[0], [tmp_path / "x.npy"], sheet=tmp_path / "sheet.png")
    assert (shown, said) == ("", [])
    expect_message(error)


def test_one_path_that_cannot_be_used_does_not_stop_the_others(grey, tmp_path):
    first = image(tmp_path / "a.png", 101)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "wrong.csv").write_text("a\n1\n")
    rows, _, error = predicted(grey, [first, tmp_path / "notes.txt", tmp_path / "no.png", tmp_path / "wrong.csv"])
    assert [row["prediction"] for row in rows] == ["light", "", "", ""]
    expect_message(rows[1]["error"])
    expect_message(rows[2]["error"])
    expect_message(rows[3]["error"])
    expect_message(error)


def test_a_text_file_that_is_not_a_table_is_named_once(grey, tmp_path):
    notes = tmp_path / "notes.txt"
    notes.write_text("some notes\nof a person, and more\n")
    _, _, error = predicted(grey, [notes])
    expect_message(error)
    text, messages, _ = predicted(grey, [notes, tmp_path / "no.png"], "text")
    assert [line.count("notes.txt") for line in (text.splitlines()[1], messages[0])] == [1, 1]
    assert messages[0].startswith(f"{notes}: line 2: wrong number of values")
    assert messages[1] == f"{tmp_path / 'no.png'}: does not exist"


def test_text_output_lists_failures(grey, tmp_path):
    image(tmp_path / "a.png", 101)
    (tmp_path / "b.png").write_bytes(b"")
    text, _, _ = predicted(grey, [tmp_path], "text")
    width = len(str(tmp_path / "a.png"))
    assert text.splitlines()[0].split() == ["sample", "prediction", "probability"]
    assert text.splitlines()[1][width:].split() == ["light", "0.731059"]
    assert text.splitlines()[2][width:] == "  error: the file is empty"


def test_a_model_that_resizes_takes_images_of_any_size(tmp_path):
    model = images_model((None, None, 1), layers.Resizing(2, 2))
    folder = run_folder(
        tmp_path / "run",
        model,
        described(
            {"image": {"kind": "image", "shape": [None, None, 1], "dtype": "uint8"}},
            y={"task": "regression", "classes": None, "logits": None, "form": "numbers"},
        ),
    )
    sizes = [(3, 3), (8, 5), (3, 3), (1, 1), (8, 5)]
    paths = [image(tmp_path / f"{index}.png", 100 + index, size) for index, size in enumerate(sizes)]
    rows, _, _ = predicted(folder, paths)
    assert [float(row["prediction"]) for row in rows] == pytest.approx([0, 1, 2, 3, 4], abs=1e-4)


def test_a_lone_image_in_an_array(grey, tmp_path):
    np.save(tmp_path / "one.npy", np.full((4, 4, 1), 101, np.uint8))
    rows, _, error = predicted(grey, [tmp_path / "one.npy"])
    assert ([row["prediction"] for row in rows], error) == (["light"], None)


def test_images_in_an_array(grey, tmp_path):
    np.save(tmp_path / "x.npy", np.full((2, 4, 4), 101, np.uint8))
    rows, _, _ = predicted(grey, [tmp_path / "x.npy"])
    assert [row["prediction"] for row in rows] == ["light", "light"]
    np.save(tmp_path / "x.npy", np.full((2, 4, 4), 0.4))
    expect_message(predicted(grey, [tmp_path / "x.npy"])[2])
    (tmp_path / "empty").mkdir()
    expect_message(predicted(grey, [tmp_path / "empty"])[2])


# -- tables ------------------------------------------------------------------------------------------------------------

COLUMNS = [
    {"name": "area", "kind": "numeric"},
    {"name": "kind", "kind": "categorical"},
    {"name": "age", "kind": "numeric"},
]
NUMBER = {"task": "regression", "classes": None, "logits": None, "form": "numbers"}


def rows_folder(folder, kinds):
    """area + 10 code + 100 age, the code of the first kind 1, of the second 2, of any other 0."""
    inputs = {
        "area": keras.Input((1,), name="area"),
        "kind": keras.Input((1,), dtype="string", name="kind"),
        "age": keras.Input((1,), name="age"),
    }
    lookup = layers.StringLookup(vocabulary=kinds, mask_token=None)
    parts = [inputs["area"], layers.Rescaling(10.0)(lookup(inputs["kind"])), layers.Rescaling(100.0)(inputs["age"])]
    model = keras.Model(inputs, layers.Add()(parts))
    data = described({"table": {"kind": "table", "shape": [3], "dtype": "float64", "columns": COLUMNS}}, price=NUMBER)
    data["preparation"] = {"table": {"columns": [{"name": "kind", "kind": "categorical", "categories": kinds}]}}
    return run_folder(folder, model, data)


@pytest.fixture(scope="module")
def rows_run(tmp_path_factory):
    return rows_folder(tmp_path_factory.mktemp("runs") / "rows", ["flat", "house"])


def test_columns_go_by_name_and_bad_rows_by_line(rows_run, tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("age,note,kind,area\n1,x,house,3.5\n\n2,x,flat,many\n3,x,,1\n4,x,castle,0.25\n")
    rows, said, error = predicted(rows_run, [path])
    assert [row["sample"] for row in rows] == [f"{path}:{line}" for line in (2, 4, 5, 6)]
    assert [row["prediction"] for row in rows] == ["123.5", "", "", "400.25"]
    assert [row["error"] for row in rows[1:3]] == ["column 'area': 'many' is not a number", "column 'kind' is empty"]
    expect_message(said[0])
    expect_message(said[1])
    expect_message(said[2])
    expect_message(error)


def test_categories_are_found_by_value_in_the_spelling_of_the_model(tmp_path):
    """As a run of version 0.1.0 stored them."""
    run = rows_folder(tmp_path / "run", ["1.0", "017"])
    path = tmp_path / "new.csv"
    path.write_text("age,kind,area\n0,1,0\n0,+1.00,0\n0,017,0\n0,17,0\n0,17.0,0\n")
    rows, said, error = predicted(run, [path])
    assert [row["prediction"] for row in rows] == ["10.0", "10.0", "20.0", "0.0", "0.0"]
    assert said == [
        "column 'kind': 17 does not occur in the training part (2 of 5 rows, 40%); the model treats it as unknown"
    ]
    assert error is None


def test_rows_are_read_in_the_format_of_the_training(rows_run, tmp_path):
    for file in ("model.keras", "data.json"):
        (tmp_path / file).write_bytes((rows_run / file).read_bytes())
    stored = json.loads((tmp_path / "data.json").read_text())
    (tmp_path / "data.json").write_text(json.dumps(stored | {"csv": {"separator": ";", "decimal": ","}}))
    path, other = tmp_path / "new.csv", tmp_path / "other.csv"
    path.write_bytes(b'\xef\xbb\xbfage;kind;area\r\n1,5;house;3,5\r\n2;"flat";0.5\r\n')
    rows, _, _ = predicted(tmp_path, [path])
    assert [row["prediction"] for row in rows] == ["173.5", ""]
    assert rows[1]["error"] == "column 'area': '0.5' is not a number"
    other.write_text("age,kind,area\n1.5,house,3.5\n")
    expect_message(predicted(tmp_path, [other])[2])


@pytest.mark.slow
def test_a_run_with_a_european_table_predicts_such_files(tmp_path):
    rows = [f'k{i};{i % 7},25;"{"AB"[i % 2]};x";{("1,0", "2,5")[i % 2]}\r\n' for i in range(40)]
    (tmp_path / "data.csv").write_text("id;v;kind;y\r\n" + "".join(rows), encoding="utf-8-sig", newline="")
    (tmp_path / "spec.yaml").write_text(
        "name: european\n"
        "data:\n"
        '  source: {Table: {path: data.csv, target: y, exclude: [id], task: classification, separator: ";", decimal: ","}}\n'
        "  validation: 0.2\n"
        "  prepare: [Standardize, OneHot]\n"
        "model: [Dense: {units: =classes}]\n"
        "train: {epochs: 30, optimizer: {Adam: {learning_rate: 0.1}}}\n"
    )
    load(tmp_path / "spec.yaml").run(tmp_path / "run", reporter=Reporter(quiet=True))
    assert json.loads((tmp_path / "run" / "data.json").read_text())["csv"] == {"separator": ";", "decimal": ","}
    (tmp_path / "new.csv").write_text('kind;v\n"A;x";1,25\n"B;x";2\n')
    rows, said, error = predicted(tmp_path / "run", [tmp_path / "new.csv"])
    assert ([row["prediction"] for row in rows], said, error) == (["1", "2.5"], [], None)


@pytest.mark.slow
def test_a_run_that_fills_missing_values_predicts_rows_with_them(tmp_path):
    def row(i):
        return f"{i},{'' if i % 4 == 0 else i % 7},{'' if i % 5 == 0 else 'uv'[i % 2]},{'AB'[i % 2]}\n"

    (tmp_path / "data.csv").write_text("id,a,b,y\n" + "".join(row(i) for i in range(60)))
    (tmp_path / "spec.yaml").write_text(
        "name: filled\n"
        "data:\n"
        "  source: {Table: {path: data.csv, target: y, exclude: [id]}}\n"
        "  validation: 0.2\n"
        "  prepare: [Impute: {indicator: true}, Standardize, OneHot]\n"
        "model: [Dense: {units: =classes}]\n"
        "train: {epochs: 1}\n"
    )
    run = load(tmp_path / "spec.yaml").run(tmp_path / "run", reporter=Reporter(quiet=True))
    described = json.loads((tmp_path / "run" / "data.json").read_text())
    assert sum(described["parts"].values()) == 60
    (tmp_path / "new.csv").write_text("a,b\n,u\n3,\nNA,\nx,u\n3,w\n")
    rows, said, _ = predicted(tmp_path / "run", [tmp_path / "new.csv"])
    cells = {"a": [[np.nan], [3], [np.nan]], "b": [["u"], [""], [""]]}
    model = keras.saving.load_model(run.folder / "model.keras")
    tensors = {name: keras.ops.convert_to_tensor(np.array(values)) for name, values in cells.items()}
    expected = softmax(np.asarray(model(tensors), np.float64))
    np.testing.assert_allclose([[float(row["p(A)"]), float(row["p(B)"])] for row in rows[:3]], expected, rtol=1e-4)
    assert rows[3]["error"] == "column 'a': 'x' is not a number"
    assert (
        said[0]
        == "column 'b': w does not occur in the training part (1 of 4 rows, 25%); the model treats it as unknown"
    )


@pytest.mark.slow
def test_a_run_with_embedded_columns_predicts_rows_by_column(tmp_path):
    rows = "".join(f"{i % 5},u{i % 3},{i % 7},{i % 5 + i % 3}\n" for i in range(60))
    (tmp_path / "data.csv").write_text("user,item,age,rating\n" + rows)
    (tmp_path / "spec.yaml").write_text(
        "name: embedded\n"
        "data:\n"
        "  source:\n"
        "    Table:\n"
        "      {path: data.csv, target: rating, task: regression, categorical: [user],\n"
        "       inputs: {who: [user], what: [item], rest: rest}}\n"
        "  prepare: {who: [Encode], what: [Encode], rest: [Standardize]}\n"
        "model:\n"
        "  - Embedding: {inputs: who, input_dim: =codes.user, output_dim: 2}\n"
        "  - Flatten: {name: left}\n"
        "  - Embedding: {inputs: what, input_dim: '=codes[\"item\"]', output_dim: 2}\n"
        "  - Flatten: {name: right}\n"
        "  - Concatenate: {inputs: [left, right, rest]}\n"
        "  - Dense: {units: 1}\n"
        "train: {epochs: 1}\n"
    )
    run = load(tmp_path / "spec.yaml").run(tmp_path / "run", reporter=Reporter(quiet=True))
    model = keras.saving.load_model(run.folder / "model.keras")
    tables = [layer.input_dim for layer in model.layers[-1].layers if isinstance(layer, layers.Embedding)]
    assert sorted(tables) == [4, 6]
    (tmp_path / "new.csv").write_text("item,age,user\nu1,3,4\nu9,2,1.0\n")
    rows, said, error = predicted(tmp_path / "run", [tmp_path / "new.csv"])
    text = {"who": {"user": [["4"], ["1"]]}, "what": {"item": [["u1"], ["u9"]]}}
    tensors = {
        name: {column: keras.ops.convert_to_tensor(np.array(cells)) for column, cells in values.items()}
        for name, values in text.items()
    }
    expected = model({**tensors, "rest": keras.ops.convert_to_tensor([[3.0], [2.0]])})
    np.testing.assert_allclose([float(row["prediction"]) for row in rows], np.asarray(expected)[:, 0], rtol=1e-4)
    assert (len(said), error) == (1, None)


def test_parquet(rows_run, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet

    table = pa.table({"kind": ["flat", "house"], "area": [1.0, 2.0], "age": [3, 4]})
    pyarrow.parquet.write_table(table, tmp_path / "new.parquet")
    objects, said, _ = predicted(rows_run, [tmp_path / "new.parquet"], "json")
    assert objects == [
        {"sample": f"{tmp_path}/new.parquet:row 1", "prediction": 311.0},
        {"sample": f"{tmp_path}/new.parquet:row 2", "prediction": 422.0},
    ]
    assert said == []


def test_missing_columns_are_named(rows_run, tmp_path):
    (tmp_path / "a.csv").write_text("age,size\n1,2\n")
    expect_message(predicted(rows_run, [tmp_path / "a.csv"])[2])
    np.save(tmp_path / "x.npy", np.eye(3))
    expect_message(predicted(rows_run, [tmp_path / "x.npy"])[2])


def test_a_table_of_numbers_is_one_matrix(tmp_path):
    inputs = keras.Input((2,), name="table")
    model = keras.Model(inputs, layers.Dense(1, kernel_initializer="ones")(inputs))
    columns = [{"name": name, "kind": "numeric"} for name in ("area", "age")]
    data = described({"table": {"kind": "table", "shape": [2], "dtype": "float64", "columns": columns}}, price=NUMBER)
    (tmp_path / "a.csv").write_text("age,area\n1,2.5\n")
    rows, _, _ = predicted(run_folder(tmp_path / "run", model, data), [tmp_path / "a.csv"])
    assert rows[0]["prediction"] == "3.5"


# -- several inputs and targets ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    photo, area = keras.Input((2, 2, 1), name="photo"), keras.Input((1,), name="area")
    both = layers.Add()([layers.GlobalAveragePooling2D()(photo), area])
    outputs = {
        "price": layers.Identity(name="price")(both),
        "kind": layers.Dense(3, activation="softmax", name="kind")(both),
    }
    model = keras.Model({"photo": photo, "table": {"area": area}}, outputs)
    inputs = {
        "photo": {"kind": "image", "shape": [2, 2, 1], "dtype": "uint8", "file_column": "file"},
        "table": {"kind": "table", "shape": [1], "dtype": "float64", "columns": COLUMNS[:1]},
    }
    return run_folder(
        tmp_path_factory.mktemp("runs") / "house",
        model,
        described(inputs, price=NUMBER, kind={"logits": False, "activation": "softmax"}),
    )


def test_rows_that_name_images(house, tmp_path):
    image(tmp_path / "p" / "one.png", 7, (2, 2))
    (tmp_path / "a.csv").write_text("file,area\np/one.png,0.5\np/two.png,1\n,2\n")
    rows, _, error = predicted(house, [tmp_path / "a.csv"])
    assert list(rows[0])[:4] == ["sample", "price.prediction", "kind.prediction", "kind.probability"]
    assert rows[0]["price.prediction"] == "7.5"
    expect_message(rows[1]["error"])
    expect_message(rows[2]["error"])
    expect_message(error)
    objects, _, _ = predicted(house, [tmp_path / "a.csv"], "json")
    assert objects[0]["price"] == {"prediction": 7.5}
    assert sum(objects[0]["kind"]["probabilities"].values()) == pytest.approx(1, abs=1e-6)


def test_several_arrays(tmp_path):
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    model = keras.Model({"left": left, "right": right}, layers.Subtract()([left, right]))
    data = described({name: {"kind": "array", "shape": [2]} for name in ("left", "right")}, y={**NUMBER, "shape": [2]})
    folder = run_folder(tmp_path / "run", model, data)
    np.savez(tmp_path / "a.npz", right=np.ones((2, 2)), left=np.eye(2), y=np.zeros(2))
    rows, _, _ = predicted(folder, [tmp_path / "a.npz"])
    assert [(row["prediction[0]"], row["prediction[1]"]) for row in rows] == [("0.0", "-1.0"), ("-1.0", "0.0")]
    np.savez(tmp_path / "a.npz", right=np.ones((3, 2)), left=np.eye(2))
    expect_message(predicted(folder, [tmp_path / "a.npz"])[2])
    np.save(tmp_path / "a.npy", np.eye(2))
    expect_message(predicted(folder, [tmp_path / "a.npy"])[2])


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "numbers", "expected"),
    [
        (("regression", (), False, False), [2.5], {"prediction": 2.5}),
        (("regression", (), False, False), [1.0, 2.0], {"prediction": [1.0, 2.0]}),
        (
            ("multilabel", ("p", "q"), True, False),
            [0.0, np.log(3)],
            {"prediction": ["q"], "probabilities": {"p": 0.5, "q": 0.75}},
        ),
        (
            ("classification", ("p", "q"), False, False),
            [0.25, 0.75],
            {"prediction": "q", "probability": 0.75, "probabilities": {"p": 0.25, "q": 0.75}},
        ),
        (
            ("sequence", ("p", "q"), True, False),
            [[0.0, np.log(3)], [np.log(4), 0.0]],
            {
                "prediction": ["q", "p"],
                "probability": [0.75, 0.8],
                "probabilities": {"p": [0.25, 0.8], "q": [0.75, 0.2]},
            },
        ),
    ],
)
def test_answers(target, numbers, expected):
    answer = PredictedTarget("y", *target).answer(np.array(numbers, np.float32))
    assert answer.keys() == expected.keys()
    assert answer["prediction"] == expected["prediction"]
    for key in ("probability", "probabilities"):
        if key in expected:
            flat, wanted = (
                np.array(list(entry[key].values()) if key == "probabilities" else entry[key])
                for entry in (answer, expected)
            )
            np.testing.assert_allclose(flat, wanted, rtol=1e-6)


def test_large_logits_do_not_overflow():
    assert (
        PredictedTarget("y", "classification", ("p", "q"), True, True).answer(np.array([-2000.0]))["probability"] == 1.0
    )
    assert (
        PredictedTarget("y", "classification", ("p", "q"), True, False).answer(np.array([3000.0, 0.0]))["probability"]
        == 1.0
    )


# -- a real run --------------------------------------------------------------------------------------------------------

SPEC = """
name: light
seed: 1
data:
  source: {ImageFolder: {train: images, color: grey}}
  test: 0.25
  validation: 0.25
  batch_size: 8
  prepare: [{Resize: {height: 6, width: 6}}, Rescale]
model:
  - Conv2D: {filters: 4, kernel_size: 3, activation: relu}
  - GlobalAveragePooling2D
  - Dense: {units: =classes}
train:
  epochs: 3
  optimizer: {Adam: {learning_rate: 0.1}}
"""


@pytest.mark.slow
def test_the_model_of_a_run_answers_for_raw_files_as_it_was_measured(tmp_path):
    generator = np.random.default_rng(3)
    for index in range(80):
        name, mean = ("dark", 110) if index % 2 else ("light", 140)
        size = (int(generator.integers(6, 12)), int(generator.integers(6, 12)))
        image(tmp_path / "images" / name / f"{index:02}.png", int(generator.normal(mean, 20)), size)
    (tmp_path / "spec.yaml").write_text(SPEC)
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO())
    run = load(tmp_path / "spec.yaml").run(tmp_path / "run", reporter=reporter)
    rows, _, error = predicted(tmp_path / "run", [tmp_path / "images"])
    assert error is None and len(rows) == 80
    right = {row["sample"]: row["prediction"] == Path(row["sample"]).parent.name for row in rows}
    spec = load(tmp_path / "run" / "spec.yaml").spec
    with spec_session(spec):
        prepared = prepare_data(spec, lambda line: None, fit=False)
    names = [prepared.dataset.sample_name(int(index)) for index in prepared.parts["test"]]
    found = [right[next(sample for sample in right if sample.endswith(name))] for name in names]
    assert 0.5 < run.result["test"]["accuracy"] < 1
    assert np.mean(found) == pytest.approx(run.result["test"]["accuracy"], abs=1e-6)
    again = json.loads(reevaluate(tmp_path / "run", "test", "json", lambda line: None))
    assert again["metrics"] == pytest.approx(run.result["test"], abs=1e-6)


# -- depth and size of images ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def deep_images(tmp_path_factory):
    """Means of images, in the units of the files."""
    inputs = keras.Input((4, 4, 1), name="image")
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inputs))
    entry = {"kind": "image", "shape": [4, 4, 1]}
    target = {"task": "regression", "classes": None, "logits": False, "form": "number"}
    root = tmp_path_factory.mktemp("depths")
    folders = {}
    for name, dtype, more in (
        ("deep", "uint16", {"max_pixels": 16}),
        ("shallow", "uint8", {"max_pixels": 16}),
        ("of 0.1.0", "uint8", {}),
    ):
        data = {**described({"image": {**entry, "dtype": dtype}}, y=target), **more}
        folders[name] = run_folder(root / name, model, data)
    return folders


def pngs(folder: Path) -> list[Path]:
    """One of 16 bits with the value 0x1234, one of 8 bits with the value 7."""
    Image.fromarray(np.full((4, 4), 0x1234, np.uint16)).save(folder / "deep.png")
    Image.fromarray(np.full((4, 4), 7, np.uint8)).save(folder / "shallow.png")
    return [folder / "deep.png", folder / "shallow.png"]


def test_images_of_another_depth_are_refused_by_name(deep_images, tmp_path):
    files = pngs(tmp_path)
    rows, said, _ = predicted(deep_images["deep"], files)
    assert [row["prediction"] for row in rows] == [str(float(0x1234)), ""]
    expect_message(said[0])
    rows, said, _ = predicted(deep_images["shallow"], files)
    assert [row["prediction"] for row in rows] == ["", "7.0"]
    expect_message(said[0])


def test_a_run_of_0_1_0_reads_the_upper_eight_bits_as_before(deep_images, tmp_path):
    rows, said, error = predicted(deep_images["of 0.1.0"], pngs(tmp_path))
    assert [row["prediction"] for row in rows] == [str(float(0x12)), "7.0"]
    assert (said, error) == ([], None)


def test_arrays_of_another_depth_are_refused(deep_images, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 4, 4, 1), np.uint8))
    expect_message(predicted(deep_images["deep"], [tmp_path / "x.npy"])[2])
    np.save(tmp_path / "x.npy", np.zeros((2, 4, 4, 1), np.uint16))
    expect_message(predicted(deep_images["shallow"], [tmp_path / "x.npy"])[2])
    assert predicted(deep_images["of 0.1.0"], [tmp_path / "x.npy"])[2] is None


def test_the_limit_on_pixels_is_that_of_the_run(deep_images, tmp_path):
    Image.new("L", (5, 4)).save(tmp_path / "large.png")
    _, said, error = predicted(deep_images["shallow"], [tmp_path / "large.png", *pngs(tmp_path)[1:]])
    expect_message(said[0])
    expect_message(error)


def test_windows_of_samples_are_bounded_by_their_sizes_not_by_the_first_one(monkeypatch):
    monkeypatch.setattr(predict_module, "MOST_NUMBERS", 100)
    sizes = [1, 60, 60, 200, 1, 1]
    samples = iter([Sample(str(size), {"image": np.zeros(size)}) for size in sizes])
    windows = [[sample.name for sample in window] for window in predict_module._windows(samples)]
    assert windows == [["1", "60", "60"], ["200"], ["1", "1"]]


def test_a_compressed_file_is_unpacked_to_the_disk_once_as_a_run_does(vectors, tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=np.eye(4)[:2])
    rows, said, error = predicted(vectors[0], [tmp_path / "a.npz"])
    assert (len(rows), len(said), error) == (2, 1, None)
    assert "'x' in " in said[0]
    assert "is compressed; unpacking 0.00 GiB once into" in said[0]
    again, said, _ = predicted(vectors[0], [tmp_path / "a.npz"])
    assert (again, said) == (rows, [])


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_a_crafted_array_does_not_stop_the_others(vectors, tmp_path, name):
    np.save(tmp_path / "good.npy", np.eye(4)[:2])
    content = (tmp_path / "good.npy").read_bytes().replace(b"(2, 4)", b"(-2,4)")
    (tmp_path / "a.npy").write_bytes(content)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", content)
    rows, said, error = predicted(vectors[0], [tmp_path / name, tmp_path / "good.npy"])
    assert [row["prediction"] == "" for row in rows] == [True, False, False]
    expect_message(said[0])
    expect_message(error)


CRAFTED = ("=cmd|calc", "a\x1b[31m\nforged", "-1.5")


def crafted():
    target = PredictedTarget("y", "classification", CRAFTED, False, False)
    names = ["@x\r.png", "b\u202e\n.png", "\udcff.png"]
    answers = [{"y": np.array([0.75, 0.125, 0.125])}, {"y": np.array([0.0, 0.25, 0.75])}, "bad\x1b[2J"]
    return Predictions(names, answers, [target])


def test_names_in_text_are_cells_of_one_line():
    assert list(crafted().lines("text")) == [
        "sample         prediction  probability",
        "@x\\r.png       =cmd|calc   0.75",
        "b\\u202e\\n.png  -1.5        0.75",
        "\\udcff.png     error: bad\\x1b[2J",
    ]


def test_names_in_csv_are_exact_but_for_what_a_spreadsheet_would_run():
    guard = FormulaGuard()
    text = "".join(f"{line}\n" for line in crafted().lines("csv", guard))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["sample", "prediction", "probability", *(f"p({name})" for name in CRAFTED), "error"]
    assert [row[:2] for row in rows[1:]] == [
        ["'@x\r.png", "'=cmd|calc"],
        ["b\u202e\n.png", "-1.5"],
        ["\udcff.png", ""],
    ]
    assert guard.count == 2


def test_names_in_json_are_exact():
    text = "\n".join(crafted().lines("json"))
    rows = json.loads(text)
    assert [row["sample"] for row in rows] == ["@x\r.png", "b\u202e\n.png", "\udcff.png"]
    assert list(rows[0]["probabilities"]) == list(CRAFTED)
    assert text.encode("ascii")


def test_file_names_that_are_not_utf_8_and_formulas_in_the_output(grey, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image(Path("=a.png"), 10)
    image(Path(os.fsdecode(b"\xff.png")), 10)
    messages = io.StringIO()
    paths = [Path("=a.png"), Path(os.fsdecode(b"\xff.png"))]
    predict_files(grey, paths, "csv", Path("p.csv"), Reporter(messages=messages))
    rows = list(csv.DictReader(Path("p.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["sample"] for row in rows] == ["'=a.png", "\\udcff.png"]
    assert "p.csv: 1 cell begins like a formula" in messages.getvalue()
    predict_files(grey, paths, "json", Path("p.json"), Reporter(messages=messages))
    assert json.loads(Path("p.json").read_text(encoding="utf-8"))[1]["sample"] == "\udcff.png"


@pytest.mark.slow
def test_many_runs_in_one_process_cause_no_warning(tmp_path, caplog, monkeypatch):
    import tensorflow as tf

    monkeypatch.setattr(tf.get_logger(), "propagate", True)
    np.save(tmp_path / "x.npy", np.ones((3, 2), "float32"))
    data = described({"x": {"kind": "array", "shape": [2]}}, target={})
    for number in range(6):
        inputs = keras.Input((2,), name="x")
        model = keras.Model(inputs, layers.Dense(3)(inputs))
        folder = run_folder(tmp_path / str(number), model, data)
        assert predicted(folder, [tmp_path / "x.npy"])[2] is None
    assert not [record for record in caplog.records if "retracing" in record.getMessage()]
