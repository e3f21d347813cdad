"""The main function of a child process."""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any, BinaryIO

from kpipe.child_processes.carried_exception import CarriedException
from kpipe.child_processes.descriptor import Descriptor
from kpipe.child_processes.lifeline import end_with_parent
from kpipe.child_processes.module_sources import ModuleSource, import_from_sources
from kpipe.child_processes.packed import Packed, unpack

#: Signals to a whole group of processes, such as Ctrl-C, are for the parent, which ends its children itself.
SIGNALS_OF_THE_PARENT = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Start:
    """What a child process needs at its start.

    Args:
        parent: process id of its parent.
        lifeline: descriptor of the pipe that `end_with_parent` reads.
        connection: descriptor of the connection to the parent.
        crash: descriptor of the file for the traceback of a crash in native code.
        function: `module:name` of what it runs.
        arguments: pickled; they follow the connection.
        descriptors: those of the arguments.
        sources: by module's name, those that `keep_source` keeps in the parent.
    """

    parent: int
    lifeline: int
    connection: int
    crash: int
    function: str
    arguments: bytes
    descriptors: tuple[int, ...]
    sources: Mapping[str, ModuleSource]


def main(file: BinaryIO) -> None:
    """Run the function of a `Start` in this process.

    Args:
        file: contains the pickled `Start`; it is closed.
    """
    for number in SIGNALS_OF_THE_PARENT:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS_OF_THE_PARENT)
    with file:
        start: Start = pickle.load(file)
    end_with_parent(start.lifeline, start.parent)
    faulthandler.enable(start.crash, all_threads=False)
    import_from_sources(start.sources)
    connection = Connection(start.connection)
    try:
        packed = Packed(start.arguments, tuple(map(Descriptor, start.descriptors)))
        _function(start.function)(connection, *unpack(packed))
    except BaseException as error:
        _report(error, connection)
        sys.exit(1)


def _function(name: str) -> Callable[..., Any]:
    module, _, attribute = name.partition(":")
    found: Callable[..., Any] = attrgetter(attribute)(importlib.import_module(module))
    return found


def _report(error: BaseException, connection: Connection) -> None:
    try:
        connection.send(CarriedException.of(error))
    except OSError:  # the parent has closed the connection, and ends this process
        os._exit(1)
