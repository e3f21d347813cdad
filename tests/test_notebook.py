"""A notebook, executed by a kernel in a process of its own."""

from unittest import mock

import nbclient
import nbformat
import pytest
import warm_process

SPEC = """
name: small
data:
  source: Iris
  validation: 0.2
  prepare: [{Standardize: {per: feature}}]
model:
  - Dense: {units: =classes}
train:
  epochs: 2
"""
CELLS = [
    "import kpipe\npipeline = kpipe.load('small.yaml')\npipeline",
    "run = pipeline.run('run')\nrun",
    "print(kpipe.load('small.yaml').run('quiet', progress=False).result['status'])",
    "pipeline.run('run')",
    """
import signal
from kpipe.train.run_control import RunControl

def interrupt(epoch, metrics):
    signal.raise_signal(signal.SIGINT)
    return True

pipeline.run('stopped', control=RunControl(epoch_ended=interrupt))
""",
    "_ = pipeline.run('checked', check=True, budget=1e-6)",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of each cell; the fourth and the fifth fail."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "small.yaml").write_text(SPEC)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    with mock.patch("jupyter_client.launcher.Popen", warm_process.Popen):
        client.execute()
    return [cell.outputs for cell in notebook.cells]


@pytest.mark.slow
def test_the_pipeline_is_a_table(outputs):
    (output,) = outputs[0]
    assert "<th>epochs</th><td>2</td>" in output.data["text/html"]


@pytest.mark.slow
def test_a_run_shows_progress_messages_and_results_in_the_cell(outputs):
    shown, value = outputs[1]
    assert shown.output_type == "display_data"
    lines = shown.data["text/plain"].splitlines()
    assert lines[0].startswith("devices: ")
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert [line[:9] for line in epochs] == ["epoch 1/2", "epoch 2/2"]
    assert "run folder: run" in lines and lines[-1] == "report: run/report.html"
    assert value.output_type == "execute_result"
    assert value.data["text/plain"].startswith("<Run small: completed, ")
    assert "<th>loss</th>" in value.data["text/html"]


@pytest.mark.slow
def test_a_run_without_progress_is_silent(outputs):
    (output,) = outputs[2]
    assert output.text == "completed\n"


@pytest.mark.slow
def test_an_error_speaks_python(outputs):
    error = outputs[3][-1]
    assert (error.output_type, error.ename) == ("error", "DataError")
    assert error.evalue.startswith('output="run": the folder is not empty')


@pytest.mark.slow
def test_an_interrupted_run_is_reported_in_the_cell(outputs):
    shown, error = outputs[4]
    assert shown.output_type == "display_data"
    lines = shown.data["text/plain"].splitlines()
    assert any(line.startswith("interrupted: ") for line in lines)
    assert lines[-1] == 'resume with: kpipe.load("stopped/spec.yaml").run("stopped", resume=True)'
    assert (error.ename, error.evalue) == ("Interrupted", "the training was interrupted, and its state was saved")


@pytest.mark.slow
def test_a_check_before_a_run_is_shown_in_the_cell(outputs):
    # TensorFlow warns about what it traces for the fourth model of a process.
    shown = next(output for output in outputs[5] if output.output_type == "display_data")
    lines = shown.data["text/plain"].splitlines()
    begins = [line.split()[0] if line else "" for line in lines]
    assert begins.index("devices:") < begins.index("probe") < begins.index("epoch")
    assert begins.count("devices:") == 2
    assert "run folder: checked" in lines and lines[-1] == "report: checked/report.html"
