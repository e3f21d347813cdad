"""Ranges that several sections use."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

#: A fraction of a whole, in [0, 1).
Fraction = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
