"""A validation part that is easier than the training part."""

from __future__ import annotations

import math
from collections.abc import Iterator

from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.evidence import Evidence, last
from kpipe.judge.diagnosis.rule import Rule, Symptom
from kpipe.judge.diagnosis.scope import Scope
from kpipe.judge.spec_places import SpecPlaces

#: The lead of the validation accuracy, and of the validation loss as a share of the trivial loss.
ACCURACY, LOSS = 0.05, 0.25
#: The lead of the loss that has to go with that of the accuracy.
LEAST = 0.05
#: The lead of the accuracy in standard errors, since small parts differ by chance.
ERRORS = 2.0


class ValidationBetter(Rule):
    """Report a validation part on which the model is better than on its training part, both in inference mode."""

    code = VerdictCode.VALIDATION_BETTER
    scope = Scope.RUN

    def find(self, evidence: Evidence) -> Symptom | None:
        """Return the lead at the last epoch in which both were measured, or of the kept weights on more samples."""
        lead, error = max(_leads(evidence), key=lambda entry: entry[0] - ERRORS * entry[1])
        gap = last(evidence.training - evidence.validation)
        share = gap / evidence.trivial if evidence.trivial else math.nan
        threshold = {"accuracy": ACCURACY, "standard_errors": ERRORS, "loss": LOSS}
        measured = {"accuracy": lead, "standard_error": error, "loss": share}
        if lead >= ACCURACY and lead > ERRORS * error and not share < LEAST:
            message = f"the validation accuracy is {lead:.3f} above that of the training part, both in inference mode"
        elif math.isnan(lead) and share >= LOSS:
            message = f"the validation loss is {share:.0%} of the trivial loss below that of the training part"
        else:
            return None
        return Symptom(message=message, measured=measured, threshold=threshold)

    def remedy(self, evidence: Evidence, symptom: Symptom, places: SpecPlaces) -> tuple[str, str]:
        """Return to look at the split."""
        return "data.validation", "check how the parts were made: copies, groups, or an easier validation part"


def _leads(evidence: Evidence) -> Iterator[tuple[float, float]]:
    """Yield leads of the validation accuracy, with their standard errors."""
    validation = evidence.validation_accuracy
    lead = last(validation - evidence.training_accuracy)
    yield lead, evidence.accuracy_error(last(validation) - lead / 2, "epoch")
    kept = evidence.kept.get(evidence.accuracy_name or "")
    if kept is not None and evidence.best_epoch is not None:
        own = float(validation[evidence.best_epoch - 1])
        yield own - kept, evidence.accuracy_error((own + kept) / 2, "end")
