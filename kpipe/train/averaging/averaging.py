"""What the answers of a model are averaged over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kpipe.components import build
from kpipe.data.views.views import Views
from kpipe.spec.node import Node


@dataclass(frozen=True)
class Averaging:
    """What the answers of a model are averaged over.

    Args:
        views: a test-time augmentation.
        component: its component in a spec, as plain values.
    """

    views: Views
    component: Any = None

    @classmethod
    def of(cls, tta: Node | None) -> Averaging | None:
        """Return the averaging over the views of a component; None for none.

        Args:
            tta: the component with evaluated expressions.

        Raises:
            SpecError: the component is not valid.
        """
        return None if tta is None or tta.value is None else cls(build(tta, "view"), tta.plain())

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable description."""
        return {"tta": self.component}
