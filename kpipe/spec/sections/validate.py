"""The section `train.validate`."""

from __future__ import annotations

from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section


class Validate(Section):
    """`train.validate:` how often the validation part is evaluated.

    Args:
        every_epochs: epochs between evaluations, at least 1, default 1.
        every_steps: steps between additional evaluations within epochs, at least 1; default null: no additional ones.
    """

    every_epochs: AtLeastOne = 1
    every_steps: AtLeastOne | None = None
