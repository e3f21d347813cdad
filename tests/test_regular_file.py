import os
import socket
from pathlib import Path

import pytest
from golden import expect_message, raises

from kpipe.components.custom_code.imports import import_code
from kpipe.data.sources.table_file import TableFile
from kpipe.errors import DataError, SpecError
from kpipe.regular_file import irregular
from kpipe.spec.yaml_text.yaml_reader import read_file, read_text
from kpipe.train.resume.checkpoint_file import read_checkpoint
from kpipe.train.run_folder.run_folder import RunFolder


def test_the_kind_of_file_at_a_path(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    names = ["pipe", "link", "socket", "file", "nothing", "."]
    assert [irregular(tmp_path / name) for name in names] == ["a named pipe"] * 2 + ["a socket", None, None, None]
    assert irregular(Path("/dev/null")) == "a device"
    assert irregular(Path("a\0b")) is None


@pytest.mark.parametrize(
    ("name", "read", "error"),
    [
        ("a.csv", TableFile, DataError),
        ("a.parquet", TableFile, DataError),
        ("a.yaml", read_file, SpecError),
        ("a.state", read_checkpoint, DataError),
        ("result.json", lambda path: RunFolder(path.parent).read_json(path.name), DataError),
        ("model.keras", lambda path: RunFolder(path.parent).model_file(), DataError),
    ],
)
def test_a_named_pipe_is_never_waited_for(tmp_path, name, read, error):
    os.mkfifo(tmp_path / name)
    with raises(error):
        read(tmp_path / name)


def test_a_spec_that_imports_or_extends_a_named_pipe(tmp_path):
    os.mkfifo(tmp_path / "layers.py")
    problems = []
    import_code(read_text("[./layers.py]", str(tmp_path / "spec.yaml")), problems)
    expect_message(problems[0].message)


def test_a_pipe_that_the_caller_opened_is_read():
    """As a shell's `<(command)` is."""
    reading, writing = os.pipe()
    os.write(writing, b"a: 1")
    os.close(writing)
    try:
        assert read_file(Path(f"/dev/fd/{reading}")).plain() == {"a": 1}
    finally:
        os.close(reading)
