from kpipe.train.stages.recipes import FeatureExtraction
from tests.train.stages.recipes.contexts import context


def test_only_the_head_is_trained_with_the_optimizer_of_the_training():
    assert FeatureExtraction(epochs=3).stages(context()) == [{"only": ["head"]}]
    assert FeatureExtraction(epochs=3).stage_epochs(9) == [3]
