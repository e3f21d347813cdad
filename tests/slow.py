"""What the fast subset, `pytest -m "not slow"`, excludes: child processes, the second backend and long trainings.

A test is slow if it starts a process, uses the second backend, or takes more than about one second of CPU time, mostly
since it trains, searches, builds networks or pipelines, or reads the whole vocabulary. Decorate it with
`@pytest.mark.slow`; add a file whose tests mostly are slow to `FILES`. A test that starts a process and is not marked
fails.
"""

import os
import subprocess
from functools import partial, wraps
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = {
    HERE / f"{name}.py"
    for name in (
        # Child processes, and the second backend.
        "callbacks/test_replicas",
        "child_processes/test_child_process",
        "components/registry/test_plugins",
        "components/test_quiet_import",
        "data/test_large_photos",
        "data/workers/test_worker_pool",
        "layers/test_decorrelated_batch_norm",
        "layers/test_every_layer",
        "test_entry",
        "test_golden",
        "test_on_jax",
        "train/devices/test_process_state",
        "train/devices/test_replica_step",
        "train/devices/test_tensorflow_start",
        "train/frozen_features/test_replicas",
        "train/full_batch/test_full_batch_refusals",
        "train/full_batch/test_full_batch_training",
        "train/run_folder/test_run_lock",
        "train/setup/test_measured_batch",
        "train/test_data_faults",
        "train/test_interruption",
        "train/test_kill_and_resume",
        # Trainings, each with a network of its own that TensorFlow compiles.
        "callbacks/test_batch_statistics",
        "callbacks/test_reestimation",
        "callbacks/test_early_stopping",
        "callbacks/test_explosion_detector",
        "callbacks/test_layer_measurement",
        "callbacks/test_layer_statistics",
        "callbacks/test_orders",
        "callbacks/test_polyak_averaging",
        "callbacks/test_training_session",
        "layers/test_drop_connect",
        "layers/test_fractal_join",
        "layers/test_fractional_max_pooling2d",
        "layers/test_stochastic_depth",
        "model/test_differences",
        "model/test_layer_order",
        "report/test_averaged_prediction",
        "report/test_copy_spec",
        "report/sheets/test_training_samples",
        "report/sheets/test_training_sheet",
        "report/test_reevaluate",
        "report/run_page/test_end_run",
        "test_architectures",
        "test_cli",
        "test_cli_resume",
        "test_examples",
        "test_pipeline",
        "test_readme",
        "test_runs_of_0_1",
        "test_shipped_specs",
        "train/averaging/test_evaluate_averaged",
        "train/averaging/test_random_layers",
        "train/callbacks/test_callback_state",
        "train/callbacks/test_custom_step_callback",
        "train/callbacks/test_step_callbacks",
        "train/frozen_features/test_computed_features",
        "train/frozen_features/test_feature_calls",
        "train/frozen_features/test_feature_decision",
        "train/frozen_features/test_find_frozen_part",
        "train/frozen_features/test_kept_features",
        "train/model_checks/test_first_call",
        "train/model_checks/test_serialization",
        "train/notices/test_notices",
        "train/notices/test_small_last_batch",
        "train/objective/test_kernel_regularization",
        "train/resume/test_checkpointing",
        "train/resume/test_resume",
        "train/resume/test_training_state",
        "train/run_folder/test_layer_report",
        "train/stages/recipes/test_recipe_runs",
        "train/test_compile",
        "train/test_evaluate",
        "train/test_integration",
        "train/test_loop",
        "train/test_mixed_training",
        "train/test_planned_run",
        "train/test_planned_stages",
        "train/test_run",
        "train/test_stage_training",
        # Generated and mutated specs, and the whole vocabulary read again.
        "components/inspection/test_plain_values",
        "components/registry/test_catalogue_cache",
        "components/test_toy_components",
        "schema/test_argument",
        "spec/expressions/test_budget",
        "spec/test_loader_fuzz",
        "test_mutations",
    )
}
#: Each test of a schedule trains a network.
FOLDERS = {HERE / "callbacks" / "schedules", HERE / "callbacks" / "schedule_callbacks"}
#: Their doctests start the command, and child processes.
FILES |= {
    HERE.parent / "kpipe" / file
    for file in ("entry.py", "child_processes/child_process.py", "data/workers/worker_pool.py")
}


class SlowTests:
    """Marks the tests of `FILES` and `FOLDERS`, and fails those that start a process and are not marked.

    Several workers begin with the files that have slow tests.
    """

    def __init__(self):
        self.started = []
        # An audit hook would see all of them, but Python calls it for each `id` and for each code of a function that is
        # read, millions of times. `os.forkpty`, `os.spawn...` and `multiprocessing` fork as well.
        os.register_at_fork(before=partial(self.started.append, "os.fork"))
        for name in ("posix_spawn", "posix_spawnp"):
            setattr(os, name, self._watched(getattr(os, name), f"os.{name}"))
        subprocess.Popen.__init__ = self._watched(subprocess.Popen.__init__, "subprocess.Popen", _is_python)

    def _watched(self, start, name, counts=lambda *arguments, **keywords: True):
        @wraps(start)
        def watched(*arguments, **keywords):
            if counts(*arguments, **keywords):
                self.started.append(name)
            return start(*arguments, **keywords)

        return watched

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        for item in items:
            if item.path in FILES or item.path.parent in FOLDERS:
                item.add_marker(pytest.mark.slow)
        if os.environ.get("PYTEST_XDIST_WORKER"):
            # A worker that has a long file at the end would leave the others without work.
            files = {item.path for item in items if item.get_closest_marker("slow")}
            items.sort(key=lambda item: item.path not in files)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        self.started.clear()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        result = yield
        if self.started and not item.get_closest_marker("slow"):
            pytest.fail(f"it starts a process ({self.started[0]}): decorate it with @pytest.mark.slow", pytrace=False)
        return result


def _is_python(popen, args, bufsize=-1, executable=None, *arguments, **keywords):
    """Whether a process is one of Python: libraries ask small programs about the machine when they are first used."""
    first = args if isinstance(args, (str, bytes, os.PathLike)) else args[0]
    names = {Path(os.fsdecode(name)).name for name in (executable, first) if name}
    return any(name.startswith(("python", "kpipe")) for name in names)


def missing_files():
    """Entries of `FILES` and `FOLDERS` that are not there."""
    missing = [path for path in FILES if not path.is_file()] + [path for path in FOLDERS if not path.is_dir()]
    return sorted(str(path.relative_to(HERE)) for path in missing)
