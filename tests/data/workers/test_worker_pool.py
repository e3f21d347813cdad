import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from golden import raises
from still_running import left, running

from data.workers.making import (
    SPECS,
    Facts,
    FactsWithOpenCV,
    Holder,
    Maker,
    Request,
    SomeError,
    Unloadable,
)
from kpipe.data.workers import worker_pool
from kpipe.data.workers.worker_pool import WorkerPool
from kpipe.errors import ArgumentError, DataError

TESTS = str(Path(__file__).parent.parent.parent)
MAKING = Path(__file__).with_name("making.py")
PROCESS = r"process \d+"
#: SIGINT is ignored where the tests run as a background command of a shell.
START = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {TESTS!r})
import numpy as np
from data.workers.making import SPECS, Maker, Request
from kpipe.data.workers.worker_pool import WorkerPool
"""


def pool_of(workers=1, make=None, specs=SPECS, batch_size=8):
    return WorkerPool(make or Maker(7), specs, batch_size, workers)


def requests(count, size=8):
    return [Request(np.arange(start, start + size)) for start in range(0, count * size, size)]


def assert_equal(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


def pids(pool):
    return [worker._child.pid for worker in pool._workers]


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("threads", [1, 8])
def test_batches_are_those_of_the_function_in_their_order(workers, threads):
    wanted = requests(40)
    with pool_of(workers) as pool, ThreadPoolExecutor(threads) as callers:
        for request, batch in zip(wanted, callers.map(pool.call, wanted), strict=True):
            assert_equal(batch, Maker(7)(request))


def test_a_slow_worker_delays_only_its_own_batch(tmp_path):
    slow = Request(np.arange(3), "wait", str(tmp_path / "go"))
    with pool_of(2) as pool, ThreadPoolExecutor(1) as caller:
        first = caller.submit(pool.call, slow)
        for request in requests(10):
            assert_equal(pool.call(request), Maker(7)(request))
        assert not first.done()
        (tmp_path / "go").touch()
        assert_equal(first.result(), Maker(7)(slow))


@pytest.mark.parametrize("size", [0, 1, 5, 8])
def test_a_batch_may_be_smaller(size):
    with pool_of() as pool:
        for count in (8, size, 8):
            request = Request(np.arange(count) + 100)
            assert_equal(pool.call(request), Maker(7)(request))


def test_a_batch_may_be_larger_than_a_pipe_and_belongs_to_the_caller():
    rows = np.arange(4 * 2**20, dtype=np.float64).reshape(4, -1)
    specs = {"rows": (rows.shape[1:], "float64")}
    with WorkerPool(rows.take, {"rows": ((), "float64")}, 4, 1):
        pass
    with WorkerPool(Whole(rows), specs, 4, 1) as pool:
        first = pool.call([0, 1, 2, 3])["rows"]
        second = pool.call([3, 2])["rows"]
        np.testing.assert_array_equal(first, rows)
        np.testing.assert_array_equal(second, rows[[3, 2]])
        assert first.flags.writeable and first.ctypes.data % 64 == 0


class Whole:
    def __init__(self, rows):
        self.rows = rows

    def __call__(self, indices):
        return {"rows": self.rows[indices]}


def test_workers_know_nothing_of_tensorflow_and_have_one_thread_of_work():
    specs = {"facts": ((5,), "int64")}
    with pool_of(2, Facts(), specs, 1) as pool, ThreadPoolExecutor(4) as callers:
        facts = {tuple(batch["facts"][0]) for batch in callers.map(pool.call, range(20))}
    assert {each[0] for each in facts} <= set(pids(pool))
    assert {each[1:] for each in facts} == {(0, 1, -1, 2)}
    with pool_of(1, FactsWithOpenCV(), specs, 1) as pool:
        assert pool.call(0)["facts"][0, 3] == 1


def test_large_arrays_are_shared_and_read_only_and_maps_stay_maps(tmp_path):
    rows = np.arange(50_000, dtype=np.float32).reshape(-1, 5)
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    arrays = {"memory": rows, "turned": rows[::-1, 1:], "mapped": mapped, "part": mapped[7:, 2:], "small": rows[:2]}
    with WorkerPool(Holder(arrays), {"rows": ((2,), "float64"), "writable": ((), "bool")}, 4, 2) as pool:
        # In the memory and in the map of the workers, whatever becomes of the arrays here.
        (tmp_path / "rows.npy").unlink()
        for name, array in arrays.items():
            found = pool.call((name, [1, 0]))
            np.testing.assert_array_equal(found["rows"], array[[1, 0], :2])
            assert found["writable"].tolist() == [name == "small"] * 2


def test_an_exception_of_the_function_is_raised_and_the_pool_continues():
    with pool_of() as pool:
        with raises(DataError) as caught:
            pool.call(Request(np.arange(2), "data_error", "a.png"))
        assert type(caught.value) is DataError
        (note,) = caught.value.__notes__
        assert note.startswith(f"raised in data worker 1 of 1 (process {pids(pool)[0]}):\nTraceback")
        assert "making.py" in note and 'in data_error\n    raise DataError(f"{sample}: truncated")' in note
        with pytest.raises(SomeError, match=r"^cannot read a\.png") as some:
            pool.call(Request(np.arange(2), "some_error", "a.png"))
        assert some.value.path == "a.png"
        with pytest.raises(RuntimeError, match="LocalError: text"):
            pool.call(Request(np.arange(2), "local_error"))
        assert_equal(pool.call(Request(np.arange(2))), Maker(7)(Request(np.arange(2))))


@pytest.mark.parametrize(
    ("specs", "size"),
    [
        ({"x": ((3,), "int64")}, 2),
        (SPECS | {"x": ((4,), "int64")}, 2),
        (SPECS | {"x": ((3,), "float32")}, 2),
        (SPECS, 9),
    ],
    ids=["names", "shape", "type", "too many"],
)
def test_a_batch_that_does_not_fit_is_an_error(specs, size):
    with pool_of(specs=specs) as pool, raises(ValueError):
        pool.call(Request(np.arange(size)))


def test_what_is_not_a_batch_is_an_error():
    with pool_of(make=np.atleast_1d) as pool, raises(ValueError):
        pool.call(1)


@pytest.mark.parametrize("dtype", ["U5", "S5", "O", "datetime64[s]"])
def test_strings_and_objects_are_refused(dtype):
    with raises(TypeError):
        pool_of(specs={"name": ((), dtype)})


@pytest.mark.parametrize(
    ("event", "value"),
    [("signal_itself", signal.SIGKILL), ("signal_itself", signal.SIGABRT), ("exit_hard", 3), ("crash", None)],
    ids=["SIGKILL", "SIGABRT", "exit", "crash"],
)
def test_a_worker_that_dies_is_an_error_of_all_calls(event, value, tmp_path):
    waiting = Request(np.arange(2), "started", str(tmp_path / "started"))
    with pool_of(2) as pool, ThreadPoolExecutor(4) as callers:
        others = [callers.submit(pool.call, waiting)]
        while not (tmp_path / "started").exists():
            pass
        with raises(DataError, PROCESS + r"| in \w+ \(.*:\d+\)") as caught:
            pool.call(Request(np.arange(2), event, value))
        if value == signal.SIGABRT:
            assert f" in signal_itself ({MAKING}:" in str(caught.value)
        assert len(getattr(caught.value, "__notes__", [])) == (event == "crash" or value == signal.SIGABRT)
        if event == "crash":
            assert f"in {event}" in caught.value.__notes__[0]
        text = str(caught.value)
        others.append(callers.submit(pool.call, waiting))
        assert {str(other.exception()) for other in others} == {text}
        with pytest.raises(DataError) as again:
            pool.check()
        assert str(again.value) == text and again.value is not caught.value


def test_a_worker_that_dies_while_nothing_is_requested_is_noticed():
    with pool_of(2) as pool:
        pool.check()
        os.kill(pids(pool)[1], signal.SIGKILL)
        pool._threads[1].join()
        with raises(DataError, PROCESS):
            pool.check()


def test_sys_exit_in_a_worker_is_an_error():
    with pool_of() as pool, raises(DataError, PROCESS) as caught:
        pool.call(Request(np.arange(2), "leave", 3))
    assert "in leave" in caught.value.__notes__[0]


def test_what_a_worker_cannot_load_is_an_error_of_the_first_call():
    with pool_of(make=Unloadable()) as pool, raises(DataError, PROCESS) as caught:
        pool.call(0)
    assert "in _fail" in caught.value.__notes__[0]


def of_main():
    pass


@pytest.mark.parametrize(
    "make", [of_main, lambda request: {}, threading.Lock().acquire], ids=["main", "lambda", "lock"]
)
def test_what_cannot_be_sent_is_refused(make, monkeypatch):
    if isinstance(make, types.FunctionType) and make.__name__ == "of_main":
        monkeypatch.setattr(of_main, "__module__", "__main__")
    with raises(ArgumentError):
        pool_of(make=make)


def test_a_system_that_cannot_start_all_workers_is_an_error_that_leaves_none(monkeypatch):
    ended = []

    class Worker:
        def __init__(self, name, *_):
            if name.startswith("3"):
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            self.end = lambda: ended.append(name)

    monkeypatch.setattr(worker_pool, "DataWorker", Worker)
    with raises(DataError):
        WorkerPool(Maker(), SPECS, batch_size=4, workers=4)
    assert ended == ["1 of 4", "2 of 4"]


def test_fewer_than_one_worker_is_refused():
    with raises(ArgumentError):
        pool_of(0)


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt, also where the tests run as a background command of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_frees_the_slot_when_the_batch_is_done(tmp_path, interruptible):
    slow = Request(np.arange(2), "wait", str(tmp_path / "go"))
    with pool_of(1) as pool:
        for _ in range(3):
            (tmp_path / "go").unlink(missing_ok=True)
            interrupt = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT))
            with pytest.raises(KeyboardInterrupt):
                interrupt.start()
                pool.call(slow)
            interrupt.join()
            (tmp_path / "go").touch()
        assert_equal(pool.call(slow), Maker(7)(slow))


def test_closing_leaves_nothing_and_ends_calls(tmp_path):
    def open_files():
        return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0

    gc.collect()
    before, threads = open_files(), threading.active_count()
    pool = pool_of(2)
    with ThreadPoolExecutor(1) as caller:
        waiting = caller.submit(pool.call, Request(np.arange(2), "started", str(tmp_path / "started")))
        while not (tmp_path / "started").exists():
            pass
        pool.close()
        with raises(RuntimeError):
            waiting.result()
    found = pids(pool)
    assert not any(map(running, found))
    pool.close()
    with raises(RuntimeError):
        pool.call(Request(np.arange(2)))
    del pool, waiting
    gc.collect()
    assert (open_files(), threading.active_count()) == (before, threads)


def test_an_unused_pool_leaves_nothing():
    pool = pool_of(2)
    pool.call(Request(np.arange(2)))
    found = pids(pool)
    del pool
    gc.collect()
    assert not any(map(running, found))


def program(code):
    """Start a program that prints the processes of its workers, in this order of the lines."""
    arguments = [sys.executable, "-X", "dev", "-W", "error", "-c", START + code]
    parent = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    return parent, [int(pid) for pid in parent.stdout.readline().split()]


BUSY = """
pool = WorkerPool(Maker(), SPECS, 8, 2)
pool.call(Request(np.arange(3)))
print(*(worker._child.pid for worker in pool._workers), flush=True)
"""


@pytest.mark.parametrize("calling", [True, False])
def test_kill_9_of_the_parent_leaves_nothing(calling):
    call = 'pool.call(Request(np.arange(3), "signal_itself", 0))' if calling else "import time; time.sleep(600)"
    parent, found = program(BUSY + call)
    with parent:
        assert len(found) == 2 and all(map(running, found))
        parent.kill()
        assert left(found) == []


def test_ctrl_c_of_the_whole_group_leaves_nothing():
    parent, found = program(BUSY + 'pool.call(Request(np.arange(3), "signal_itself", 0))')
    with parent:
        os.killpg(parent.pid, signal.SIGINT)
        _, errors = parent.communicate()
        assert left(found) == []
    assert errors.count("Traceback") == 1 and errors.endswith("KeyboardInterrupt\n")


def test_the_end_of_the_program_leaves_nothing_and_warns_of_nothing():
    parent, found = program(BUSY)
    with parent:
        _, errors = parent.communicate()
        assert (parent.returncode, errors, left(found)) == (0, "", [])


def test_the_end_of_the_program_while_threads_wait_leaves_nothing():
    code = """
import threading
for _ in range(6):
    threading.Thread(target=pool.call, args=[Request(np.arange(3), "signal_itself", 0)], daemon=True).start()
"""
    parent, found = program(BUSY + code)
    with parent:
        parent.communicate()
        assert (parent.returncode, left(found)) == (0, [])


def test_a_copy_of_the_process_made_by_fork_uses_and_ends_no_worker():
    code = """
import os, warnings
warnings.simplefilter("ignore")
copy = os.fork()
if not copy:
    try:
        pool.call(Request(np.arange(3)))
    except RuntimeError as error:
        pool.close()
        sys.exit("made by fork" not in str(error))
    os._exit(2)
assert os.waitpid(copy, 0)[1] == 0
pool.call(Request(np.arange(3)))
"""
    parent, found = program(BUSY + code)
    with parent:
        _, errors = parent.communicate()
        assert (parent.returncode, errors, left(found)) == (0, "", [])


def test_a_script_without_a_main_guard_is_not_run_again(tmp_path):
    (tmp_path / "heavy.py").write_text("with open('imports', 'a') as file: file.write('x')")
    (tmp_path / "script.py").write_text("import heavy" + START + BUSY)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr, len(done.stdout.split())) == (0, "", 2)
    assert (tmp_path / "imports").read_text() == "x"


def test_feeds_a_tensorflow_dataset():
    import tensorflow as tf

    sizes = [8, 8, 5]
    starts = np.cumsum([0, *sizes])
    with pool_of(2) as pool:

        def batch(step):
            def made(step):
                found = pool.call(Request(np.arange(starts[step], starts[step + 1])))
                return [found[name] for name in SPECS]

            types = [tf.as_dtype(dtype) for _, dtype in SPECS.values()]
            tensors = tf.numpy_function(made, [step], types)
            for tensor, (shape, _) in zip(tensors, SPECS.values(), strict=True):
                tensor.set_shape([None, *shape])
            return dict(zip(SPECS, tensors, strict=True))

        dataset = tf.data.Dataset.range(len(sizes)).map(batch, num_parallel_calls=4, deterministic=True)
        options = tf.data.Options()
        # Threads that wait for workers are not those in which TensorFlow computes.
        options.threading.private_threadpool_size = 4
        dataset = dataset.with_options(options).prefetch(2)
        for epoch in range(2):
            batches = list(dataset.as_numpy_iterator())
            assert len(batches) == len(sizes), epoch
            for start, end, found in zip(starts, starts[1:], batches, strict=False):
                assert_equal(found, Maker(7)(Request(np.arange(start, end))))
