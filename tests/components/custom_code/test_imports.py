"""`imports:`: what files and packages bring to a spec, what is wrong with them, and what a run keeps of them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import warm_process
from golden import expect_message, expect_messages, raises

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.child_processes.module_sources import kept_sources
from kpipe.components.custom_code.imports import make_loadable, module_file, static_names
from kpipe.errors import SpecError
from kpipe.train.run import Run

SCALE = '''
import keras
import kpipe


class Scale(keras.layers.Layer):
    """Multiplies.

    Args:
        by: factor.
    """

    def __init__(self, by: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs):
        return inputs * self.by


@kpipe.register(kind="layer")
def TwoDense(units: int, name=None):
    return keras.Sequential([keras.layers.Dense(units), keras.layers.Dense(units)], name=name)


class _Hidden(Scale):
    pass
'''
DENSE = "import keras\n\n\nclass Dense(keras.layers.Dense):\n    pass\n"


def write(folder, *model, imports="[./mine.py]", code=SCALE, last="keras.Dense: {units: =classes}"):
    """A spec of these layers beside the file `mine.py`; returns the spec."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.py").write_text(code)
    layers = "".join(f"  - {layer}\n" for layer in (*model, last))
    head = f"name: own\nimports: {imports}\ndata: {{source: Iris, test: 0.2}}\n"
    spec = folder / "spec.yaml"
    spec.write_text(f"{head}model:\n{layers}train: {{epochs: 2, optimizer: SGD}}\n")
    return spec


def refused(spec, **options):
    """The only problem of a spec."""
    with pytest.raises(SpecError) as caught:
        checked(spec, **options)
    (problem,) = caught.value.problems
    return problem


def places(error):
    return [(problem.mark.line, problem.path, problem.suggestion) for problem in error.problems]


def test_the_classes_and_registered_functions_of_a_file_beside_the_spec_are_components(tmp_path):
    spec = checked(write(tmp_path, "Scale: {by: 2}", "TwoDense: {units: 3}", "mine.Scale"))
    assert [(entry.path, entry.name, entry.file) for entry in spec.code.entries] == [
        ("imports.0", "mine", tmp_path / "mine.py")
    ]
    assert str(tmp_path / "mine.py") in spec.dump()


def test_their_arguments_are_checked_as_those_of_others(tmp_path):
    model = ("Scale: {by: two}", "TwoDense: {unit: 3}", "mine.Scal", "_Hidden", "mine.Dense: {units: 3}")
    with pytest.raises(SpecError) as caught:
        checked(write(tmp_path, *model))
    assert places(caught.value) == [
        (5, "model.0.Scale.by", None),
        (6, "model.1.TwoDense.unit", "units"),
        (7, "model.2", "Scale"),
        (8, "model.3", None),
        (9, "model.4", "Dense"),
    ]


def test_a_file_is_relative_to_the_file_that_contains_its_entry(tmp_path, monkeypatch):
    write(tmp_path / "deep" / "base", "Scale: {by: 2}")
    child = tmp_path / "child.yaml"
    child.write_text("extends: deep/base/spec.yaml\nname: child\n")
    assert checked(child).code.entries[0].file == tmp_path / "deep" / "base" / "mine.py"
    monkeypatch.chdir(tmp_path / "deep")
    spec = checked(child, {"imports": ["base/mine.py"]})
    assert spec.code.entries[0].file == tmp_path / "deep" / "base" / "mine.py"


def test_a_package_is_named_by_its_module(tmp_path, monkeypatch):
    package = tmp_path / "site" / "own_test_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from own_test_package.layers import Scale\n__all__ = ['Scale']\n")
    (package / "layers.py").write_text(SCALE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    said = []
    spec = write(tmp_path, "Scale", "own_test_package.Scale: {by: 2}", imports="[own_test_package]")
    assert checked(spec, say=said.append).code.entries[0].file is None
    expect_messages(said, 1)


def test_a_package_that_lists_a_missing_class_is_refused_each_time(tmp_path, monkeypatch):
    (tmp_path / "own_listing.py").write_text("__all__ = ['Scale', 'lower']\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    messages = [refused(write(tmp_path, imports="[own_listing]")).message for _ in range(2)]
    assert messages[0] == messages[1]
    expect_message(messages[0])


def test_a_module_of_a_package_uses_dots(tmp_path, monkeypatch):
    package = tmp_path / "site" / "own_dotted_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "layers.py").write_text(SCALE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    model = ("own_dotted_package.layers.TwoDense: {units: 2}", "Scale", "TwoDense: {units: 2}")
    for _ in range(2):
        checked(write(tmp_path, *model, imports="[own_dotted_package.layers]"))
    expect_message(refused(write(tmp_path, model[2], imports="[own_dotted_package]")).message)


def test_what_is_run_is_reported_with_its_place(tmp_path):
    said = []
    spec = write(tmp_path, "Scale")
    checked(spec, say=said.append)
    expect_messages(said, 1)


@pytest.mark.parametrize(
    "code",
    [
        "import keras\nclass Scale(:\n",
        "x = 1\n\n1 / 0\n",
        "def f():\n    raise ValueError('no')\n\nf()\n",
        "import sys\nsys.exit(3)\n",
        "import keras\nimport neighbour_of_mine\n",
        "import nowhere_at_all.deep\n",
        "import kpipe\n\nkpipe.register(kind='layr')\nkpipe.register(len, kind='layr')\n",
        "__all__ = ['Scale', 'Skale']\n" + DENSE.replace("Dense", "Scale", 1),
    ],
)
def test_code_that_fails_is_reported_at_its_entry_with_the_line_of_the_file(tmp_path, code):
    (tmp_path / "neighbour_of_mine.py").write_text("")
    modules = {name for name in sys.modules if "mine" in name}
    for _ in range(2):
        problem = refused(write(tmp_path, code=code))
        assert (problem.mark.line, problem.mark.column, problem.path) == (2, 11, "imports.0")
        expect_message(problem.message)
    assert {name for name in sys.modules if "mine" in name} == modules


@pytest.mark.parametrize(
    ("imports", "place"),
    [
        ("[./nowhere.py]", (2, 11, "imports.0")),
        ("[mine.py, ./sub]", (2, 20, "imports.1")),
        ("[./mine.txt]", (2, 11, "imports.0")),
        ("[./my-layers.py]", (2, 11, "imports.0")),
        ("./mine.py", (2, 10, "imports")),
        ("{mine: ./mine.py}", (2, 10, "imports")),
        ("[=name]", (2, 11, "imports.0")),
        ("[mine.py, 3]", (2, 20, "imports.1")),
        ("[mine.py, sub/mine.py]", (2, 20, "imports.1")),
        ("[mine.py, ./mine.py]", (2, 20, "imports.1")),
        ("[no_such_package]", (2, 11, "imports.0")),
    ],
)
def test_entries_that_name_nothing_to_import(tmp_path, imports, place):
    (tmp_path / "sub").mkdir()
    for name in ("sub/mine.py", "mine.txt", "my-layers.py"):
        (tmp_path / name).write_text(SCALE)
    problem = refused(write(tmp_path, imports=imports))
    assert (problem.mark.line, problem.mark.column, problem.path) == place
    expect_message(problem.message)


@pytest.mark.parametrize("imports", ["", "null", "[]"])
def test_no_entries_import_nothing(tmp_path, imports):
    assert checked(write(tmp_path, imports=imports)).code.entries == []


def test_specs_with_different_files_of_one_name_do_not_see_each_others_classes(tmp_path):
    shift = SCALE.replace("Scale", "Shift")
    for _ in range(2):
        checked(write(tmp_path / "first", "Scale: {by: 2}", "mine.Scale"))
        checked(write(tmp_path / "second", "Shift: {by: 2}", "mine.Shift", code=shift))
    for name in ("Shift", "mine.Shift"):
        expect_message(refused(write(tmp_path / "first", name)).message)
    expect_message(refused(write(tmp_path / "second", "Scale", code=shift)).message)
    expect_message(refused(write(tmp_path / "third", "Scale", imports="[]")).message)


def test_pipelines_with_classes_of_one_name_each_use_their_own(tmp_path):
    files = (tmp_path / "first", tmp_path / "second")
    codes = (SCALE, SCALE.replace("inputs * self.by", "inputs + 100"))
    pipelines = [kpipe.load(write(folder, "Scale", code=code)) for folder, code in zip(files, codes, strict=True)]
    added = [own_layer(pipeline.build())(np.zeros((1, 2), np.float32)).numpy()[0, 0] for pipeline in pipelines]
    assert added == [0, 100]


def own_layer(model):
    return next(layer for layer in model._flatten_layers() if type(layer).__name__ == "Scale")


def test_a_file_that_has_changed_is_run_again_and_one_that_has_not_is_not(tmp_path):
    code = SCALE + f"\nwith open({str(tmp_path / 'ran')!r}, 'a') as file:\n    file.write('x')\n"
    for expected in ("x", "x"):
        checked(write(tmp_path, "Scale: {by: 2}", code=code))
        assert (tmp_path / "ran").read_text() == expected
    checked(write(tmp_path, "Scale: {factor: 2}", code=code.replace("by", "factor")))
    assert (tmp_path / "ran").read_text() == "xx"
    assert refused(write(tmp_path, "Scale: {by: 2}", code=code.replace("by", "factor"))).path == "model.0.Scale.by"


def test_a_child_process_can_import_the_code_that_was_run(tmp_path):
    spec = checked(write(tmp_path, "Scale: {by: 2}"))
    module = spec.code.in_use.origins["mine"]
    source = kept_sources()[module]
    (tmp_path / "mine.py").write_text("changed")
    assert (source.file, source.content.decode()) == (str(tmp_path / "mine.py"), SCALE)


def test_a_name_that_keras_has_too_is_written_with_its_owner(tmp_path):
    problem = refused(write(tmp_path, "Dense: {units: 3}", code=DENSE))
    expect_message(problem.message)
    assert (problem.mark.line, problem.path) == (5, "model.0")
    checked(write(tmp_path, "keras.Dense: {units: 3}", "mine.Dense: {units: 3}", code=DENSE))


class TestWithoutRunning:
    """`run=False` reads the names of a file's classes, and runs nothing."""

    CODE = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"

    def test_the_names_are_accepted_and_nothing_is_run(self, tmp_path):
        said = []
        spec = write(tmp_path, "Scale: {any: thing}", "TwoDense", "mine.Scale", code=SCALE + self.CODE)
        checked(spec, run=False, say=said.append)
        assert not (tmp_path / "ran").exists()
        assert said == []
        checked(write(tmp_path, "Scale", code=SCALE + self.CODE))
        assert (tmp_path / "ran").exists()

    def test_other_errors_are_reported(self, tmp_path):
        with pytest.raises(SpecError) as caught:
            checked(write(tmp_path, "Scale: {x: 1}", "ReLU: {x: 1}", "Scal"), ["train.epochs=0"], run=False)
        assert {problem.path for problem in caught.value.problems} == {"model.1.ReLU.x", "model.2", "train.epochs"}

    def test_an_invalid_python_file_and_a_missing_package(self, tmp_path):
        problem = refused(write(tmp_path, code="a = (\n"), run=False)
        expect_message(problem.message)
        assert problem.path == "imports.0"
        problem = refused(write(tmp_path, imports="[no_such_package]"), run=False)
        assert problem.path == "imports.0"
        expect_message(problem.message)

    def test_a_package_is_found_without_importing_it(self, tmp_path, monkeypatch):
        package = tmp_path / "site" / "own_unrun_package"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("raise RuntimeError\n")
        (package / "layers.py").write_text(SCALE)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        checked(write(tmp_path, "Scale", imports="[own_unrun_package.layers]"), run=False)
        assert not {name for name in sys.modules if name.startswith("own_unrun")}
        assert module_file("own_unrun_package") == package / "__init__.py"
        assert module_file("own_unrun_package.nothing") is None
        assert module_file("own_no_package.layers") is None
        assert module_file("sys") == Path("built-in")


def test_names_that_may_be_components_are_read_from_the_text(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "raise RuntimeError\nfrom a import B, c, D as E, f as G\n@kpipe.register(name='Other')\ndef lower(): ...\n"
        "def Upper(): ...\nclass _Private: ...\nclass Public:\n    class Inner: ...\nCONSTANT = 3\n"
    )
    assert static_names(file) == {"B", "E", "G", "Other", "Upper", "Public", "Inner"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run whose spec and whose file were removed after it."""
    folder = tmp_path_factory.mktemp("own") / "there"
    spec = write(folder, "Scale: {by: 2}", "TwoDense: {units: 4}", "mine.Scale: {by: 3}")
    run = kpipe.load(spec).run(folder.parent / "run")
    for file in (spec, folder / "mine.py"):
        file.unlink()
    return run


@pytest.mark.slow
def test_the_run_folder_contains_the_code_and_records_that_it_was_run(finished):
    assert (finished.folder / "imports" / "mine.py").read_text() == SCALE
    assert "imports: [imports/mine.py]\n" in (finished.folder / "spec.yaml").read_text()
    assert "ran the code of" in (finished.folder / "log.txt").read_text()


@pytest.mark.slow
def test_its_spec_repeats_the_run_from_any_folder_bit_identically(finished, tmp_path, monkeypatch):
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("spec.yaml", "imports"):
        (moved / name).symlink_to((finished.folder / name).resolve())
    monkeypatch.chdir(tmp_path)
    again = kpipe.load(moved / "spec.yaml").run("again")
    for first, second in zip(finished.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    names = [name for name in finished.history if name != "seconds"]
    assert [finished.history[name] for name in names] == [again.history[name] for name in names]
    assert (tmp_path / "again" / "imports" / "mine.py").read_text() == SCALE
    first, second = ((run / "spec.yaml").read_text() for run in (finished.folder, again.folder))
    assert first == second


@pytest.mark.slow
def test_its_model_opens_in_a_process_that_knows_nothing_of_it(finished, tmp_path):
    data = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)
    np.save(tmp_path / "x.npy", data)
    code = (
        "import sys, numpy; from kpipe.train.run import Run; "
        "model = Run.load(sys.argv[1]).model; print(model.predict(numpy.load('x.npy'), verbose=0).tolist())"
    )
    command = [sys.executable, "-c", code, str(finished.folder.path)]
    done = warm_process.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    expected = finished.model.predict(data, verbose=0)
    np.testing.assert_allclose(np.array(eval(done.stdout)), expected, rtol=1e-6)


def test_code_that_is_missing_from_a_run_folder_is_reported(tmp_path):
    make_loadable(tmp_path / "spec.yaml")
    (tmp_path / "spec.yaml").write_text("imports: [imports/mine.py]\n")
    with raises(SpecError):
        make_loadable(tmp_path / "spec.yaml")


def test_a_layer_that_could_not_be_saved_is_refused_before_the_training(tmp_path):
    code = SCALE + (
        "\n\nclass Weird(keras.layers.Layer):\n    def __init__(self, of: list, **kwargs):\n"
        "        super().__init__(**kwargs)\n        self.of = of\n\n"
        "    def get_config(self):\n        raise NotImplementedError\n\n"
        "    def call(self, inputs):\n        return inputs\n"
    )
    pipeline = kpipe.load(write(tmp_path, "Weird: {of: [1]}", code=code))
    with raises(SpecError):
        pipeline.run(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_runs_with_classes_of_one_name_each_load_their_own_again_and_again(tmp_path):
    codes = {0: SCALE, 100: SCALE.replace("inputs * self.by", "inputs + 100")}
    for added, code in codes.items():
        kpipe.load(write(tmp_path / str(added), "Scale", code=code)).run(tmp_path / str(added) / "run")
    for added in (0, 100, 0):
        layer = own_layer(Run.load(tmp_path / str(added) / "run").model)
        assert layer(np.zeros((1, 2), np.float32)).numpy()[0, 0] == added


def test_a_module_that_its_package_has_imported_keeps_what_it_registers(tmp_path, monkeypatch):
    package = tmp_path / "site" / "own_nested_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from own_nested_package import layers\n")
    (package / "layers.py").write_text(SCALE)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    checked(write(tmp_path, imports="[own_nested_package]"))
    checked(write(tmp_path, "TwoDense: {units: 2}", imports="[own_nested_package.layers]"))


def test_a_class_without_docstring_whose_arguments_its_base_does_not_document(tmp_path):
    code = "import keras\n\nclass Bare(keras.layers.Layer):\n    def __init__(self, by, key=1):\n        super().__init__()\n"
    assert refused(write(tmp_path, "Bare: {bi: 2}", code=code)).suggestion == "by"


def test_an_unresolvable_annotation_is_not_checked_and_the_others_are(tmp_path):
    code = SCALE.replace("by: float = 1.0", "by: 'keras.Number' = 1.0, times: 'int' = 1")
    assert refused(write(tmp_path, "Scale: {by: 2, times: two}", code=code)).path == "model.0.Scale.times"


@pytest.mark.parametrize("later", [None, b"nothing = 0"], ids=["not UTF-8", "changed meanwhile"])
def test_what_is_copied_is_what_was_run(tmp_path, later):
    spec = write(tmp_path, "Scale")
    content = b"# -*- coding: latin-1 -*-\n# \xe9\n" + SCALE.encode()
    (tmp_path / "mine.py").write_bytes(content)
    pipeline = kpipe.load(spec, {"train.epochs": 1})
    if later:
        (tmp_path / "mine.py").write_bytes(later)
    pipeline.run(tmp_path / "run")
    assert (tmp_path / "run" / "imports" / "mine.py").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("keras.py", "./keras.py"),
        ("kpipe.py", "./kpipe.py"),
        ("mine.py", "keras"),
        ("mine.py", "kpipe.layers"),
    ],
)
def test_no_import_takes_the_name_of_a_library(tmp_path, name, entry):
    (tmp_path / name).write_text(SCALE)
    problem = refused(write(tmp_path, imports=f"[{entry}]"))
    assert problem.path == "imports.0"
    expect_message(problem.message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("decorator", "options"),
    [
        ("", "custom_objects={'Double': mine.Double}"),
        ("@keras.saving.register_keras_serializable('theirs')\n", ""),
        ("@kpipe.register\n", ""),
    ],
)
def test_keras_loads_a_saved_model_after_the_import_of_its_code(tmp_path, decorator, options):
    code = f"import keras\nimport kpipe\n\n\n{decorator}class Double(keras.layers.Layer):\n    def call(self, x):\n        "
    spec = checked(write(tmp_path, "Double", code=code + "return 2 * x\n"))
    model = kpipe.load(spec.file).build()
    model.save(tmp_path / "model.keras")
    script = "import keras, mine, numpy; print(float(numpy.sum(keras.models.load_model('model.keras', compile=False, "
    script += f"{options})(numpy.ones((1, 4))))))"
    run = warm_process.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) == pytest.approx(float(np.sum(model(np.ones((1, 4))))), abs=1e-6)


def test_classes_of_one_name_in_two_files_of_a_spec_are_saved_with_their_modules(tmp_path):
    (tmp_path / "other.py").write_text(SCALE)
    spec = write(tmp_path, "mine.Scale", "other.Scale", imports="[./mine.py, ./other.py]")
    import keras

    layers = kpipe.load(spec).build().layers
    names = [keras.saving.get_registered_name(type(entry)) for entry in layers]
    assert [name for name in names if "Scale" in name] == ["mine>Scale", "other>Scale"]


WITH_PATH = """
from pathlib import Path

import keras


class Named(keras.layers.Layer):
    def __init__(self, file: Path, **kwargs):
        super().__init__(**kwargs)
        self.file = str(file)

    def call(self, inputs):
        return inputs

    def get_config(self):
        return {**super().get_config(), "file": self.file}
"""


def test_a_path_in_the_arguments_of_a_layer_is_relative_to_the_spec(tmp_path, monkeypatch):
    layers = ("Named: {file: a.npy}", "Named: {file: =vars_file}", "part: {file: c.npy}", "Named: {file: /d.npy}")
    spec = write(tmp_path / "folder", *layers, code=WITH_PATH)
    blocks = "vars: {vars_file: b.npy}\nblocks: {part: {params: [file], layers: [Named: {file: =file}]}}\n"
    spec.write_text(spec.read_text().replace("model:", f"{blocks}model:"))
    monkeypatch.chdir(tmp_path)
    model = kpipe.load(spec).build()
    files = [layer.file for layer in model.layers if hasattr(layer, "file")]
    assert files == [*(str(tmp_path / "folder" / name) for name in ("a.npy", "b.npy", "c.npy")), "/d.npy"]
    text = checked(spec).dump()
    assert all(str(tmp_path / "folder" / name) in text for name in ("a.npy", "b.npy"))
