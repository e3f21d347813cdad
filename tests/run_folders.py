"""Run folders without a training, as the tests of lists and comparisons read them."""

import json

SPEC = """\
name: {name}
seed: 7
vars: {{units: {units}}}
data: {{source: Iris, validation: 0.2, batch_size: 16}}
model:
  - Dense: {{units: =units, activation: relu}}
  - Dense: {{units: =classes}}
train:
  epochs: {epochs}
  optimizer:
    Adam: {{learning_rate: {learning_rate}}}
"""


def write_run(folder, *, losses=(0.5, 0.25), status="completed", name="toy", date="2026-01-02T03:04:05Z", **more):
    """Write a run whose validation loss and accuracy follow from its losses; `None` as a status for a killed run."""
    folder.mkdir(parents=True)
    values = {"units": 8, "learning_rate": 0.01} | {
        key: more.pop(key) for key in ("units", "learning_rate") if key in more
    }
    (folder / "log.txt").write_text("")
    (folder / "spec.yaml").write_text(SPEC.format(name=name, epochs=len(losses), **values))
    rows = [f"{epoch},0.01,{loss},{2 * loss},{1 - loss},1.5" for epoch, loss in enumerate(losses, start=1)]
    header = "epoch,learning_rate,loss,val_loss,val_accuracy,seconds"
    (folder / "history.csv").write_text("".join(f"{line}\n" for line in (header, *rows)))
    start = {
        "date": date,
        "overrides": more.pop("overrides", []),
        "devices": ["CPU (2 cores)"],
        "versions": {"kpipe": "0.2.0"},
    }
    (folder / "started.json").write_text(json.dumps({"started": [start]}))
    if status is None:
        return folder
    best = min(range(len(losses)), key=losses.__getitem__) if losses else None
    metrics = {} if best is None else {"loss": 2 * losses[best], "accuracy": 1 - losses[best]}
    result = {
        "name": name,
        "status": status,
        "epochs": len(losses),
        "best_epoch": None if best is None else best + 1,
        "validation": metrics,
        "test": {key: value / 2 for key, value in metrics.items()},
        "parameters": 43,
        "seconds": 1.5 * len(losses),
        "seed": 7,
        **more,
    }
    (folder / "result.json").write_text(json.dumps(result))
    if status in ("completed", "stopped_early"):
        (folder / "model.keras").write_bytes(b"")
    return folder


def write_staged_run(folder, *, stages=((2, 8), (3, 24)), **more):
    """Write a run with stages, each with the numbers of its epochs and its steps."""
    epochs = sum(count for count, _ in stages)
    records = [
        {"stage": number, "epochs": count, "steps": steps, "status": "completed"}
        for number, (count, steps) in enumerate(stages, start=1)
    ]
    write_run(folder, **{"losses": [1 / epoch for epoch in range(2, epochs + 2)], "stages": records, **more})
    numbers = [record["stage"] for record in records for _ in range(record["epochs"])]
    header, *rows = (folder / "history.csv").read_text().splitlines()
    cells = [row.split(",", 1) for row in rows]
    lines = [header.replace("epoch,", "epoch,stage,", 1)]
    lines += [f"{epoch},{stage},{rest}" for (epoch, rest), stage in zip(cells, numbers, strict=True)]
    (folder / "history.csv").write_text("".join(f"{line}\n" for line in lines))
    return folder


def write_folds(folder, *, losses=(0.5, 0.25), name="toy"):
    """Write a cross-validation with a fold of one epoch for each loss."""
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("")
    (folder / "spec.yaml").write_text(SPEC.format(name=name, epochs=1, units=8, learning_rate=0.01))
    for number, loss in enumerate(losses, start=1):
        write_run(folder / "folds" / str(number), losses=(loss,), name=name, overrides=[f"data.fold={number}"])
    result = {
        "name": name,
        "status": "completed",
        "folds": len(losses),
        "validation": {"loss": 2 * sum(losses) / len(losses)},
        "deviation": {"loss": 0.125},
        "runs": [],
        "seconds": 3.0,
        "seed": 7,
        "started": [{"date": "2026-01-03T00:00:00Z", "overrides": ["data.folds=2"]}],
    }
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def write_sweep(folder, *, losses=(0.5, 0.25, 0.75), name="toy", told=None):
    """Write a sweep with a trial of one epoch for each loss, of which some have been told; by default all."""
    folder.mkdir(parents=True)
    (folder / "log.txt").write_text("")
    (folder / "spec.yaml").write_text(SPEC.format(name=name, epochs=1, units=8, learning_rate=0.01))
    start = {"date": "2026-01-04T00:00:00Z", "overrides": ["seed=7"]}
    (folder / "started.json").write_text(json.dumps({"started": [start]}))
    events = []
    for number, loss in enumerate(losses, start=1):
        write_run(
            folder / "trials" / str(number),
            losses=(loss,),
            name=name,
            units=2**number,
            overrides=["seed=7", f"vars.units={2**number}"],
        )
        event = {"stage": 1, "proposal": number - 1, "trial": number}
        events.append({"event": "ask", **event})
        if told is None or number <= told:
            events.append({"event": "tell", **event, "status": "completed", "seconds": 1.5})
    (folder / "journal.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    best = min(range(len(losses)), key=losses.__getitem__) + 1
    (folder / "best.yaml").write_text(
        f"# Trial {best} of the sweep {name}: val_loss {losses[best - 1]}\nname: {name}\n"
    )
    return folder
