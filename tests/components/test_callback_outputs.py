"""Which files the callbacks of a spec may write."""

import pytest
from golden import expect_message, raises

from kpipe.checks.checked_spec import checked
from kpipe.components.callback_outputs import callback_output, output_problems
from kpipe.run_files import RunFile

from .marked import node


def faults(text):
    return [(problem.mark.line, problem.path, problem.message) for problem in output_problems(node(text))]


def test_what_callbacks_write_by_default_and_by_argument():
    output = callback_output(node("TensorBoard"))
    assert (output.argument, output.text, output.is_template) == ("log_dir", "logs", False)
    output = callback_output(node("keras.ModelCheckpoint: {filepath: 'a-{epoch}.keras'}"))
    assert (output.argument, output.text, output.is_template) == ("filepath", "a-{epoch}.keras", True)
    assert callback_output(node("EarlyStopping")) is None
    assert callback_output(node("TerminateOnNaN")) is None


def test_unused_paths_inside_the_run_folder():
    names = "[{CSVLogger: {filename: a.csv}}, {ModelCheckpoint: {filepath: 'a/{epoch}.keras'}}, TensorBoard]"
    assert faults(names) == []


@pytest.mark.parametrize("path", ["../a", "/a", "~/a", ".", "''", "'C:\\a'", "a/../../b", "'a:b'"])
@pytest.mark.parametrize(
    "callback",
    [
        "CSVLogger: {filename: PATH}",
        "ModelCheckpoint: {filepath: PATH}",
        "TensorBoard: {log_dir: PATH}",
        "TensorBoard: {embeddings_metadata: PATH}",
        "TensorBoard: {embeddings_metadata: {embedding: PATH}}",
        "EarlyStopping: {restore_best_weights: true, best_weights_path: PATH}",
    ],
)
def test_paths_that_lead_out_of_the_run_folder(callback, path):
    ((line, where, message),) = faults(f"[{{{callback.replace('PATH', path)}}}]")
    assert (line, "is not a path inside the run folder" in message) == (1, True)
    assert where.rpartition(".")[2] in callback


@pytest.mark.parametrize("path", [*RunFile, "HISTORY.csv", "./model.keras", "checkpoint/a", ".history-abcdefgh.csv"])
def test_files_of_the_run_itself(path):
    ((_, _, message),) = faults(f"[{{CSVLogger: {{filename: {path}}}}}]")
    expect_message(message)


def test_a_file_of_two_callbacks_and_a_file_in_the_folder_of_another():
    found = faults("[{CSVLogger: {filename: logs/a.csv}},\n {CSVLogger: {filename: LOGS/A.csv}},\n TensorBoard]")
    assert [(line, path) for line, path, _ in found] == [(2, "1.CSVLogger.filename"), (3, "2"), (3, "2")]
    expect_message(found[0][2])


def spec_of(folder, callbacks, base=""):
    text = f"name: a\n{base}data: {{source: Iris}}\nmodel: [{{Dense: {{units: =classes}}}}]\n"
    (folder / "spec.yaml").write_text(f"{text}train: {{callbacks: {callbacks}}}\n")
    return folder / "spec.yaml"


def test_an_override_may_name_an_absolute_path_and_a_spec_may_not(tmp_path):
    spec = spec_of(tmp_path, "[{CSVLogger: {filename: a.csv}}, {CSVLogger: {filename: b.csv}}]")
    there = tmp_path / "there"
    for overrides in (
        [f"train.callbacks.0.CSVLogger.filename={there}"],
        {"train.callbacks.0.CSVLogger.filename": there},
        {"train.callbacks": [{"CSVLogger": {"filename": str(there)}}]},
    ):
        (item, *_) = checked(spec, overrides).train.callbacks.items
        assert callback_output(item).is_elsewhere
    for wrong in ("~/a", "../a", "/there/../b", "", "=name"):
        with raises(ValueError):
            checked(spec, {"train.callbacks.0.CSVLogger.filename": wrong})


@pytest.mark.parametrize("name", ["/tmp/log.csv", "/tmp/{a}, b 'c'.csv", "/tmp/#a", "/tmp/é ü"])
def test_the_override_of_an_absolute_path_is_read_as_that_path(tmp_path, name):
    spec = spec_of(tmp_path, "[{CSVLogger: {filename: a.csv}}]")
    (item,) = checked(spec, {"train.callbacks.0.CSVLogger.filename": name}).train.callbacks.items
    override = callback_output(item).override
    (again,) = checked(spec, [override]).train.callbacks.items
    assert callback_output(again).text == name


@pytest.mark.parametrize(
    "callbacks",
    ["[CSVLogger: {filename: PATH}]", "[CSVLogger: {filename: =path}]", "[CSVLogger: {filename: =path + ''}]"],
)
@pytest.mark.parametrize("keys", ["vars: {path: PATH}\n", "set: {vars.path: PATH}\nvars: {path: a}\n"])
def test_a_variable_or_a_set_of_a_spec_is_not_an_override(tmp_path, callbacks, keys):
    spec = spec_of(tmp_path, callbacks.replace("PATH", "/tmp/a"), base=keys.replace("PATH", "/tmp/a"))
    with raises(ValueError):
        checked(spec)


def test_what_a_spec_extends_is_checked_too(tmp_path):
    spec_of(tmp_path, "[{CSVLogger: {filename: ../a.csv}}]")
    # A file whose name looks like an option is no override.
    (tmp_path / "spec.yaml").rename(tmp_path / "--set a=1.yaml")
    (tmp_path / "child.yaml").write_text("extends: --set a=1.yaml\nname: b\n")
    with raises(ValueError):
        checked(tmp_path / "child.yaml")


def test_a_class_of_imported_code_writes_where_its_author_says(tmp_path):
    code = "import keras\n\n\nclass Log(keras.callbacks.CSVLogger):\n    pass\n"
    (tmp_path / "mine.py").write_text(code)
    checked(spec_of(tmp_path, "[{Log: {filename: ../a.csv}}]", base="imports: [./mine.py]\n"))


def test_many_callbacks_with_a_folder_each():
    names = ", ".join(f"{{ModelCheckpoint: {{filepath: 'states/{n}/{{epoch}}.keras'}}}}" for n in range(300))
    assert faults(f"[{names}]") == []
