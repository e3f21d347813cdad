"""The message about suspects."""

from __future__ import annotations

from kpipe.messages.counted import counted
from kpipe.run_files import RunFile

#: The share of suspects from which it is more likely that the model is not good enough.
MANY = 0.3


def suspects_line(suspects: int, samples: int) -> str:
    """Return the message about suspects.

    Args:
        suspects: the number of samples that are suspects.
        samples: the number of samples that were evaluated.

    Example:
        >>> suspects_line(12, 360)
        'suspects: 12 of 360 samples, in suspects.csv'
        >>> suspects_line(180, 360)
        'suspects: 180 of 360 samples, in suspects.csv; with 50% of the samples, the model fits too little to tell'
    """
    line = f"suspects: {suspects:,} of {counted(samples, 'sample')}, in {RunFile.SUSPECTS}"
    if suspects < MANY * samples:
        return line
    return f"{line}; with {suspects / samples:.0%} of the samples, the model fits too little to tell"
