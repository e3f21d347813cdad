"""Tests of `data.checks` in the setup of a training: what is reported, refused, and not done."""

import warnings

import numpy as np
import pytest
from golden import expect_message, expect_messages, raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError
from kpipe.train.check import check_training
from kpipe.train.setup import check_samples as module
from kpipe.train.setup.check_samples import check_samples
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session
from tests.data.checks.samples import textured

SPEC = """name: leaking
data:
  source: {Arrays: {path: data.npz}}
  validation: 0
model: [{Dense: {units: 2}}]
"""


@pytest.fixture
def spec_file(tmp_path):
    """A spec with 3 of 10 test samples in the training part, one of them with another label."""
    x = np.random.default_rng(0).normal(size=(50, 4))
    y = np.arange(50) % 2
    x[[40, 41, 42]] = x[[0, 3, 5]]
    np.savez(tmp_path / "data.npz", x=x[:40], y=y[:40], x_test=x[40:], y_test=y[40:])
    path = tmp_path / "leaking.yaml"
    path.write_text(SPEC)
    return path


def findings(path, overrides=None):
    spec = checked(str(path), overrides or {})
    with spec_session(spec):
        return check_samples(spec, prepare_data(spec, lambda line: None).checked_samples(), lambda line: None)


def test_leaks_are_reported(spec_file):
    found = findings(spec_file)
    assert [(finding.name, finding.samples) for finding in found] == [
        ("leak", (40, 41, 42)),
        ("contradictory_labels", (5, 42)),
    ]
    expect_messages(finding.message for finding in found)


def test_strict_refuses_them_together(spec_file):
    with raises(DataError):
        findings(spec_file, {"data.checks": "strict"})


@pytest.fixture
def image_spec(tmp_path):
    """A spec with a copy, a mirrored copy, and a copy with another label in the test part."""
    images = textured(40, 40)
    images[[30, 31]], images[33] = images[[0, 2]], images[5, :, ::-1]
    labels = np.arange(40) % 2
    np.savez(tmp_path / "data.npz", x=images[:30], y=labels[:30], x_test=images[30:], y_test=labels[30:])
    path = tmp_path / "leaking.yaml"
    path.write_text(SPEC.replace("model: [", "model: [Flatten, "))
    return path


def test_validate_reports_all_that_strict_refuses(image_spec):
    from kpipe.report.verdict import verdict

    found = [finding.name for finding in findings(image_spec)]
    assert found == ["leak", "near_leak", "contradictory_labels"]
    text, is_valid = verdict([str(image_spec)], ["data.checks=strict"], "text", lambda line: None, build=True)
    assert not is_valid
    expect_message(text)


def test_strict_accepts_notices(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 4))
    x[7] = x[0]
    np.savez(tmp_path / "data.npz", x=x, y=np.zeros(40))
    (tmp_path / "leaking.yaml").write_text(SPEC)
    (finding,) = findings(tmp_path / "leaking.yaml", {"data.checks": "strict"})
    expect_message(finding.message)


def test_off_compares_nothing(spec_file, monkeypatch):
    monkeypatch.setattr(module, "data_findings", None)
    assert findings(spec_file, {"data.checks": "off"}) == []


@pytest.mark.parametrize("source", ["Digits", "Iris", "Wine", "BreastCancer", "Diabetes"])
@pytest.mark.parametrize("seed", [0, 1])
def test_bundled_datasets_have_no_findings(source, seed, tmp_path):
    (tmp_path / "a.yaml").write_text(
        f"name: a\ndata: {{source: {source}, test: 0.2, validation: 0.2}}\nmodel: [Flatten, Dense: {{units: 10}}]\n"
    )
    assert findings(tmp_path / "a.yaml", {"seed": seed}) == []


@pytest.mark.slow
def test_a_run_reports_them_and_trains_bit_identically(spec_file, tmp_path):
    import kpipe

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        reported = kpipe.load(spec_file, {"train.epochs": 2}).run(tmp_path / "warn", progress=False)
    unchecked = kpipe.load(spec_file, {"train.epochs": 2, "data.checks": "off"}).run(tmp_path / "off", progress=False)
    notices = reported.result["started"][0]["notices"]
    assert [line for line in notices if line not in unchecked.result["started"][0]["notices"]] == [
        str(warning.message) for warning in caught
    ]
    assert [str(warning.message)[:6] for warning in caught] == ["test p", "target"]
    assert all(line in (tmp_path / "warn" / "log.txt").read_text() for line in notices)
    histories = [{**run.history, "seconds": None} for run in (reported, unchecked)]
    assert histories[0] == histories[1]
    for one, other in zip(reported.model.weights, unchecked.model.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_validate_and_show_print_them(spec_file):
    from kpipe.report.overview import overview

    spec, said, shown = checked(str(spec_file)), [], []
    check_training(spec, said.append)
    overview(spec, shown.append)
    expected = [finding.message for finding in findings(spec_file)]
    assert [line for line in said if line in expected] == [line for line in shown if line in expected] == expected
