import json

from run_folders import write_run

from kpipe.report.run_page.layer_section import layer_plots, layer_section
from kpipe.report.run_page.run_record import RunRecord
from tests.report.pages.page_reader import PageReader

HEADER = "step,epoch,layer,mean,dead"


def rows_of(*lines):
    return [dict(zip(HEADER.split(","), line.split(","), strict=True)) for line in lines]


def test_each_statistic_has_a_curve_for_each_layer():
    plots = layer_plots(rows_of("1,1,a,0.5,", "1,1,b,0.25,0.125", "5,1,a,inf,", "5,1,b,1,0.25"))
    assert [(plot.title, [curve.name for curve in plot.curves]) for plot in plots] == [
        ("mean", ["a", "b"]),
        ("dead", ["b"]),
    ]
    assert plots[1].curves[0].x == [1.0, 5.0] and plots[1].curves[0].y == [0.125, 0.25]


def test_the_layers_at_the_end_and_their_curves(tmp_path):
    folder = write_run(tmp_path / "run")
    layers = [{"layer": "dense", "path": "model.0", "mean": 0.5, "deviation": 1.0, "dead": 0.25, "saturated": None}]
    (folder / "evidence.json").write_text(json.dumps({"layers": layers}))
    (folder / "layers.csv").write_text(f"{HEADER}\n1,1,dense,0.5,0\n2,1,dense,0.5,0\n")
    page = PageReader(next(layer_section(RunRecord.read(folder))))
    assert [cell.get("data-value") for cell in page.of("td")] == [None, "0.5", "1.0", "0.25", None]
    assert len(page.of("svg", "plot")) == 2


def test_many_layers_are_colored_by_depth():
    plots = layer_plots(rows_of(*(f"1,1,layer{index},0.5," for index in range(12))))
    assert len({curve.color for curve in plots[0].curves}) == 12


def test_a_run_without_statistics_has_no_section(tmp_path):
    assert list(layer_section(RunRecord.read(write_run(tmp_path / "run")))) == []


def test_the_ends_of_stages_are_marked():
    (mean, *_) = layer_plots(rows_of("1,1,a,0.5,", "20,4,a,1,0.25"), [8])
    assert (mean.x_label, mean.ends) == ("step", [8])
