"""What a worker process does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

import numpy.typing as npt

from kpipe.child_processes.carried_exception import CarriedException
from kpipe.child_processes.packed import Packed, unpack
from kpipe.data.limited_threads import limited_threads
from kpipe.data.workers.batch_slots import BatchSlots

#: Each worker uses one core; threads of libraries on top of them would only get in the way. None uses the GPU.
ENVIRONMENT = {**limited_threads(1), "CUDA_VISIBLE_DEVICES": "-1"}


def serve(connection: Connection, packed: Packed, slots: BatchSlots) -> None:
    """Make the batches that are requested, until the connection is closed.

    Args:
        connection: `(slot, request)` arrives, `(slot, number of samples)` or `(slot, exception)` is sent.
        packed: what makes the batch of a request.
        slots: where the batch is put.
    """
    make: Callable[[Any], Mapping[str, npt.NDArray[Any]]] = unpack(packed)
    if "cv2" in sys.modules:
        sys.modules["cv2"].setNumThreads(0)
    while True:
        try:
            slot, request = connection.recv()
        except EOFError:
            return
        try:
            result: int | CarriedException = slots.write(slot, make(request))
        except Exception as error:
            result = CarriedException.of(error)
        connection.send((slot, result))
