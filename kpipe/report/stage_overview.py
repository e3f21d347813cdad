"""The overview of a stage of a training before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpipe.data.prepared import PreparedData
from kpipe.messages.escaped import escaped
from kpipe.model.build import BuiltModel
from kpipe.model.learning_rate_multipliers import multipliers_line
from kpipe.model.memory import Memory, training_memory
from kpipe.model.model_layers import model_layers
from kpipe.report.overview_lines import binary, memory_lines, parameter_count, steps_text, wrapped
from kpipe.train.compile import build_optimizer
from kpipe.train.is_full_batch import is_full_batch
from kpipe.train.stages.epoch_steps import epoch_steps
from kpipe.train.stages.stage import Stage


@dataclass(frozen=True, kw_only=True)
class StageOverview:
    """The overview of a stage of a training before it starts.

    Args:
        lines: what is trained and frozen, its steps, its optimizer, its factors and its memory.
        steps: the largest number of its steps.
        memory: the memory of one of its steps.
        memory_lines: the same as text.
    """

    lines: Sequence[str]
    steps: int
    memory: Memory
    memory_lines: Sequence[str]

    @classmethod
    def of(cls, stage: Stage, built: BuiltModel, prepared: PreparedData) -> StageOverview:
        """Return the overview of a stage.

        Args:
            stage: the stage.
            built: the model, whose layers are frozen as in the stage.
            prepared: the data with the batches of the stage.
        """
        train, model = stage.spec.train, built.model
        optimizer = build_optimizer(train)
        optimizer.build(model.trainable_variables)
        memory, full_batch = training_memory(model, optimizer, prepared.batch_size), is_full_batch(train)
        state = f"{type(optimizer).__name__}, a state of {binary(memory.optimizer)}"
        return cls(
            lines=[
                *wrapped(f"stage {stage.number}", steps_text(prepared, train.epochs, full_batch)),
                *_trained(built),
                *wrapped("optimizer", f"{state}, {binary(memory.total)} for a training step"),
                *_factors(built),
            ],
            steps=train.epochs * (1 if full_batch else epoch_steps(stage, prepared)),
            memory=memory,
            memory_lines=memory_lines(model, optimizer, prepared.batch_size, f" of {stage.title}, the largest"),
        )


def _trained(built: BuiltModel) -> list[str]:
    """Return what is trained and frozen."""
    trained, total = (parameter_count(group) for group in (built.model.trainable_weights, built.model.weights))
    count = f"{trained:,} of {total:,} parameters"
    if not built.frozen:
        return wrapped("trained", f"all layers, {count}")
    names = [escaped(entry.name) for entry in model_layers(built) if entry.layer.trainable_variables]
    frozen = [escaped(entry.name) for entry in model_layers(built) if entry.name in built.frozen and entry.has_weights]
    return [*wrapped("trained", f"{', '.join(names)}, {count}"), *wrapped("frozen", ", ".join(frozen))]


def _factors(built: BuiltModel) -> list[str]:
    return wrapped("multipliers", multipliers_line(built).partition(": ")[2]) if built.multipliers else []
