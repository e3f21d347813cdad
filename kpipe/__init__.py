"""kpipe: one YAML file becomes a trained, saved, repeatable Keras model.

```python
import kpipe

pipeline = kpipe.load("kpipe:digits", {"train.epochs": 5})
run = pipeline.run()
print(run.result["test"])
```

Importing this package imports neither Keras nor TensorFlow; they are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from kpipe.components.packages import add_packages
from kpipe.listed_object import listed_object

if TYPE_CHECKING:
    from kpipe.components.custom_code.register import register
    from kpipe.errors import DataError, KpipeError, SpecError, TrainingError
    from kpipe.pipeline import Pipeline, load
    from kpipe.train.run import Run

__all__ = ["DataError", "KpipeError", "Pipeline", "Run", "SpecError", "TrainingError", "load", "register"]
__version__: str

_WHERE = {
    "DataError": "kpipe.errors",
    "KpipeError": "kpipe.errors",
    "Pipeline": "kpipe.pipeline",
    "Run": "kpipe.train.run",
    "SpecError": "kpipe.errors",
    "TrainingError": "kpipe.errors",
    "load": "kpipe.pipeline",
    "register": "kpipe.components.custom_code.register",
}

# Packages are registered here without being imported, as plug-ins are by entry points.
add_packages(
    "kpipe.layers",
    "kpipe.metrics",
    "kpipe.optimizers",
    "kpipe_callbacks",
    "kpipe.data.augment.lists",
    source="kpipe.data.sources",
    preparation="kpipe.data.prepare",
    transform="kpipe.data.transforms",
    mix="kpipe.data.mix",
    view="kpipe.data.views",
    initialization="kpipe.train.initialize",
    strategy="kpipe.train.devices.strategies",
    start="kpipe.train.start_from",
    recipe="kpipe.train.stages.recipes",
    selection="kpipe.model.selections",
    multiplier="kpipe.model.multipliers",
    oracle="kpipe.tune.oracles",
    pruner="kpipe.tune.pruners",
)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        # Not computed on import, because the command must install its interrupt handler first.
        from kpipe.distribution import own_version

        return own_version()
    if name not in _WHERE:
        raise AttributeError(f"module 'kpipe' has no attribute {name!r}")
    if name == "Run":
        # Its module imports TensorFlow, which prints messages and draws from the random generators of the caller.
        import_module("kpipe.components.quiet_import").import_keras()
    return listed_object("kpipe._WHERE", name, _WHERE[name], name)


def __dir__() -> list[str]:
    special = (name for name in globals() if name.startswith("__") and name.endswith("__"))
    return sorted({*special, "__version__", *__all__})
