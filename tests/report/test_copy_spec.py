import functools
import json
from pathlib import Path

import jsonschema
import pytest
from golden import raises

import kpipe
from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.report import copy_spec as module
from kpipe.report.copy_spec import copy_spec
from kpipe.spec.reader import shipped_specs
from kpipe.spec.yaml_text.yaml_reader import read_file


@pytest.fixture(scope="module", autouse=True)
def one_schema():
    """The schema that lies beside each copy is the same and takes most of the time of a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "schema_text", functools.cache(module.schema_text))
        yield


@pytest.mark.parametrize("name", sorted(shipped_specs()))
def test_a_copy_is_complete_and_fits_its_schema(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    target = copy_spec(f"kpipe:{name}", None, said.append)
    assert target == Path(f"{Path(name).name}.yaml")
    # The schema lies beside the copy.
    assert target.read_text() == shipped_specs()[name].read_text().replace("$schema=../", "$schema=")
    checked(target, data="images" not in kpipe.load(f"kpipe:{name}").spec.scope)
    schema = json.loads((tmp_path / "kpipe.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(read_file(target).plain())
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.*") if path.is_file()]
    # The files of a table have one message.
    assert len([path for path in written if path.parent != Path("data/houses-photos")]) == len(said) + (
        1 if name != "houses-photos" else 0
    )


def test_it_goes_into_a_folder_or_under_another_name_and_overwrites_nothing(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    assert copy_spec("kpipe:iris", folder, print) == folder / "iris.yaml"
    assert copy_spec("kpipe:iris", folder / "second.yaml", print).is_file()
    with raises(SpecError):
        copy_spec("kpipe:iris", folder, print)
    (folder / "data").mkdir()
    (folder / "data" / "houses.csv").write_text("mine")
    with raises(SpecError):
        copy_spec("kpipe:houses-csv", folder, print)
    assert not (folder / "houses-csv.yaml").exists()


def test_what_cannot_be_copied(tmp_path):
    with raises(SpecError):
        copy_spec("kpipe:irsi", tmp_path, print)
    with raises(SpecError):
        copy_spec("iris.yaml", tmp_path, print)
    with raises(SpecError):
        copy_spec("kpipe:iris", tmp_path / "no" / "a.yaml", print)
