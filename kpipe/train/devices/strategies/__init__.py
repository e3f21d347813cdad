"""Where a training runs, by name; each strategy lives in a module of its own, imported when it is used."""

COMPONENTS: dict[str, str] = {
    "Mirrored": "kpipe.train.devices.strategies.mirrored:Mirrored",
    "OneDevice": "kpipe.train.devices.strategies.one_device:OneDevice",
}
