import re

import pytest
from run_folders import write_folds, write_run, write_staged_run, write_sweep

from kpipe.report.comparison.comparison import Comparison
from kpipe.report.comparison.comparison_page import comparison_page
from tests.report.pages.page_reader import PageReader


@pytest.fixture
def page_of(tmp_path):
    return lambda *names: PageReader(comparison_page(Comparison.of([tmp_path / name for name in names], pytest.fail)))


def test_each_metric_has_the_curves_of_all_runs_in_one_plot(page_of, tmp_path):
    write_run(tmp_path / "a", losses=(0.5, 0.25))
    write_run(tmp_path / "b", losses=(0.5, 0.75, 0.25))
    page = page_of("a", "b")
    assert [plot["aria-label"] for plot in page.of("svg", "plot")] == ["loss", "accuracy", "learning_rate"]
    # Of the loss two parts, of the accuracy and the learning rate one.
    assert [path["data-run"] for path in page.of("path")] == ["1", "1", "0", "0", "1", "0", "1", "0"]
    assert len(page.of("path", "dashed")) == 2
    assert len(page.of("circle", "dot")) == 4
    assert {path["style"] for path in page.of("path")} == {"--color:var(--series-1)", "--color:var(--series-2)"}


def test_a_hundred_trials(page_of, tmp_path):
    write_sweep(tmp_path / "sweep", losses=[1 - number / 200 for number in range(100)])
    page = page_of("sweep")
    assert "100, the best val_loss" in page.text
    assert len(page.of("path", "strong")) == 2
    assert len(page.of("ul", "legend")) == 1 and page.elements.count(("li", {})) == 2
    rows = page.of("tr")
    assert rows[1] == {"data-run": "99", "class": "best"}
    # The values of the specs are columns of the table of runs, so that it can be sorted by them.
    assert "vars.units" in page.text and "Differences of the specs" not in page.text


def test_two_cross_validations_have_a_color_each_and_means(page_of, tmp_path):
    write_folds(tmp_path / "a")
    write_folds(tmp_path / "b")
    page = page_of("a", "b")
    colors = {path["data-run"]: path["style"] for path in page.of("path")}
    assert [colors[str(run)][-2] for run in range(4)] == ["1", "1", "2", "2"]
    assert "0.7500 ± 0.1250" in page.text


def test_names_from_data_are_text(page_of, tmp_path):
    hostile = "<img src=x onerror=alert(1)>"
    for name in ("a", hostile):
        run = write_run(tmp_path / name, name="toy")
        history = (run / "history.csv").read_text().replace("val_accuracy", hostile)
        (run / "history.csv").write_text(history)
        (run / "spec.yaml").write_text((run / "spec.yaml").read_text().replace("relu", f'"{name}</script>"'))
    page = page_of("a", hostile)
    assert page.inside == [] and page.of("img") == []
    assert len(page.of("script")) == 1
    assert hostile in page.text
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_runs_without_curves(page_of, tmp_path):
    for name in ("a", "b"):
        (write_run(tmp_path / name, status="failed", losses=()) / "history.csv").unlink()
    assert "No run has a curve." in page_of("a", "b").text


def test_it_needs_no_network(page_of, tmp_path):
    write_run(tmp_path / "a")
    write_run(tmp_path / "b")
    page = page_of("a", "b")
    assert not [
        value for _, attributes in page.elements for value in attributes.values() if re.match(r"\w+://", value or "")
    ]


def test_the_stage_is_no_metric(page_of, tmp_path):
    write_staged_run(tmp_path / "a")
    write_run(tmp_path / "b")
    page = page_of("a", "b")
    assert [plot["aria-label"] for plot in page.of("svg", "plot")] == ["loss", "accuracy", "learning_rate"]
