"""The kinds of components: where Keras keeps each, where kpipe does, and their words in messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of component.

    Args:
        name: the word for it, such as `optimizer`.
        keras_module: the public module of Keras that exports such classes; None where Keras has none.
        base: the base class of these classes; None where they are functions.
        own_module: the package of kpipe with a table `COMPONENTS` of its own ones; None where kpipe has none.
    """

    name: str
    keras_module: str | None = None
    base: str | None = None
    own_module: str | None = None

    def __str__(self) -> str:
        article = "an" if self.name[0] in "aeiou" else "a"
        return f"{article} {self.name}"


def plural(name: str) -> str:
    """The plural of a kind's name.

    Example:
        >>> plural("loss"), plural("layer")
        ('losses', 'layers')
    """
    if name.endswith("y"):
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith("s") else f"{name}s"


_ALL = (
    Kind("layer", "keras.layers", "keras.layers:Layer", "kpipe.layers"),
    Kind("application", "keras.applications"),
    Kind("initializer", "keras.initializers", "keras.initializers:Initializer"),
    Kind("regularizer", "keras.regularizers", "keras.regularizers:Regularizer"),
    Kind("constraint", "keras.constraints", "keras.constraints:Constraint"),
    Kind("loss", "keras.losses", "keras.losses:Loss"),
    Kind("metric", "keras.metrics", "keras.metrics:Metric", "kpipe.metrics"),
    Kind("optimizer", "keras.optimizers", "keras.optimizers:Optimizer"),
    Kind("schedule", "keras.optimizers.schedules", "keras.optimizers.schedules:LearningRateSchedule"),
    Kind("callback", "keras.callbacks", "keras.callbacks:Callback", "kpipe.train.callbacks.own_callbacks"),
    Kind("source", None, "kpipe.data.sources.source:Source", "kpipe.data.sources"),
    Kind("preparation", None, "kpipe.data.prepare.preparation:Preparation", "kpipe.data.prepare"),
    Kind("strategy", None, "kpipe.train.devices.strategies.strategy:Strategy", "kpipe.train.devices.strategies"),
)

#: All kinds by name.
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
