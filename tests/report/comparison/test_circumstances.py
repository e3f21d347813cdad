import json

from golden import HERE
from run_folders import write_run

from kpipe.report.comparison.circumstances import circumstances


def test_what_is_known_about_a_run(tmp_path):
    run = write_run(tmp_path / "a")
    described = {
        "parts": {"train": 96},
        "fingerprint": {"labels": {"y": "0123456789"}, "samples": None, "files": "abcdefghij"},
    }
    (run / "data.json").write_text(json.dumps(described))
    (run / "imports").mkdir()
    (run / "imports" / "own.py").write_text("")
    assert circumstances(run) == {
        "devices": "CPU (2 cores)",
        "version of kpipe": "0.2.0",
        "samples of train": "96",
        "digest of labels y": "01234567",
        "digest of files": "abcdefgh",
        # The digest of no bytes, FIPS 180-4.
        "imports/own.py": "e3b0c442",
    }


def test_damaged_files(tmp_path):
    for content in ("{", "[]", '{"started": [3], "parts": 3, "fingerprint": 3, "versions": 3}'):
        for name in ("started.json", "data.json", "result.json"):
            (tmp_path / name).write_text(content)
        assert circumstances(tmp_path) == {}


def test_a_run_of_an_earlier_version():
    assert circumstances(HERE / "fixtures" / "run_of_0_1")["version of kpipe"] == "0.1.0"
