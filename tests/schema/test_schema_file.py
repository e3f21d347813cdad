import json

from golden import raises

from kpipe.components import vocabulary
from kpipe.errors import DataError
from kpipe.schema.schema_file import write_schema


def test_a_file_is_replaced(tmp_path):
    file = tmp_path / "schema.json"
    file.write_text("old")
    write_schema(file, vocabulary())
    assert "train" in json.loads(file.read_text())["properties"]


def test_a_missing_folder_and_a_folder_are_refused(tmp_path):
    with raises(DataError):
        write_schema(tmp_path / "none" / "schema.json", vocabulary())
    (tmp_path / "taken").mkdir()
    with raises(DataError):
        write_schema(tmp_path / "taken", vocabulary())
