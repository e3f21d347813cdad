"""Writing the pictures of a sweep."""

from __future__ import annotations

from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.tune.results.drawing import drawing
from kpipe.tune.results.importance_figure import importance_figure
from kpipe.tune.results.learning_curves_figure import learning_curves_figure
from kpipe.tune.results.scores_figure import scores_figure
from kpipe.tune.results.sweep_summary import SweepSummary
from kpipe.tune.results.value_pair_figure import value_pair_figure
from kpipe.tune.sweep_files import SweepFile


def write_pictures(folder: RunFolder, summary: SweepSummary) -> list[str]:
    """Write the pictures of a sweep, and the importance of each value as a table.

    Args:
        folder: the folder of the sweep.
        summary: its trials.

    Returns:
        The names of the pictures; none if no trial has a score.

    Raises:
        TrainingError: a file cannot be written.
    """
    if not summary.ranked:
        return []
    names = []
    with drawing():
        for name, draw in (
            (SweepFile.SCORES, scores_figure),
            (SweepFile.VALUE_PAIR, value_pair_figure),
            (SweepFile.LEARNING_CURVES, learning_curves_figure),
            (SweepFile.IMPORTANCE_PICTURE, importance_figure),
        ):
            figure = draw(summary)
            if figure is not None:
                folder.save(name, figure.savefig)
                names.append(str(name))
    if summary.importance is not None:
        rows = [(parameter.name, summary.importance[parameter.name]) for parameter in summary.parameters]
        folder.write_csv(SweepFile.IMPORTANCE, ["parameter", "importance"], rows)
    return names
