import pytest

from kpipe.data.sources.atomic_file import write_atomically


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "new" / "a.json"
    write_atomically(path, lambda file: file.write(b"1"))
    write_atomically(path, lambda file: file.write(b"22"))
    assert path.read_bytes() == b"22"
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
