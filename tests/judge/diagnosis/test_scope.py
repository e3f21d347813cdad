from kpipe.judge.diagnosis.diagnose import RULES
from kpipe.judge.diagnosis.scope import Scope


def test_what_each_rule_sees():
    found = {scope: [str(rule.code) for rule in RULES if rule.scope is scope] for scope in Scope}
    assert found == {
        Scope.LAST_STAGE: ["E203", "E205", "E206", "E207", "W209", "W211", "W212", "N213"],
        Scope.EACH_STAGE: ["E202", "E204"],
        Scope.RUN: ["E201", "E208", "W210"],
    }
