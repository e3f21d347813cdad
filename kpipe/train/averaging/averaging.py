"""What the answers of a model are averaged over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kpipe.components import build
from kpipe.data.views.views import Views
from kpipe.spec.node import Node


@dataclass(frozen=True)
class Averaging:
    """What the answers of a model are averaged over: views of each image, masks of random layers, or both.

    Args:
        views: a test-time augmentation; None for none.
        component: its component in a spec, as plain values.
        samples: the number of calls with random layers active, at least 2; None for none.
        seed: the seed of the random layers, at least 0; default 0.
    """

    views: Views | None = None
    component: Any = None
    samples: int | None = None
    seed: int = 0

    @classmethod
    def of(cls, tta: Node | None, samples: int | None = None, seed: int = 0) -> Averaging | None:
        """Return the averaging over the views of a component and over masks; None for neither.

        Args:
            tta: the component with evaluated expressions; None for none.
            samples: the number of calls with random layers active; None for none.
            seed: the seed of the random layers.

        Raises:
            SpecError: the component is not valid.
        """
        if tta is None or tta.value is None:
            return None if samples is None else cls(samples=samples, seed=seed)
        return cls(build(tta, "view"), tta.plain(), samples, seed)

    def describe(self) -> dict[str, Any]:
        """Return a JSON-serializable description: `tta` with views, `samples` and `seed` with masks."""
        tta = {} if self.views is None else {"tta": self.component}
        return tta if self.samples is None else {**tta, "samples": self.samples, "seed": self.seed}
