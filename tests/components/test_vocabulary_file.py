"""Vocabulary files: which are read, and what the spec, the run folder and the model hold of them."""

import os

import keras
import numpy as np
import pytest
from golden import expect_message, raises

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.components.vocabulary_file import MAX_BYTES, MAX_TERMS
from kpipe.errors import SpecError

TERMS = ["a b", "=b", "==c", "true", "1.0", "null", "~", "é", "'", "- x", "# no comment", "", " a ", "\u2028", "[x"]


def spec_of(folder, *layers, head="", source="Iris"):
    folder.mkdir(parents=True, exist_ok=True)
    listed = "".join(f"  - {layer}\n" for layer in layers)
    text = f"name: a\n{head}data: {{source: {source}}}\nmodel:\n{listed}"
    (folder / "spec.yaml").write_text(text)
    return folder / "spec.yaml"


def refused(spec, *overrides):
    with pytest.raises(SpecError) as caught:
        checked(spec, overrides)
    (problem,) = caught.value.problems
    return problem


def test_the_terms_are_in_the_resolved_spec_which_gives_them_anywhere(tmp_path):
    (tmp_path / "words.txt").write_text("\n".join(TERMS) + "\n", encoding="utf-8")
    spec = checked(spec_of(tmp_path, "StringLookup: {vocabulary: words.txt}"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "spec.yaml").write_text(spec.dump(), encoding="utf-8")
    again = checked(elsewhere / "spec.yaml")
    for found in (spec, again):
        node = found.evaluated(found.model.items[0]).entries["StringLookup"].entries["vocabulary"]
        assert node.plain() == TERMS
    assert again.dump() == spec.dump()


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf5\r\n7\r\n", b"5\n7", b" 5\n+7\n"])
def test_the_terms_of_integers_are_integers(tmp_path, content):
    (tmp_path / "ids.txt").write_bytes(content)
    spec = checked(spec_of(tmp_path, "TimeDistributed: {layer: {IntegerLookup: {vocabulary: ./ids.txt}}}"))
    layer = spec.model.items[0].entries["TimeDistributed"].entries["layer"]
    assert layer.entries["IntegerLookup"].entries["vocabulary"].plain() == [5, 7]


@pytest.mark.slow
def test_a_run_and_its_model_need_the_file_no_more(tmp_path):
    layers = ("IntegerLookup: {vocabulary: ids.txt, output_mode: one_hot}", "Dense: {units: 2}")
    spec = spec_of(tmp_path / "spec", *layers, source="{Arrays: {x: x.npy, y: y.npy}}")
    ids = np.array([[5], [7], [9], [5]] * 4)
    np.save(tmp_path / "spec" / "x.npy", ids)
    np.save(tmp_path / "spec" / "y.npy", ids[:, 0] == 5)
    (tmp_path / "spec" / "ids.txt").write_text("7\n5\n")
    run = kpipe.load(spec, {"train.epochs": 1}).run(tmp_path / "run")
    (tmp_path / "spec" / "ids.txt").unlink()
    loaded = keras.saving.load_model(tmp_path / "run" / "model.keras")
    np.testing.assert_array_equal(loaded.predict(ids, verbose=0), run.model.predict(ids, verbose=0))
    again = kpipe.load(tmp_path / "run" / "spec.yaml").run(tmp_path / "again")
    assert again.history["loss"] == run.history["loss"]


@pytest.mark.parametrize("name", ["../words.txt", "/etc/passwd", "link.txt", "linked/words.txt", "~/words.txt"])
@pytest.mark.parametrize("layer", ["StringLookup", "IntegerLookup", "TextVectorization", "keras.StringLookup"])
def test_a_file_that_is_not_below_the_folder_of_the_spec_is_refused(tmp_path, layer, name):
    folder = tmp_path / "spec"
    spec = spec_of(folder, f"{layer}: {{vocabulary: {name}}}")
    (tmp_path / "words.txt").write_text("1\n")
    (folder / "link.txt").symlink_to(tmp_path / "words.txt")
    (folder / "linked").symlink_to(tmp_path)
    problem = refused(spec)
    expect_message(problem.message)
    assert problem.path == f"model.0.{layer}.vocabulary"


def test_an_override_may_name_files_below_the_folder_of_the_spec(tmp_path, monkeypatch):
    spec = spec_of(tmp_path / "spec", "StringLookup: {vocabulary: [a]}")
    (tmp_path / "spec" / "words.txt").write_text("a\nb\n")
    (tmp_path / "words.txt").write_text("a\n")
    monkeypatch.chdir(tmp_path)
    path = "model.0.StringLookup.vocabulary"
    assert "vocabulary: [a, b]" in checked(spec, [f"{path}=spec/words.txt"]).dump()
    expect_message(refused(spec, f"{path}=words.txt").message)
    expect_message(refused(spec, f"{path}=/etc/passwd").message)


def test_a_base_names_files_below_its_own_folder(tmp_path):
    spec_of(tmp_path / "base", "StringLookup: {vocabulary: words.txt}")
    (tmp_path / "base" / "words.txt").write_text("a\n")
    child = tmp_path / "child" / "spec.yaml"
    child.parent.mkdir()
    child.write_text("extends: ../base/spec.yaml\nname: child\n")
    assert "vocabulary: [a]" in checked(child).dump()


@pytest.mark.parametrize("value", ["=words", "=words + ''", "='/etc/' + 'passwd'"])
def test_the_name_of_a_file_is_not_computed(tmp_path, value):
    spec = spec_of(tmp_path, f'StringLookup: {{vocabulary: "{value}"}}', head="vars: {words: words.txt}\n")
    (tmp_path / "words.txt").write_text("a\n")
    with raises(SpecError):
        checked(spec)


def test_in_a_block_as_well(tmp_path):
    blocks = "blocks: {look: {params: [words], layers: [StringLookup: {vocabulary: =words}]}}\n"
    spec = spec_of(tmp_path, "look: {words: /etc/passwd}", head=blocks)
    with raises(SpecError):
        checked(spec)
    blocks = "blocks: {look: {layers: [StringLookup: {vocabulary: words.txt}]}}\n"
    (tmp_path / "words.txt").write_text("a\nb\n")
    assert "vocabulary: [a, b]" in checked(spec_of(tmp_path, "look", head=blocks)).dump()


@pytest.mark.parametrize(
    ("content", "layer"),
    [
        (None, "StringLookup"),
        (b"a\xff\n", "StringLookup"),
        (b"a\nb\0\n", "StringLookup"),
        (b"a\x1b[2J\n", "TextVectorization"),
        (b"5\nsix\n", "IntegerLookup"),
        (b"a\n" * (MAX_TERMS + 1), "StringLookup"),
        (b"a" * (8 * 2**20 + 1), "StringLookup"),
    ],
)
def test_what_is_not_one_term_a_line(tmp_path, content, layer):
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    expect_message(refused(spec_of(tmp_path, f"{layer}: {{vocabulary: words.txt}}")).message)


def test_the_limits_are_those_of_all_files(tmp_path):
    (tmp_path / "words.txt").write_bytes(b"a\n" * (MAX_TERMS // 2))
    layers = ["StringLookup: {vocabulary: words.txt}"] * 4
    expect_message(refused(spec_of(tmp_path, *layers)).message)
    (tmp_path / "words.txt").write_bytes(b"a" * (MAX_BYTES // 2) + b"\n")
    expect_message(refused(spec_of(tmp_path, *layers[:2])).message)


def test_a_pipe_or_a_folder_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "words.txt")
    expect_message(refused(spec_of(tmp_path, "StringLookup: {vocabulary: words.txt}")).message)
    expect_message(refused(spec_of(tmp_path, "StringLookup: {vocabulary: .}")).message)
