"""The keywords of the model language, one file each; they are allowed in place of layers under `model`."""

from __future__ import annotations

from kpipe.model.keywords.branches import Branches
from kpipe.model.keywords.if_ import If
from kpipe.model.keywords.input import Input
from kpipe.model.keywords.keyword import Keyword
from kpipe.model.keywords.repeat import Repeat
from kpipe.model.keywords.residual import Residual

#: The keywords by name, in the order of `kpipe list`.
KEYWORDS: dict[str, Keyword] = {keyword.name: keyword for keyword in (Repeat(), Residual(), Branches(), If(), Input())}
