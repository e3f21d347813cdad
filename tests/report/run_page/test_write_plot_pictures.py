import json

import pytest
from run_folders import write_run

from kpipe.errors import TrainingError
from kpipe.report.run_page.write_plot_pictures import file_name, write_plot_pictures


@pytest.mark.slow
def test_each_plot_and_matrix_has_a_file(tmp_path):
    metrics = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    folder = write_run(tmp_path / "run", classes={"../y": {"a": metrics}}, confusion={"../y": [[1]]})
    (folder / "layers.csv").write_text("step,epoch,layer,dead\n1,1,dense,0\n2,1,dense,0.5\n")
    (folder / "evidence.json").write_text(json.dumps({}))
    found = write_plot_pictures(folder)
    assert [path.relative_to(folder).as_posix() for path in found] == [
        "pictures/plot-loss.png",
        "pictures/plot-gap-of-loss.png",
        "pictures/plot-accuracy.png",
        "pictures/plot-learning-rate.png",
        "pictures/layers-dead.png",
        "pictures/confusion-..-y.png",
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in found)


def test_a_file_with_the_name_of_the_folder(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "pictures").touch()
    with pytest.raises(TrainingError, match="pictures cannot be created"):
        write_plot_pictures(folder)


def test_names_of_files():
    assert file_name("plot a/b\\c:d\x00e", set()) == "plot-a-b-c-d-e"
    assert file_name("x" * 300, set()) == "x" * 80
    assert file_name("a", {"a", "a-2"}) == "a-3"
