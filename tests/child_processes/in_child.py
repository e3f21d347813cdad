"""What the child processes of these tests run."""

import ctypes
import os
import re
import signal
import sys
import time
from pathlib import Path

from kpipe.child_processes.child_process import ChildProcess
from kpipe.child_processes.packed import unpack


def echo(connection):
    while True:
        connection.send(connection.recv())


def facts(connection):
    connection.send(
        {
            "modules": set(sys.modules),
            "path": sys.path,
            "folder": str(Path.cwd()),
            "options": (sys.warnoptions, sys._xoptions, sys.flags.optimize, sys.flags.dont_write_bytecode),
            "variables": dict(os.environ),
            "input": sys.stdin.read(),
            "main": sorted(name for name in vars(sys.modules["__main__"]) if not name.startswith("__")),
        }
    )


def sleep(connection):
    connection.send(os.getpid())
    time.sleep(600)


def native(connection):
    """Stays in native code that never lets another thread run."""
    connection.send(os.getpid())
    re.match("(a+)+$", "a" * 100 + "b")


def sleep_with_child(connection):
    with ChildProcess("in_child:sleep") as child:
        connection.send([os.getpid(), child.receive()])
        time.sleep(600)


def fail(connection, error):
    raise error


def crash(connection):
    ctypes.string_at(0)


def exit_hard(connection, code):
    os._exit(code)


def leave(connection, code):
    sys.exit(code)


def kill_itself(connection):
    os.kill(os.getpid(), signal.SIGKILL)


def write(connection, descriptor, text):
    os.write(descriptor.number, text)
    connection.send(descriptor.number)


def unpacked(connection, function, packed):
    globals()[function](connection, *unpack(packed))


def load_named(connection, module):
    connection.send(sys.modules[__name__].__name__ and __import__(module).number)


def die_with_heir(connection):
    """Ends, and leaves a process that has its end of the connection."""
    if os.fork() == 0:
        connection.send(os.getpid())
        time.sleep(600)
    os._exit(4)
