"""How large a model may become, so that a slip such as `times: 10000000` is an error and not an endless build."""

#: Layers of a whole model.
MAX_LAYERS = 20_000
#: Items that are walked, layers or not.
MAX_ITEMS = 200_000
#: Blocks inside blocks.
MAX_DEPTH = 64
#: Rounds of one `Repeat`.
MAX_TIMES = 20_000
