"""The keywords of the model language, one file each: they may be used where a layer is expected under `model`."""

from __future__ import annotations

from kpipe.components.inspection.targets import load_target
from kpipe.model.keywords.keyword import Keyword

COMPONENTS: dict[str, str] = {
    "Repeat": "kpipe.model.keywords.repeat:Repeat",
    "Residual": "kpipe.model.keywords.residual:Residual",
    "Branches": "kpipe.model.keywords.branches:Branches",
    "If": "kpipe.model.keywords.if_:If",
    "Input": "kpipe.model.keywords.input:Input",
}

#: The keywords by name.
KEYWORDS: dict[str, Keyword] = {name: load_target(target)() for name, target in COMPONENTS.items()}
