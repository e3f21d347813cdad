"""What a rule of the diagnosis sees of a run with stages."""

from __future__ import annotations

from enum import Enum, auto


class Scope(Enum):
    """What a rule of the diagnosis sees of a run with stages; of another run, it always sees everything.

    Example:
        >>> Scope.LAST_STAGE.name
        'LAST_STAGE'
    """

    #: The curves of the last stage, whose end is that of the run.
    LAST_STAGE = auto()
    #: The curves of each stage by itself, the last one first: what no later stage has mended.
    EACH_STAGE = auto()
    #: The curves of the whole run, for rules about the data.
    RUN = auto()
