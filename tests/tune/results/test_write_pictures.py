import csv
import warnings

from PIL import Image

from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.tune.results.write_pictures import write_pictures
from tune.results.summaries import summary_of, trial


def test_pictures_are_repeatable(tmp_path):
    text = "rate: {Log: [1e-3, 1]}\n"
    found = []
    for name in ("a", "b"):
        folder = RunFolder.create(tmp_path / name, "sweep")
        summary = summary_of([trial(1, {"rate": 0.1}, [0.5]), trial(2, {"rate": 0.5}, status="failed")], text)
        # One value is not a pair, and two trials do not determine its importance.
        assert write_pictures(folder, summary) == ["scores.png", "learning_curves.png"]
        found.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).glob("*.png"))})
        with Image.open(folder / "scores.png") as image:
            assert image.width > 500
    assert found[0] == found[1]
    assert len(found[0]) == 2


def test_text_that_the_font_does_not_have_is_no_warning(tmp_path):
    folder = RunFolder.create(tmp_path / "a", "sweep")
    text = 'model.1: {Choice: ["\u4e00$x", "a$b_{$"]}\nrate: {Uniform: [0, 1]}\n'
    trials = [trial(n, {"model.1": ("\u4e00$x", "a$b_{$")[n % 2], "rate": n / 10}, [n / 10]) for n in range(1, 10)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        names = write_pictures(folder, summary_of(trials, text))
    assert names == ["scores.png", "value_pair.png", "learning_curves.png", "importance.png"]
    with (folder / "importance.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert [row["parameter"] for row in rows] == ["rate", "model.1"]
    assert float(rows[0]["importance"]) > float(rows[1]["importance"])


def test_a_sweep_without_a_score_has_no_pictures(tmp_path):
    folder = RunFolder.create(tmp_path / "a", "sweep")
    text = "rate: {Uniform: [0, 1]}\n"
    assert write_pictures(folder, summary_of([trial(1, {"rate": 0.5}, status="failed")], text)) == []
    assert not [*(tmp_path / "a").glob("*.png")]
