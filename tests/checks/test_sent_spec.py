"""Checked specs on their way to a child process."""

import os
import pickle

import pytest
from golden import raises

import kpipe
from kpipe.checks.sent_spec import SentSpec
from kpipe.components.registry.registry import vocabulary
from kpipe.errors import SpecError

SPEC = """\
name: sent
imports: [./mine.py]
vars: {width: 8}
data: {source: Digits}
model:
  - Flatten
  - Dense: {units: =width}
  - Same
  - Dense: {units: =classes}
"""
CODE = "import keras\n\n\nclass Same(keras.layers.Layer):\n    def call(self, inputs):\n        return inputs\n"
REGISTERING = "import kpipe, keras\n\n\n@kpipe.register\nclass Registered(keras.layers.Layer):\n    pass\n"
USING = {"name": "using", "data": {"source": "Digits"}, "model": ["Flatten", "Registered", {"Dense": {"units": 10}}]}


@pytest.fixture
def sent(tmp_path):
    (tmp_path / "mine.py").write_text(CODE)
    (tmp_path / "spec.yaml").write_text(SPEC)
    return SentSpec.of(kpipe.load(tmp_path / "spec.yaml", {"train.epochs": 3}).spec), tmp_path


@pytest.fixture
def registered():
    """A function that registers a layer as code of the module with a name would."""
    names = []

    def register(name):
        names.append(name)
        exec(REGISTERING, {"__name__": name})

    yield register
    for name in names:
        vocabulary().remove(name)


def test_a_spec_arrives_as_it_was_read(sent, monkeypatch):
    sent, folder = sent
    content = pickle.dumps(sent)
    for file in folder.iterdir():
        file.unlink()
    monkeypatch.chdir(os.path.sep)
    spec = pickle.loads(content).received()
    assert spec.dump() == sent.received().dump()
    assert spec.train.epochs == 3
    units = spec.model.items[1].entries["Dense"].entries["units"].mark
    assert (units.file, units.line, units.column) == (str(folder / "spec.yaml"), 7, 20)
    assert spec.place("train.epochs").file == "overrides['train.epochs']"
    assert [entry.content for entry in spec.code.files] == [CODE.encode()]
    assert spec.origin.overrides == ("train.epochs=3",)


def test_the_text_of_a_string_arrives_for_its_source_lines():
    text = "name: a\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\n"
    spec = pickle.loads(pickle.dumps(SentSpec.of(kpipe.load(text).spec))).received()
    assert spec.place("data.source").file.text == text


def test_the_most_deeply_nested_values_arrive():
    deep = 1
    for _ in range(90):
        deep = [deep]
    spec = {
        "name": "a",
        "vars": {"deep": deep},
        "data": {"source": "Digits"},
        "model": ["Flatten", {"Dense": {"units": "=classes + 0 * len(deep)"}}],
    }
    sent = SentSpec.of(kpipe.load(spec).spec)
    assert pickle.loads(pickle.dumps(sent)).spec.tree.entries["vars"].plain() == {"deep": deep}


def test_modules_that_register_what_a_spec_uses_are_imported_again(registered):
    registered("kpipe_test_registering")
    assert SentSpec.of(kpipe.load(USING).spec).modules == ("kpipe_test_registering",)
    assert SentSpec.of(kpipe.load("kpipe:iris").spec).modules == ()


def test_what_the_main_program_registers_cannot_be_sent(registered):
    registered("__main__")
    spec = kpipe.load(USING).spec
    with raises(SpecError) as caught:
        SentSpec.of(spec)
    assert [problem.path for problem in caught.value.problems] == ["model.1"]
    assert SentSpec.of(kpipe.load("kpipe:iris").spec).modules == ()
