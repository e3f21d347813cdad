"""The plans of the stages of a training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kpipe.data.cache.sample_store import silent
from kpipe.errors import Problem, SpecError
from kpipe.train.devices.process_state import isolated_state
from kpipe.train.plan import Plan, check_plan, make_plan
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.setup.setup import Setup, enter_stage, stage_lines
from kpipe.train.stages.stage import Stage
from kpipe.train.stages.stage_places import problems_of_stages, stage_places
from kpipe.train.stages.stages_of import stages_of

#: The folder in a run folder with the files that the callbacks of the stages write, in a folder for each stage.
STAGES = "stages"


class PlannedStages:
    """Plans the stages of a training one after another; a training without stages is a single one.

    Args:
        setup: the setup of the first stage; its model is not compiled yet.
        folder: the run folder.
    """

    def __init__(self, setup: Setup, folder: RunFolder) -> None:
        self._setup, self._folder = setup, folder
        self._stages = stages_of(setup.whole)

    def begin(self, index: int) -> tuple[Setup, Plan]:
        """Return the setup and the plan of a stage, after checking that the later ones can be planned.

        Args:
            index: the number of stages before it.

        Raises:
            SpecError: a stage does not fit the model or the data.
        """
        later = check_stages(self._setup, index + 1)
        setup, plan = self.continue_with(index)
        _refuse_shared_files([plan, *later])
        return setup, plan

    def continue_with(self, index: int) -> tuple[Setup, Plan]:
        """Return the setup and the plan of a stage after an earlier one.

        Args:
            index: the number of stages before it.
        """
        if self._setup.stage is None:
            return self._setup, make_plan(self._setup, self._folder)
        with stage_places(self._stages[index]):
            setup = enter_stage(self._setup, self._stages[index])
            return setup, make_plan(setup, RunFolder(self._folder.path / STAGES / str(index + 1)))

    def repeat(self, index: int) -> tuple[Setup, Plan]:
        """Return the setup and a plan of an earlier stage again; its callbacks write no files.

        Args:
            index: the number of stages before it.
        """
        setup = enter_stage(self._setup, self._stages[index])
        return setup, check_plan(setup)


def check_stages(setup: Setup, first: int = 0, say: Callable[[str], None] = silent) -> list[Plan]:
    """Plan stages as a check, and return their plans; neither the state of the process nor the stage is changed.

    Args:
        setup: the setup of a stage.
        first: the number of stages before the first one that is checked, default 0.
        say: receives the messages of each stage, and what it trains if it is not the first one; by default nothing is
            reported.

    Raises:
        SpecError: a stage does not fit the model or the data, or two stages write the same file.
    """
    known: set[str] = set()
    if setup.stage is None:
        plans = [check_plan(setup)] if first == 0 else []
        for plan in plans:
            _report(plan, known, say)
        return plans
    plans, problems = [], list[tuple[Stage, Problem]]()
    stages = stages_of(setup.whole)[first:]
    with isolated_state():
        for stage in stages:
            try:
                plans.append(_checked(setup, stage, say))
                _report(plans[-1], known, say)
            except SpecError as error:
                problems += [(stage, problem) for problem in error.problems]
        enter_stage(setup, setup.stage)
    if problems:
        raise SpecError(problems_of_stages(problems, len(stages)))
    _refuse_shared_files(plans)
    return plans


def _report(plan: Plan, known: set[str], say: Callable[[str], None]) -> None:
    """Report the messages of a plan that no earlier one has."""
    for line in dict.fromkeys((*plan.notices, *plan.warnings)):
        if line not in known:
            known.add(line)
            say(line)


def _checked(setup: Setup, stage: Stage, say: Callable[[str], None]) -> Plan:
    entered = enter_stage(setup, stage)
    try:
        for line in stage_lines(entered) if stage.number > 1 else ():
            say(line)
        return check_plan(entered)
    finally:
        if entered.prepared is not setup.prepared:
            entered.prepared.close()


def _refuse_shared_files(plans: Sequence[Plan]) -> None:
    """Refuse that two stages write the same file outside the run folder; within it, each stage has its own folder."""
    outputs = [output for plan in plans for output in plan.elsewhere]
    for index, output in enumerate(outputs):
        if any(output.text == other.text for other in outputs[:index]):
            message = (
                f"two stages write {output.text!r}; write the callback in one stage, or use a path in the run folder"
            )
            raise SpecError([Problem(output.node.mark, output.node.path, message)])
