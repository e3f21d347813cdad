"""The section `train.validate`."""

from __future__ import annotations

from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section


class Validate(Section):
    """`train.validate:` how often the validation part is looked at: every so many epochs, or steps as well.

    Args:
        every_epochs: at least 1, default 1.
        every_steps: besides the ends of epochs, every so many steps of the whole training; default null, never.
    """

    every_epochs: AtLeastOne = 1
    every_steps: AtLeastOne | None = None
