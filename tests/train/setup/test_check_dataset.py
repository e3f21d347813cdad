"""Tests of the checks before a cross-validation or a sweep: of all folds at once, without TensorFlow."""

import numpy as np
import pytest
from golden import expect_messages, raises
from PIL import Image

from kpipe.checks.checked_spec import checked
from kpipe.components.registry.registry import using
from kpipe.data.images import image_file
from kpipe.errors import DataError
from kpipe.train.setup.check_dataset import check_dataset
from kpipe.train.setup.split_data import split_data
from tests.data.checks.samples import textured


@pytest.fixture
def spec_file(tmp_path):
    """A spec of images of two sizes, of which two are copies of others, one of them enlarged."""
    images = list(textured(24, 40))
    images[13] = images[4]
    images[20] = np.asarray(Image.fromarray(images[7]).resize((60, 60), Image.Resampling.BICUBIC))
    for index, image in enumerate(images):
        path = tmp_path / "images" / "ab"[index % 2] / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: a\ndata:\n  source: {ImageFolder: {train: images}}\n  folds: 12\n"
        "  prepare: [{Resize: {height: 40, width: 40}}]\nmodel: [Flatten, {Dense: {units: 2}}]\n"
    )
    return path


def findings(path, overrides=None, say=lambda line: None):
    spec = checked(str(path), overrides or {})
    with using(spec.code.in_use):
        return check_dataset(spec, *split_data(spec, lambda line: None), say)


def test_samples_in_several_folds_are_found_at_once(spec_file):
    found = findings(spec_file)
    assert [(finding.name, len(finding.samples)) for finding in found] == [
        ("leak", 2),
        ("near_leak", 2),
        ("contradictory_labels", 2),
    ]
    expect_messages(finding.message for finding in found)


def test_files_are_decoded_only_once(spec_file, monkeypatch):
    said = []
    before = findings(spec_file, say=said.append)
    assert said == ["data.checks: comparing 24 images, which are decoded for this once"]
    monkeypatch.setattr(image_file, "decode", None)
    monkeypatch.setattr("kpipe.data.sources.image_set.ImageSet.read", None)
    assert findings(spec_file, say=said.append) == before
    assert len(said) == 1


def test_strict_refuses_all_folds(spec_file):
    with raises(DataError):
        findings(spec_file, {"data.checks": "strict"})
    assert findings(spec_file, {"data.checks": "off"}) == []
