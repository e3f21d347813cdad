from pathlib import Path

import pytest
from golden import raises

from kpipe.errors import Mark, SpecError
from kpipe.messages.call_argument import command_line
from kpipe.spec.node import Node
from kpipe.spec.paths import path_of
from kpipe.spec.reader import read


def node_of(text, folder, path="data.source.ImageFolder.train"):
    return Node(text, Mark(f"{folder}/a.yaml", 1, 1, 1, 2), path=path)


def test_home_folders_and_relative_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert path_of(node_of("~/data", tmp_path)) == Path("/home/me/data")
    assert path_of(node_of("data/../x", tmp_path)) == tmp_path / "x"
    assert path_of(node_of("a~b/$c", tmp_path)) == tmp_path / "a~b" / "$c"


@pytest.mark.parametrize("text", ["${DATA}/train", "a/${env:DATA}", "$DATA", "%DATA%\\train", "${oc.env:DATA}"])
def test_environment_variables_are_refused(tmp_path, monkeypatch, text):
    monkeypatch.setenv("DATA", str(tmp_path))
    with raises(SpecError):
        path_of(node_of(text, "/absent"))
    with command_line(), raises(SpecError):
        path_of(node_of(text, "/absent"))


def test_a_file_of_this_name_is_used(tmp_path):
    (tmp_path / "${x}").touch()
    assert path_of(node_of("${x}", tmp_path)) == tmp_path / "${x}"


def test_a_spec_in_the_home_folder_is_extended(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "base.yaml").write_text("name: a\ndata: {source: Digits}\nmodel: [ReLU]\n")
    assert read({"extends": "~/base.yaml"}).name == "a"
    with raises(SpecError):
        read({"extends": "${HOME}/base.yaml"})
