"""Trials in forked processes: their results are those of runs in new processes, however they end."""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import kill_and_resume
import pytest
from golden import expect_message, raises
from still_running import left

from kpipe.errors import ArgumentError, TrainingError
from kpipe.trials.event import EpochEnded
from kpipe.trials.local_executor import LocalExecutor
from kpipe.trials.trial import Trial

from .trial_runs import (
    AUGMENTED,
    PATIENCE,
    content,
    epochs,
    is_free,
    outcome,
    processes,
    run,
    start_both,
    staying,
    wait_until,
    written,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_trials")]


@pytest.fixture(scope="module")
def executor():
    with LocalExecutor(2, cpus=1) as found:
        yield found


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return written(tmp_path_factory.mktemp("spec"))


@pytest.fixture(scope="module")
def completed(executor, spec, tmp_path_factory):
    """The folder and the events of an uninterrupted trial."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    events = run(executor, Trial(id="whole", spec=spec, folder=folder))["whole"]
    assert outcome(events).status == "completed"
    assert epochs(events) == [1, 2, 3, 4]
    return folder, events


@pytest.fixture(scope="module")
def whole(completed):
    """The folder of this trial."""
    return completed[0]


def test_a_trial_equals_a_run_in_a_new_process(whole, spec, tmp_path):
    core = min(os.sched_getaffinity(0))
    code = f"import os; os.sched_setaffinity(0, [{core}]); import kpipe; kpipe.load({str(spec)!r}).run('run')"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert content(tmp_path / "run") == content(whole)


def test_trials_do_not_depend_on_those_before_them(executor, whole, spec, tmp_path):
    """The second trial of a slot is forked after others, and another one runs beside it."""
    other = Trial(id="other", spec=spec, folder=tmp_path / "other", overrides={"seed": 4, "vars.width": 5})
    again = Trial(id="again", spec=spec, folder=tmp_path / "again")
    found = run(executor, other, again)
    assert content(again.folder) == content(whole)
    assert content(other.folder) != content(whole)
    assert outcome(found["other"]).result["seed"] == 4


def test_the_events_contain_the_metrics_of_the_history(completed):
    whole, events = completed
    history = content(whole)["history"]
    found = [event.metrics for event in events if isinstance(event, EpochEnded)]
    assert [{name: str(value) for name, value in metrics.items()} for metrics in found] == [
        {name: value for name, value in row.items() if name not in ("epoch", "learning_rate")} for row in history
    ]
    assert outcome(events).result == json.loads((whole / "result.json").read_text())
    assert outcome(events).output == ""


#: What draws numbers and what has state beside its weights, but no convolution, which takes long to compile.
MODEL = """\
model:
  - Flatten
  - GaussianNoise: {stddev: 0.1}
  - Dense: {units: 16, use_bias: false}
  - BatchNormalization: {momentum: 0.9}
  - ReLU
  - Dropout: {rate: 0.3}
  - Dense: {units: =classes}
"""


@pytest.mark.parametrize("name", ["keras", "own"])
def test_a_trial_that_pauses_twice_equals_an_uninterrupted_one(executor, tmp_path, name):
    path = tmp_path / "spec.yaml"
    path.write_text(re.sub(r"model:\n( .*\n)+", MODEL, kill_and_resume.SPECS[name]))
    parts = [Trial(id="parts", spec=path, folder=tmp_path / "parts", resume=True, pause_after=end) for end in (1, 3)]
    for trial, expected in zip(parts, ([1], [1, 2, 3]), strict=True):
        events = run(executor, trial)["parts"]
        assert (outcome(events).status, outcome(events).epochs, epochs(events)) == (
            "paused",
            trial.pause_after,
            expected,
        )
        assert outcome(events).result["test"] == {}
    # One that has reached its pause already does not train.
    events = run(executor, parts[-1])["parts"]
    assert (outcome(events).status, epochs(events)) == ("paused", [3])
    last = Trial(id="parts", spec=path, folder=tmp_path / "parts", resume=True)
    run(executor, last, Trial(id="whole", spec=path, folder=tmp_path / "whole"))
    assert not kill_and_resume.differences(*map(kill_and_resume.outcome, (tmp_path / "whole", tmp_path / "parts")))


def test_a_pruned_trial_has_saved_its_state(executor, whole, spec, tmp_path):
    trial = Trial(id="a", spec=spec, folder=tmp_path / "run", asks=True)
    executor.submit(trial)
    found = []
    while not found or isinstance(found[-1], EpochEnded):
        events = executor.wait(PATIENCE)
        assert len(events) == 1  # it waits for the answer
        found += events
        executor.answer("a", len(found) < 2)
    assert (outcome(found).status, outcome(found).epochs, epochs(found)) == ("pruned", 2, [1, 2])
    events = run(executor, Trial(id="a", spec=spec, folder=tmp_path / "run", resume=True))["a"]
    assert epochs(events) == [2, 3, 4]
    assert content(tmp_path / "run") == content(whole)


@pytest.mark.parametrize(
    ("status", "overrides"),
    [
        ("failed", {"vars.act": "fail"}),
        ("exploded", {"train.optimizer.SGD.learning_rate": 1e30}),
        ("refused", {"train.epochs": 0}),
        ("refused", {"data.test": 0.999}),
        ("killed", {"vars.act": "die"}),
        ("killed", {"vars.act": "leave"}),
    ],
)
def test_bad_trials_have_a_status_and_a_reason(executor, spec, tmp_path, status, overrides):
    trial = Trial(id="bad", spec=spec, folder=tmp_path / "run", overrides=overrides)
    found = outcome(run(executor, trial)["bad"])
    assert found.status == status
    expect_message(found.reason)
    assert not (trial.folder.exists() and status == "refused")


def test_a_crash_is_described_in_the_log(executor, spec, tmp_path):
    found = outcome(
        run(executor, Trial(id="a", spec=spec, folder=tmp_path / "run", overrides={"vars.act": "crash"}))["a"]
    )
    expect_message(found.reason)
    assert "_crash" in (tmp_path / "run" / "log.txt").read_text()


def test_a_trial_waits_until_a_place_is_free(executor, spec, tmp_path):
    trials = [Trial(id=str(number), spec=spec, folder=tmp_path / str(number), pause_after=1) for number in range(3)]
    for trial in trials:
        executor.submit(trial)
    assert executor.free == -1
    with raises(ValueError):
        executor.submit(trials[0])
    found = []
    while executor.free < 2:
        found += executor.wait(PATIENCE)
    ended = [event.id for event in found if not isinstance(event, EpochEnded)]
    assert sorted(ended) == ["0", "1", "2"]
    assert next(event.id for event in found) != "2"
    assert executor.wait() == []


@pytest.mark.parametrize("arguments", [{"workers": 0}, {"cpus": 0}])
def test_numbers_below_one_are_refused(arguments):
    with raises(ArgumentError):
        LocalExecutor(**arguments)


def test_a_trial_computes_with_its_share_of_the_threads(executor, spec, tmp_path):
    """TensorFlow names the threads of its operations; two of them run functions and datasets."""
    run(executor, Trial(id="a", spec=spec, folder=tmp_path / "run", overrides={"vars.act": "tell"}))
    facts = json.loads((tmp_path / "run" / "facts.json").read_text())
    assert facts == {"cores": 1, "threads": [1, 1], "intra": 3, "session": True, "blocked": []}


def shared(pids):
    """Pipes that can be written, and sockets, which several of these processes have open."""
    found = Counter()
    for pid in pids:
        own = set()
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                flags = re.search(r"flags:\s*(\d+)", Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text())[1]
                target = str(descriptor.readlink())
                if target.startswith(("pipe:", "socket:")) and int(flags, 8) & os.O_ACCMODE != os.O_RDONLY:
                    own.add(target)
        found.update(own)
    return [target for target, count in found.items() if count > 1]


def test_interrupted_trials_end_with_all_their_processes_and_can_be_resumed(executor, spec, tmp_path):
    server = executor._server.pid
    trials = start_both(executor, spec, tmp_path)
    everything = processes(server) - {server}
    assert len(everything) == 6
    assert shared([server, *everything]) == []
    executor.cancel("one")
    os.kill(trials["other"], signal.SIGTERM)
    ended = []
    while len(ended) < 2:
        ended += executor.wait(PATIENCE)
    assert [(event.outcome.status, event.outcome.epochs) for event in ended] == [("interrupted", 1)] * 2
    assert left(everything) == []
    whole = Trial(id="whole", spec=spec, folder=tmp_path / "whole", overrides=AUGMENTED)
    found = run(executor, staying(spec, tmp_path / "one"), whole)
    assert epochs(found["one"]) == [2, 3, 4]  # after the first step of the second epoch
    assert content(tmp_path / "one") == content(tmp_path / "whole")


def test_a_trial_that_does_not_react_is_killed(executor, spec, tmp_path):
    executor.submit(Trial(id="a", spec=spec, folder=tmp_path / "run", overrides={"vars.act": "hang"}))
    found = executor.wait(PATIENCE)
    wait_until((tmp_path / "run" / "hangs").exists)
    executor.cancel("a")
    while not found or isinstance(found[-1], EpochEnded):
        found += executor.wait(PATIENCE)
    assert (outcome(found).status, epochs(found)) == ("killed", [1])
    expect_message(outcome(found).reason)


def test_a_trial_that_waits_for_a_place_can_be_cancelled(executor, spec, tmp_path):
    trials = [Trial(id=str(number), spec=spec, folder=tmp_path / str(number), pause_after=1) for number in range(3)]
    for trial in trials:
        executor.submit(trial)
    executor.cancel("2")
    found = []
    while executor.free < 2:
        found += executor.wait(PATIENCE)
    assert {event.id: event.outcome.status for event in found if not isinstance(event, EpochEnded)} == {
        "0": "paused",
        "1": "paused",
        "2": "interrupted",
    }
    assert not trials[2].folder.exists()


def test_closing_interrupts_all_trials(spec, tmp_path):
    """What Ctrl-C does: the context ends by an exception."""
    with pytest.raises(KeyboardInterrupt), LocalExecutor(2, cpus=1) as executor:
        start_both(executor, spec, tmp_path)
        everything = processes(executor._server.pid)
        raise KeyboardInterrupt
    assert left(everything) == []
    for name in ("one", "other"):
        assert json.loads((tmp_path / name / "result.json").read_text())["status"] == "interrupted"
    executor.close()
    with raises(TrainingError):
        executor.submit(staying(spec, tmp_path / "new"))


def test_nothing_is_left_of_a_killed_server(spec, tmp_path):
    with LocalExecutor(2, cpus=1) as executor:
        start_both(executor, spec, tmp_path)
        everything = processes(executor._server.pid)
        os.kill(executor._server.pid, signal.SIGKILL)
        with raises(TrainingError):
            while True:
                executor.wait(PATIENCE)
        assert left(everything) == []
        wait_until(lambda: is_free(tmp_path / "one") and is_free(tmp_path / "other"))
        with pytest.raises(TrainingError, match="was killed by signal 9"):
            executor.submit(staying(spec, tmp_path / "new"))


COORDINATOR = """
import sys
from pathlib import Path
from trials.trial_runs import start_both
from kpipe.trials.local_executor import LocalExecutor
with LocalExecutor(2, cpus=1) as executor:
    start_both(executor, Path(sys.argv[1]), Path(sys.argv[2]))
    print("both stay", flush=True)
    executor.wait()
"""


def test_nothing_is_left_of_a_killed_coordinator(spec, tmp_path):
    command = [sys.executable, "-c", COORDINATOR, str(spec), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as coordinator:
        assert coordinator.stdout.readline() == "both stay\n"
        everything = processes(coordinator.pid)
        assert len(everything) == 8
        coordinator.kill()
    assert left(everything) == []
    wait_until(lambda: is_free(tmp_path / "one") and is_free(tmp_path / "other"))
