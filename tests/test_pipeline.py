"""The Python API: load, build, run."""

import json
import subprocess
import sys

import numpy as np
import pytest
from golden import expect_message, raises

import kpipe
from kpipe.components.quiet_import import import_keras
from kpipe.errors import ArgumentError, DataError
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

keras = import_keras()
SPEC = """
name: small
seed: 3
data:
  source: Iris
  test: 0.2
  validation: 0.2
  prepare: [{Standardize: {per: feature}}]
model:
  - Dense: {units: 8, activation: relu}
  - Dropout: {rate: 0.1}
  - Dense: {units: =classes}
train:
  epochs: 3
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SPEC)
    return path


def test_build_returns_a_compiled_keras_model_that_accepts_raw_inputs(spec):
    from sklearn.datasets import load_iris

    model = kpipe.load(spec).build()
    data = load_iris()
    assert type(model) is keras.src.models.functional.Functional
    assert all(layer.__module__.startswith("keras.") for layer in model._flatten_layers(include_self=False))
    # `fit` draws the order of samples from the caller's generators, which `build` leaves alone.
    keras.utils.set_random_seed(1)
    history = model.fit(data.data.astype("float32"), data.target, epochs=60, verbose=0).history
    assert history["accuracy"][-1] > 0.8


def test_the_same_spec_results_in_the_same_run(spec, tmp_path):
    first, second = (kpipe.load(spec).run(tmp_path / name) for name in ("a", "b"))
    again = kpipe.load(tmp_path / "a" / "spec.yaml").run(tmp_path / "c")
    other = kpipe.load(spec, {"seed": 4}).run(tmp_path / "d")
    for run in (second, again):
        for ours, theirs in zip(first.model.get_weights(), run.model.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
        assert run.result["test"] == first.result["test"]
        for name in first.history.keys() - {"seconds"}:
            assert run.history[name] == first.history[name]
    assert other.result["test"] != first.result["test"]


def test_the_saved_model_is_the_runs_model_and_takes_raw_inputs(spec, tmp_path):
    from sklearn.datasets import load_iris

    run = kpipe.load(spec).run(tmp_path / "run")
    loaded = keras.saving.load_model(tmp_path / "run" / "model.keras")
    assert not loaded.compiled
    raw = load_iris().data.astype("float32")
    np.testing.assert_array_equal(loaded(raw), run.model(raw))
    assert kpipe.Run.load(tmp_path / "run").result == run.result


def test_a_wrong_spec_is_refused_before_data_is_read(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "name: wrong\ndata:\n  source: {ImageFolder: {train: nowhere, tests: x}}\nmodel:\n  - Dense: {unit: 3}\n"
        "train:\n  optimizer: {SGD: {learning_rate: -1}}\n  loss: Adm\n"
    )
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(path)
    places = {(p.mark.line, p.path) for p in caught.value.problems}
    assert (3, "data.source.ImageFolder.tests") in places
    assert (5, "model.0.Dense.unit") in places
    assert (7, "train.optimizer.SGD.learning_rate") in places
    assert any(line == 8 for line, _ in places)


def test_a_path_that_does_not_exist_is_reported_at_its_place(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("name: a\ndata:\n  source:\n    ImageFolder: {train: nowhere}\nmodel: [Flatten]\n")
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(path).build()
    (problem,) = caught.value.problems
    assert (problem.mark.line, problem.mark.column) == (4, 26)
    assert str(tmp_path / "nowhere") in problem.message


def test_unusable_data_is_reported_with_the_place_of_its_source(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((5, 2), "float32"))
    np.save(tmp_path / "y.npy", np.arange(6))
    path = tmp_path / "a.yaml"
    path.write_text("name: a\ndata:\n  source: {Arrays: {x: x.npy, y: y.npy}}\nmodel: [{Dense: {units: 1}}]\n")
    with pytest.raises(kpipe.DataError) as caught:
        kpipe.load(path).build()
    expect_message(str(caught.value))


def test_a_tensorflow_error_in_training_is_one_message(tmp_path):
    generator = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", generator.integers(0, 20, (60, 6)))
    np.save(tmp_path / "y.npy", np.arange(60) % 3)
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: a\ndata: {source: {Arrays: {x: x.npy, y: y.npy}}}\n"
        "model: [{Embedding: {input_dim: 5, output_dim: 4}}, Flatten, {Dense: {units: =classes}}]\n"
    )
    with raises(kpipe.TrainingError):
        kpipe.load(path, {"train.epochs": 1}).run(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "failed"


def test_a_shape_that_does_not_fit_is_reported_at_its_place(spec):
    spec.write_text(SPEC.replace("Dense: {units: 8, activation: relu}", "Conv2D: {filters: 8, kernel_size: 3}"))
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(spec).build()
    (problem,) = caught.value.problems
    assert problem.mark.line == 10
    expect_message(problem.message)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Standardize: {per: feature}", "Standardize: {per: columm}"),
        ("prepare: [{Standardize: {per: feature}}]", "prepare: {tabel: [Rescale]}"),
        ("units: =classes", "units: 7"),
        ("epochs: 3", "epochs: 3\n  choose: {monitor: val_los}"),
        ("epochs: 3", "epochs: 3\n  targets: {kind: {}}"),
        ("epochs: 3", "epochs: 3\n  class_weight: {rose: 2}"),
    ],
)
def test_what_does_not_fit_the_data_is_reported_before_training(spec, tmp_path, old, new):
    spec.write_text(SPEC.replace(old, new))
    with raises(kpipe.SpecError) as caught:
        kpipe.load(spec).run(tmp_path / "run")
    assert all(problem.mark is not None for problem in caught.value.problems)


def test_several_inputs_and_targets_run(tmp_path):
    generator = np.random.default_rng(0)
    x, z = generator.normal(size=(80, 4)).astype("float32"), generator.normal(size=(80, 3)).astype("float32")
    np.savez(tmp_path / "d.npz", left=x, right=z, kind=(x[:, 0] > 0).astype(int), price=(z.sum(1)).astype("float32"))
    path = tmp_path / "two.yaml"
    path.write_text(
        """
name: two
data:
  source: {Arrays: {path: d.npz, inputs: [left, right], targets: [kind, price]}}
  validation: 0.2
  prepare: {left: [{Standardize: {per: feature}}]}
model:
  - Dense: {units: 8, inputs: left, name: a}
  - Dense: {units: 8, inputs: right, name: b}
  - Concatenate: {inputs: [a, b], name: both}
  - Dense: {units: =classes.kind, inputs: both, name: kind}
  - Dense: {units: 1, inputs: both, name: price}
train:
  epochs: 30
  optimizer: {Adam: {learning_rate: 0.02}}
  targets: {kind: {metrics: [accuracy]}, price: {loss: MeanSquaredError, weight: 0.5}}
"""
    )
    run = kpipe.load(path).run(tmp_path / "run")
    assert run.result["validation"]["kind_accuracy"] > 0.7
    assert set(run.model.output) == {"kind", "price"}


def test_the_spec_with_a_table_images_and_two_targets_runs_as_it_is_written(tmp_path):
    """`house-prices` of the language's reference: mixed inputs, mixed targets, images of differing sizes."""
    import csv
    import shutil
    from pathlib import Path

    from PIL import Image

    generator = np.random.default_rng(0)
    with (tmp_path / "houses.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "district", "photo_file", "price", "kind"])
        for index in range(60):
            size = tuple(int(n) for n in generator.integers(40, 90, 2))
            pixels = generator.integers(0, 255, (*size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{index}.jpg")
            row = [50 + index, "abc"[index % 3], f"{index}.jpg", 100.5 + 3 * index, ("flat", "house")[index % 2]]
            writer.writerow(row)
    shutil.copy(Path(__file__).parent / "model" / "specs" / "house-prices.yaml", tmp_path / "houses.yaml")
    run = kpipe.load(tmp_path / "houses.yaml", {"train.epochs": 2, "data.validation": 0.2}).run(tmp_path / "run")
    assert run.result["status"] == "completed"
    assert "val_kind_accuracy" in run.history
    assert set(run.model.output) == {"price", "kind"}
    tensor = keras.ops.convert_to_tensor
    image = tensor(generator.integers(0, 255, (1, 50, 70, 3)).astype("float32"))
    columns = {"area": tensor([[60.0]]), "district": tensor([["z"]])}
    answer = run.model({"image": image, "table": columns})
    assert answer["kind"].shape == (1, 2)
    from kpipe.messages.reporter import Reporter
    from kpipe.report.predict import predict_files

    predict_files(tmp_path / "run", [tmp_path / "houses.csv"], "json", tmp_path / "answers.json", Reporter.silent())
    assert len(json.loads((tmp_path / "answers.json").read_text())) == 60


def test_numpy_values_train_and_are_written_as_numbers(spec, tmp_path):
    pipeline = kpipe.load(spec, {"train.optimizer": {"SGD": {"learning_rate": np.logspace(-3, -1, 3)[1]}}, "seed": 4})
    pipeline.run(tmp_path / "run")
    assert "SGD: {learning_rate: 0.01}" in (tmp_path / "run" / "spec.yaml").read_text()


def test_a_run_that_is_refused_leaves_no_folder(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = kpipe.load(spec, {"train.choose.monitor": "nothing"})
    for output, resume in ((None, False), ("out/here", False), ("out/here", True)):
        with raises(kpipe.SpecError):
            pipeline.run(output, resume)
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_classes_of_a_finished_run_are_kept_before_the_data_is_split(tmp_path):
    """Stratified shares depend on the order of the classes, which was that of their texts in version 0.1.0."""
    from sklearn.model_selection import train_test_split

    labels = [1 + row % 10 for row in range(60)]
    (tmp_path / "a.csv").write_text("v,y\n" + "".join(f"{row},{label}\n" for row, label in enumerate(labels)))
    source = "{Table: {path: a.csv, target: y, task: classification}}"
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("source: Iris", f"source: {source}"))
    stored = sorted(map(str, range(1, 11)))
    loaded = kpipe.load(path).spec
    with spec_session(loaded):
        prepared = prepare_data(loaded, lambda line: None, None, {"y": stored}, fit=False)
    expected = [stored.index(str(label)) for label in labels]
    assert prepared.dataset.labels["y"].tolist() == expected
    _, test = train_test_split(np.arange(60), test_size=12, random_state=3, stratify=expected)
    assert prepared.parts["test"].tolist() == sorted(test)


@pytest.mark.parametrize(
    ("targets", "units"), [("y", "=classes"), ("n", "=classes"), ("y, n", "=classes.n")], ids=["y", "n", "both"]
)
def test_why_classes_of_a_number_are_unknown(tmp_path, targets, units):
    (tmp_path / "a.csv").write_text("v,n,y\n" + "".join(f"{row % 7}.5,{row % 26},{row % 2}.5\n" for row in range(52)))
    path, source = tmp_path / "spec.yaml", f"{{Table: {{path: a.csv, targets: [{targets}]}}}}"
    text = SPEC.replace("source: Iris", f"source: {source}").replace("=classes", units)
    path.write_text(text)
    with raises(kpipe.SpecError):
        kpipe.load(path).build()


DEEP = """
name: deep
data: {source: {ImageFolder: {train: images}}, validation: 0.25, batch_size: 4, prepare: [Rescale]}
model: [Flatten, {Dense: {units: =classes}}]
train: {epochs: 1}
"""


def test_images_of_sixteen_bits_from_the_files_to_the_prediction(tmp_path):
    """Values below 256, which the upper 8 bits do not have: all of them black before."""
    import csv
    import io

    from PIL import Image

    from kpipe.messages.reporter import Reporter
    from kpipe.report.predict import predict_files
    from kpipe.report.reevaluate import reevaluate

    generator, files = np.random.default_rng(0), []
    for name in ("a", "b"):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(6):
            files.append(tmp_path / "images" / name / f"{number}.png")
            Image.fromarray(generator.integers(0, 256, (4, 5)).astype(np.uint16)).save(files[-1])
    (tmp_path / "deep.yaml").write_text(DEEP)
    run = kpipe.load(tmp_path / "deep.yaml").run(tmp_path / "run")
    assert "Rescale: {scale: 1.5259021896696422e-05}" in (tmp_path / "run" / "spec.yaml").read_text()
    assert json.loads((tmp_path / "run" / "data.json").read_text())["inputs"]["image"]["dtype"] == "uint16"
    kernel, bias = run.model.get_weights()
    results = io.StringIO()
    predict_files(tmp_path / "run", files, "csv", None, Reporter(messages=io.StringIO(), results=results))
    for file, row in zip(files, csv.DictReader(io.StringIO(results.getvalue())), strict=True):
        logits = np.asarray(Image.open(file), np.float64).ravel() / 65_535 @ kernel + bias
        share = np.exp(logits) / np.exp(logits).sum()
        np.testing.assert_allclose([float(row["p(a)"]), float(row["p(b)"])], share, atol=1e-6)
    assert json.loads(reevaluate(tmp_path / "run", "validation", "json", lambda line: None))
    assert kpipe.load(tmp_path / "deep.yaml").run(tmp_path / "run", resume=True).result["status"] == "completed"
    for file in files:
        Image.fromarray(np.zeros((4, 5), np.uint8)).save(file)
    with raises(kpipe.DataError):
        reevaluate(tmp_path / "run", "validation", "json", lambda line: None)


def test_an_input_that_is_constant_is_reported_in_the_log(spec, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.full((20, 3), 7.0), y=np.arange(20) % 2)
    spec.write_text(SPEC.replace("source: Iris", "source: {Arrays: {path: data.npz}}"))
    kpipe.load(spec).run(tmp_path / "run")
    assert "input 'x' is constant over the 13 training samples (all values are 7.0)" in (
        tmp_path / "run" / "log.txt"
    ).read_text(encoding="utf-8")


def test_dropping_all_samples_is_refused_at_its_place(spec):
    pipeline = kpipe.load(spec, ["data.batch_size=200", "data.last_batch=drop"])
    with raises(kpipe.SpecError):
        pipeline.validate()


def test_build_refuses_a_layer_that_creates_weights_in_its_first_call(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "name: late\ndata: {source: Digits}\nmodel:\n  - Flatten\n  - Dense: {units: 4, activation: {PReLU: {}}}\n"
        "  - Dense: {units: =classes, activation: softmax}\n"
    )
    with pytest.raises(kpipe.SpecError) as caught:
        kpipe.load(path).build()
    (problem,) = caught.value.problems
    assert (problem.mark.line, problem.path) == (5, "model.1")
    assert "only when it is called" in problem.message


def test_the_pipeline_as_text_and_as_a_table(spec):
    pipeline = kpipe.load(spec)
    assert repr(pipeline) == f"<Pipeline small: file {spec}, 3 epochs, batch size 32>"
    table = "<tr><th>epochs</th><td>3</td></tr><tr><th>batch size</th><td>32</td></tr></tbody></table>"
    assert pipeline._repr_html_().endswith(table)
    staged = kpipe.load(spec, {"train.stages": [{"epochs": 2}, {"data": {"batch_size": 8}}, {}]})
    assert repr(staged) == f"<Pipeline small: file {spec}, 8 epochs, batch size 32, 8>"


def test_a_sheet_of_training_samples():
    pipeline = kpipe.load("kpipe:digits")
    sheet = pipeline.training_sheet(count=3)
    assert sheet._repr_png_().startswith(b"\x89PNG")
    assert sheet.tobytes() == pipeline.training_sheet(count=3).tobytes()
    assert sheet.size != pipeline.training_sheet(count=5).size
    with raises(ArgumentError):
        pipeline.training_sheet(count=0)
    with raises(DataError):
        kpipe.load("kpipe:iris").training_sheet()


@pytest.mark.slow
def test_the_start_of_a_sweep_prints_nothing_of_tensorflow(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").touch()
    code = (
        "import sys, kpipe\n"
        "for spec in ('kpipe:iris', 'kpipe:digits-sweep'):\n"
        "    try:\n"
        f"        kpipe.load(spec).tune({str(tmp_path / 'taken')!r})\n"
        "    except ValueError as error:\n"
        "        print('no section tune' in str(error), 'not empty' in str(error), 'tensorflow' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["True False False", "False True True"]
    assert done.stderr == ""
