"""The comparison of a spec with that of the earlier start in the run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from kpipe.checks.checked_spec import CheckedSpec, checked
from kpipe.checks.stage_epochs import entry_epochs, has_own_epochs
from kpipe.components.registry.registry import using
from kpipe.components.value_text import shown
from kpipe.errors import DataError, SpecError
from kpipe.messages.call_argument import call_argument
from kpipe.run_files import RunFile
from kpipe.spec.reader import read
from kpipe.spec.sections.train import Train
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.resume.change import Change, CodeChange
from kpipe.train.resume.code_changes import code_changes
from kpipe.train.resume.spec_changes import spec_changes
from kpipe.train.resume.spec_meaning import section_differences
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.run_folder.spec_files import import_names


class Decider(Enum):
    """What decides whether a difference between two specs changes the experiment."""

    DATA = "the samples that are read"
    SOURCE = "the samples that are read, all of which must be compared"
    OBJECTIVE = "the losses and metrics that are built"
    BEST_WEIGHTS = "the metric that is monitored"

    @classmethod
    def of(cls, change: Change | CodeChange) -> Decider | None:
        """Return what decides about a change; None if the change itself changes the experiment.

        Example:
            >>> Decider.of(Change("train.loss", "'auto'", "'MeanSquaredError'")).name
            'OBJECTIVE'
        """
        if isinstance(change, CodeChange):
            return None
        section, key, *below = [*change.path.split("."), ""][:3]
        if (section, key) == ("data", "source"):
            # Another class is another source, but other arguments may lead to the same samples.
            return cls.SOURCE if below != [""] else None
        return _DECIDERS.get((section, key))


_DECIDERS = {
    ("data", "max_bad"): Decider.DATA,
    ("data", "max_pixels"): Decider.DATA,
    ("train", "choose"): Decider.BEST_WEIGHTS,
    ("train", "loss"): Decider.OBJECTIVE,
    ("train", "metrics"): Decider.OBJECTIVE,
    ("train", "targets"): Decider.OBJECTIVE,
}


@dataclass(frozen=True)
class Undecided:
    """A difference between two specs that possibly does not change the experiment.

    Args:
        change: the values that differ.
        decider: what decides whether they mean the same.
    """

    change: Change | CodeChange
    decider: Decider


@dataclass(frozen=True)
class Earlier:
    """The spec of an earlier start that differs from the current one as text.

    Args:
        spec: the spec in the run folder.
        is_other_model: whether the text of its model differs, so that the models have to be built and compared.
        undecided: the differences about which the data or the plan have to decide.
    """

    spec: CheckedSpec
    is_other_model: bool
    undecided: Sequence[Undecided]

    def decided_by(self, decider: Decider) -> list[Change | CodeChange]:
        """Return the undecided differences about which `decider` decides."""
        return [entry.change for entry in self.undecided if entry.decider is decider]


def refuse_changed_spec(folder: RunFolder, spec: CheckedSpec) -> Earlier | None:
    """Refuse to resume with a spec whose meaning differs from that in the folder; `train.epochs` may grow.

    The specs are compared by meaning, see `section_differences`. Differences in `train.strategy`, `train.checkpoint`,
    `data.memory` and unused variables are ignored.

    Args:
        folder: the run folder of the earlier start; if it has no spec yet, there is nothing to compare.
        spec: a checked spec.

    Returns:
        The earlier spec if its model, data or objective still have to be compared; otherwise None.

    Raises:
        DataError: the specs differ, and the message lists the differences; or the spec in the folder is damaged.
    """
    path = folder / RunFile.SPEC
    if not path.exists():
        return None
    try:
        written = read(path)
        texts = spec_changes(written.tree.plain(), read_text(spec.dump(import_names(spec)), "the spec").plain())
        code = code_changes(folder, written, spec)
        if not texts:
            if code:
                raise other_spec(folder, code)
            return None
        before = checked(path)
        with using(before.code.in_use):
            changes = [*_top_level_changes(before, spec), *section_differences(before, spec), *code]
    except SpecError as error:
        raise DataError(f"the spec of the run in {folder.path} is damaged or no longer valid:\n{error}") from error
    undecided = [Undecided(change, decider) for change in changes if (decider := Decider.of(change)) is not None]
    if len(undecided) < len(changes):
        raise other_spec(folder, changes, has_stages=spec.train.stages is not None)
    is_other_model = any(change.path.partition(".")[0] in ("model", "blocks", "vars") for change in texts)
    return Earlier(before, is_other_model, undecided) if is_other_model or undecided else None


def other_spec(folder: RunFolder, changes: Sequence[Change | CodeChange], *, has_stages: bool = False) -> DataError:
    """Return the error about a run folder that contains a run of another spec.

    Args:
        folder: the run folder of the earlier start.
        changes: the differences.
        has_stages: whether the training has stages, default False.
    """
    listed = "\n    ".join(map(str, changes))
    has_stages = has_stages or any(str(change).startswith("train.stages") for change in changes)
    grows = "the epochs of the last stage" if has_stages else "train.epochs"
    return DataError(
        f"{folder.path} contains a run of another spec; with {call_argument('resume')} only {grows} may grow; "
        "the differences:\n"
        f"    {listed}\nundo the changes, or start again in another folder"
    )


def _fewer_epochs(before: Train, now: Train) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the path and the values of epochs that became fewer, or that of a stage before the last one changed."""
    entries = entry_epochs(before), entry_epochs(now)
    if now.stages is None or before.stages is None or [*map(len, entries[0])] != [*map(len, entries[1])]:
        if now.epochs < before.epochs:
            yield "train.epochs", (before.epochs, now.epochs)
        return
    last = len(now.stages) - 1
    for index, pair in enumerate(zip(*entries, strict=True)):
        own = has_own_epochs(now, index)
        path = f"train.stages.{index}.epochs" if own else "train.epochs"
        for number, (old, new) in enumerate(zip(*pair, strict=True), start=1):
            is_last_stage = index == last and number == len(pair[0])
            # Those that an earlier entry states are compared with its other values.
            is_compared_here = index == last or not own
            if new < old if is_last_stage else new != old and is_compared_here:
                yield path, (old, new)


def _top_level_changes(before: CheckedSpec, now: CheckedSpec) -> list[Change]:
    pairs = {"name": (before.name, now.name), "seed": (before.seed, now.seed)}
    pairs |= dict(_fewer_epochs(before.train, now.train))
    packages = [sorted(spec.code.packages) for spec in (before, now)]
    pairs["imports"] = (packages[0], packages[1])
    return [Change(path, shown(old), shown(new)) for path, (old, new) in pairs.items() if old != new]
