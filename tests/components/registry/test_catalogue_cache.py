"""The vocabulary that is kept between processes: when it is used, when it is collected again, and what it never does."""

import json
import os
import sys
from pathlib import Path

import pytest
from golden import raises

from kpipe.components.inspection.overlays.overlay import Overlay
from kpipe.components.packages import packages
from kpipe.components.registry import catalogue_cache
from kpipe.components.registry.catalogue import Catalogue
from kpipe.components.registry.catalogue_cache import KEPT, cached_catalogue, installation
from kpipe.errors import SpecError

from .test_plugins import install, site  # noqa: F401  (a fixture)

LAYER = "import keras\nclass {}(keras.layers.Layer): ...\n"


class Collecting:
    """Replaces the collection, which takes seconds; each one is another."""

    def __init__(self):
        self.runs = []

    def __call__(self, run=True):
        self.runs.append(run)
        return Catalogue({"layer": {f"Layer{len(self.runs)}": {}}}, {"initializer": ["zeros"]})


@pytest.fixture
def collected(monkeypatch):
    made = Collecting()
    monkeypatch.setattr(catalogue_cache, "collect", made)
    return made


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_is_collected_once_and_read_after_that(tmp_path, collected):
    folder = tmp_path / "a" / "b"
    first = cached_catalogue(folder)
    assert cached_catalogue(folder) == first
    assert collected.runs == [True]
    assert files(folder) == [f"vocabulary-{installation()}.json"]


def test_it_is_in_the_cache_folder_unless_told_otherwise(tmp_path, collected, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached_catalogue()
    assert files(tmp_path / "kpipe") == [f"vocabulary-{installation()}.json"]


def test_what_is_read_is_what_was_collected(tmp_path):
    written = cached_catalogue(tmp_path)
    assert len(files(tmp_path)) == 1
    assert cached_catalogue(tmp_path) == written
    assert "Dense" in written.classes["layer"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"3", b'{"classes": {}}', b'{"texts": {}}', b'{"classes": {"layer": {'],
)
def test_a_damaged_file_is_written_again(tmp_path, collected, content):
    whole = cached_catalogue(tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    again = cached_catalogue(tmp_path)
    assert collected.runs == [True, True] and again != whole
    assert cached_catalogue(tmp_path) == again
    assert collected.runs == [True, True]


def test_a_folder_in_the_place_of_the_file_does_no_harm(tmp_path, collected):
    (tmp_path / f"vocabulary-{installation()}.json").mkdir()
    assert "Layer1" in cached_catalogue(tmp_path).classes["layer"]
    assert "Layer2" in cached_catalogue(tmp_path).classes["layer"]
    assert len(files(tmp_path)) == 1


def test_a_folder_that_cannot_be_made_does_no_harm(tmp_path, collected):
    (tmp_path / "file").write_text("")
    assert cached_catalogue(tmp_path / "file" / "kpipe").classes
    assert files(tmp_path) == ["file"]


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path, collected, monkeypatch):
    def refuse(path, text):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(catalogue_cache, "write_text", refuse)
    assert cached_catalogue(tmp_path).classes
    assert files(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for this user")
def test_a_read_only_folder_does_no_harm(tmp_path, collected):
    tmp_path.chmod(0o500)
    assert cached_catalogue(tmp_path).classes
    assert files(tmp_path) == []


def test_the_last_few_installations_are_remembered_and_nothing_else_is_touched(tmp_path, collected, monkeypatch):
    (tmp_path / "images").mkdir()
    (tmp_path / "other.json").write_text("{}")
    for number in range(KEPT + 3):
        monkeypatch.setattr(catalogue_cache, "installation", lambda number=number: f"{number:016}")
        cached_catalogue(tmp_path)
        os.utime(tmp_path / f"vocabulary-{number:016}.json", (number, number))
    assert files(tmp_path) == ["images", "other.json", *(f"vocabulary-{n:016}.json" for n in range(3, KEPT + 3))]


def test_an_installation_has_one_key_that_is_part_of_a_file_name():
    assert installation() == installation()
    assert len(installation()) == 16 and int(installation(), 16) >= 0


@pytest.mark.parametrize(
    ("change", "arguments"),
    [
        ("setattr", (catalogue_cache, "FORM", catalogue_cache.FORM + 1)),
        ("setattr", (sys, "version", "3.99")),
        ("setenv", ("KERAS_BACKEND", "another")),
        ("setattr", (catalogue_cache, "_PACKAGES", ("kpipe", "keras"))),
        ("setitem", (catalogue_cache.OVERLAYS, "callback", Overlay(needs_package={"A": ("a", "a_module_of_nobody")}))),
    ],
    ids=["form", "Python", "backend", "packages", "optional packages"],
)
def test_the_key_changes_with(monkeypatch, change, arguments):
    before = installation()
    getattr(monkeypatch, change)(*arguments)
    assert installation() != before


@pytest.mark.parametrize("package", ["kpipe-keras", "keras", "tensorflow"])
def test_the_key_changes_with_the_version_and_the_place_of(site, package):  # noqa: F811
    known = {installation()}
    for version in ("99.0", "99.1"):
        install(site, None, module="nothing", package=package, version=version, group="none")
        known.add(installation())
    assert len(known) == 3


def test_the_key_changes_with_the_files_of_kpipes_packages(tmp_path, monkeypatch):
    (tmp_path / "kept_package" / "inner").mkdir(parents=True)
    (tmp_path / "kept_package" / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(catalogue_cache, "packages", lambda: ("kept_package",))
    known = {installation()}
    source = tmp_path / "kept_package" / "inner" / "mine.py"
    source.write_text("one")
    known.add(installation())
    source.write_text("three")
    known.add(installation())
    os.utime(source, ns=(7, 7))
    known.add(installation())
    source.rename(source.with_name("yours.py"))
    known.add(installation())
    assert len(known) == 5
    (tmp_path / "kept_package" / "notes.txt").write_text("no code")
    assert installation() in known
    assert "kept_package" not in sys.modules


@pytest.mark.parametrize("package", ["kpipe.components", *packages()])
def test_every_package_of_kpipe_counts(monkeypatch, package):
    seen, states = [], catalogue_cache._package_states
    monkeypatch.setattr(
        catalogue_cache, "_package_states", lambda name: seen.append((name, found := states(name))) or found
    )
    installation()
    assert any(name == package and found for name, found in seen)


def test_the_key_changes_with_a_plug_in_its_version_its_name_and_its_files(site):  # noqa: F811
    known = [installation()]
    for options in ({}, {"version": "1.1"}, {"version": "1.1", "name": "another"}):
        install(site, "", module="keyed_plugin", **options)
        os.utime(site / "keyed_plugin.py", ns=(7, 7))
        known.append(installation())
    os.utime(site / "keyed_plugin.py", ns=(8, 8))
    known.append(installation())
    (site / "keyed_plugin.py").write_text("# longer")
    os.utime(site / "keyed_plugin.py", ns=(8, 8))
    known.append(installation())
    assert len(set(known)) == len(known)
    (site / "of_nobody.py").write_text("")
    assert installation() == known[-1]
    assert "keyed_plugin" not in sys.modules


def test_all_files_of_a_plug_in_that_is_a_package_count(site):  # noqa: F811
    install(site, None, module="keyed_package.inner")
    inner = site / "keyed_package" / "deep"
    inner.mkdir(parents=True)
    (site / "keyed_package" / "__init__.py").write_text("raise RuntimeError")
    known = {installation()}
    (inner / "layers.py").write_text("one")
    known.add(installation())
    (inner / "layers.py").write_text("three")
    known.add(installation())
    assert len(known) == 3
    # What an editor leaves beside a file that it has open.
    (inner / ".#layers.py").symlink_to("somebody@somewhere.1234")
    assert installation()
    assert "keyed_package" not in sys.modules


def test_a_plug_in_whose_module_is_missing_has_a_key_too(site):  # noqa: F811
    before = installation()
    install(site, None, module="missing_plugin")
    assert installation() != before


def test_another_version_and_an_edited_file_of_a_plug_in_are_noticed(site, tmp_path):  # noqa: F811
    folder, module = tmp_path / "cache", "upgraded_plugin"

    def offered(name, version):
        sys.modules.pop(module, None)
        install(site, LAYER.format(name), module=module, version=version)
        # Python itself takes an edited file of the same size and second for the one that it has compiled.
        for compiled in site.glob("__pycache__/*"):
            compiled.unlink()
        layers = cached_catalogue(folder).classes["layer"]
        return [known for known, owners in layers.items() if module in owners]

    assert offered("First", "1.0") == ["First"]
    assert offered("Second", "1.0") == ["Second"]
    assert offered("Third", "1.1") == ["Third"]
    assert len(files(folder)) == 3
    sys.modules.pop(module)
    assert module in str(cached_catalogue(folder).classes["layer"]["Third"]) and module not in sys.modules


def test_without_foreign_code_it_is_read_but_what_lacks_the_plug_ins_is_not_kept(site, tmp_path, collected):  # noqa: F811
    folder = tmp_path / "cache"
    install(site, "raise RuntimeError", module="kept_out_plugin")
    cached_catalogue(folder, run=False)
    assert (collected.runs, folder.exists()) == ([False], False)
    known = cached_catalogue(folder)
    assert (collected.runs, len(files(folder))) == ([False, True], 1)
    assert cached_catalogue(folder, run=False) == known
    assert collected.runs == [False, True]


def test_without_plug_ins_it_is_kept_either_way(tmp_path, collected, monkeypatch):
    monkeypatch.setattr(catalogue_cache, "plugins", list)
    known = cached_catalogue(tmp_path, run=False)
    assert cached_catalogue(tmp_path) == known
    assert collected.runs == [False]


def test_nothing_is_kept_where_a_plug_in_fails(site, tmp_path):  # noqa: F811
    install(site, "raise RuntimeError('not today')", module="fleeting_plugin")
    for _ in range(2):
        with raises(SpecError):
            cached_catalogue(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()
    install(site, LAYER.format("Later"), module="fleeting_plugin")
    assert "fleeting_plugin" in cached_catalogue(tmp_path / "cache").classes["layer"]["Later"]


def test_the_file_is_small_plain_json(tmp_path):
    cached_catalogue(tmp_path)
    (path,) = tmp_path.iterdir()
    assert set(json.loads(path.read_text())) == {"classes", "texts"}
    assert path.stat().st_size < 4 * 2**20
    assert Path(path).stat().st_mode & 0o111 == 0
