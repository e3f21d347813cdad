import shlex
from pathlib import Path

import pytest

from kpipe.components.callback_outputs import callback_output
from kpipe.errors import Mark
from kpipe.messages.call_argument import command_line
from kpipe.spec.node import Node
from kpipe.train.resume.resume_call import resume_call

MARK = Mark("overrides['a']", 1, 1, 1, 2)
FOLDERS = ["runs/1", "my runs/it's 1", 'a"b']


@pytest.fixture
def elsewhere():
    file = Node("/tmp/a b.csv", MARK, path="train.callbacks.0.CSVLogger.filename", origin="/-")
    return [callback_output(Node({"CSVLogger": Node({"filename": file}, MARK)}, MARK))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_command_is_one_for_a_shell(folder, elsewhere):
    with command_line():
        words = shlex.split(resume_call(Path(folder), elsewhere))
    override = 'train.callbacks.0.CSVLogger.filename="/tmp/a b.csv"'
    assert words == ["kpipe", "run", f"{folder}/spec.yaml", "--output", folder, "--resume", "--set", override]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("is_elsewhere", [True, False])
def test_the_call_is_python(folder, is_elsewhere, elsewhere):
    calls = []

    class kpipe:  # noqa: N801
        @staticmethod
        def load(*arguments):
            calls.append(arguments)
            return kpipe

        @staticmethod
        def run(*arguments, **keywords):
            calls.append((arguments, keywords))

    eval(resume_call(Path(folder), elsewhere if is_elsewhere else []), {"kpipe": kpipe})
    overrides = ['train.callbacks.0.CSVLogger.filename="/tmp/a b.csv"']
    assert calls == [
        (f"{folder}/spec.yaml", *([overrides] if is_elsewhere else [])),
        ((folder,), {"resume": True}),
    ]


def test_the_call_of_a_sweep():
    folder = Path("my sweeps/1")
    assert resume_call(folder, action="tune") == (
        'kpipe.load("my sweeps/1/spec.yaml").tune("my sweeps/1", resume=True)'
    )
    with command_line():
        command = resume_call(folder, action="tune", workers=2)
    assert shlex.split(command) == [
        *("kpipe", "tune", "my sweeps/1/spec.yaml"),
        *("--output", "my sweeps/1", "--resume", "--workers", "2"),
    ]
