"""Paths that reach custom layers through parameters of blocks."""

import pytest

from kpipe.checks.checked_spec import checked

CODE = """
from pathlib import Path
import keras

class Words(keras.layers.Layer):
    def __init__(self, file: Path, **kwargs):
        super().__init__(**kwargs)
        self.file = file
"""
SPEC = """
name: words
imports: [./words.py]
data: {source: Digits}
blocks:
  read: {params: [file, {other: default.txt}], layers: [Words: {file: =file}, Words: {file: =other}]}
  outer: {params: [words, size], layers: [read: {file: =words}, Dense: {units: =size}]}
model: [Flatten, outer: {words: a.txt, size: 3}, read: {file: b.txt, other: ../c.txt}, Dense: {units: =classes}]
"""


@pytest.mark.slow
def test_paths_of_a_resolved_spec_do_not_depend_on_its_folder(tmp_path):
    (tmp_path / "words.py").write_text(CODE)
    (tmp_path / "spec.yaml").write_text(SPEC)
    written = checked(tmp_path / "spec.yaml").dump()
    for path in (tmp_path / "a.txt", tmp_path / "b.txt", tmp_path.parent / "c.txt", tmp_path / "default.txt"):
        assert str(path) in written
    other = tmp_path / "other"
    other.mkdir()
    (other / "spec.yaml").write_text(written)
    assert checked(other / "spec.yaml").dump() == written
