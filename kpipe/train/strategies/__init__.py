"""Where a training runs, by name; each strategy lives in a module of its own, imported when it is used."""

COMPONENTS: dict[str, str] = {
    "Mirrored": "kpipe.train.strategies.mirrored:Mirrored",
    "OneDevice": "kpipe.train.strategies.one_device:OneDevice",
}
