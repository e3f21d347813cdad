import numpy as np
import pytest
from golden import expect_message, raises
from PIL import Image

from kpipe.data.dataset import BadSample
from kpipe.data.sources.arrays import Arrays
from kpipe.data.sources.breast_cancer import BreastCancer
from kpipe.data.sources.diabetes import Diabetes
from kpipe.data.sources.digits import Digits
from kpipe.data.sources.image_folder import ImageFolder
from kpipe.data.sources.iris import Iris
from kpipe.data.sources.noise import Noise
from kpipe.data.sources.source import Source
from kpipe.data.sources.table import Table
from kpipe.data.sources.wine import Wine
from kpipe.errors import DataError

BAD = [BadSample(f"{index}.jpg", "the file is empty") for index in range(7)]


def test_nothing_is_reported_without_bad_samples(listener):
    listener.context().report_bad([], 100, "images")
    assert listener.said == []


def test_a_few_bad_samples_are_reported(listener):
    listener.context(0.07).report_bad(BAD, 100, "images")
    expect_message(listener.text)
    assert "5.jpg" not in listener.text
    expect_message(listener.text)


def test_more_than_allowed_are_an_error(listener):
    with raises(DataError):
        listener.context(0.06).report_bad(BAD, 100, "images")


def test_none_may_be_allowed(listener):
    with pytest.raises(DataError):
        listener.context(0).report_bad(BAD[:1], 10_000, "rows")
    listener.context(1).report_bad(BAD, 7, "rows")


def test_a_source_opens():
    with pytest.raises(TypeError, match="open"):
        Source()


@pytest.mark.parametrize("source", [Digits(), Iris(), Wine(), BreastCancer(), Diabetes(), Noise([4, 4, 1], train=20)])
def test_sources_without_files_have_the_inputs_that_they_state(source, listener):
    assert list(source.opened(listener.context()).inputs) == list(source.input_names())


def test_sources_of_files_have_the_inputs_that_they_state(tmp_path, listener):
    values = {"a": np.zeros((6, 3)), "b": np.zeros((6, 5, 5), np.uint8), "y": np.arange(6) % 2}
    np.savez(tmp_path / "a.npz", **values)
    for inputs, found in ((["a"], ["a"]), (["a", "b"], ["a", "b"])):
        source = Arrays(tmp_path / "a.npz", inputs=inputs)
        assert list(source.opened(listener.context()).inputs) == list(source.input_names()) == found
    for x, name in (("a", "x"), ("b", "image")):
        np.save(tmp_path / "x.npy", values[x])
        np.save(tmp_path / "y.npy", values["y"])
        source = Arrays(x=tmp_path / "x.npy", y=tmp_path / "y.npy")
        assert list(source.opened(listener.context()).inputs) == [name]
        assert set(source.input_names()) == {"image", "x"}
    for label in ("left", "right"):
        (tmp_path / "images" / label).mkdir(parents=True)
        Image.new("L", (4, 4)).save(tmp_path / "images" / label / "a.png")
    source = ImageFolder(tmp_path / "images")
    assert list(source.opened(listener.context()).inputs) == list(source.input_names())
    (tmp_path / "a.csv").write_text("size,photo,kind\n1.5,images/left/a.png,b\n2.5,images/right/a.png,c\n")
    source = Table(tmp_path / "a.csv", "kind", images={"view": "photo"})
    assert set(source.opened(listener.context()).inputs) == set(source.input_names()) == {"table", "view"}


def test_an_input_that_is_not_stated_is_an_error(listener):
    class Wrong(Digits):
        def input_names(self):
            return ["images"]

    with raises(DataError):
        Wrong().opened(listener.context())
    assert Source.input_names(Digits()) is None
