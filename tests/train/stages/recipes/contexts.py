"""What recipes are written out for, in tests."""

from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.stages.recipes.recipe_context import RecipeContext


def context(samples=100, classes=2, optimizer="Adam: {learning_rate: 0.01}"):
    return RecipeContext(head=["head"], samples=samples, classes=classes, optimizer=read_text(optimizer, "a.yaml"))
