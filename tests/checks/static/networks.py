"""Small networks of facts, without Keras."""

from kpipe.checks.static.call import Call
from kpipe.checks.static.facts import Facts
from kpipe.checks.static.network import Network
from kpipe.errors import Mark

MARK = Mark("spec.yaml", 7, 3, 7, 9)


def dense(name, units, width, activation="linear", inputs=None, **given):
    """A trainable Dense of `units` on `width` features."""
    values = {"kernel": (width, units), "activation": activation, "use_bias": True, "is_trainable": True}
    return call(name, "Dense", inputs, **{**values, "shape": (units,), **given})


def call(name, class_name, inputs=None, **given):
    """A call of the item of the same name; it reads the one before it unless `inputs` is given."""
    return lambda before: Call(
        name=name,
        class_name=class_name,
        inputs=(before,) if inputs is None else inputs,
        path=f"model.{name}",
        mark=MARK,
        **given,
    )


def chain(*calls, outputs=None):
    """The network of an input `x` and some calls, whose last one is the output."""
    made = [Call(name="x", class_name="Input")]
    for entry in calls:
        made.append(entry(len(made) - 1))
    return Network(made, {"y": len(made) - 1} if outputs is None else outputs)


def found(check, network=None, **given):
    """The messages of a check, without their codes and places."""
    network = chain(dense("d", 2, 4)) if network is None else network
    findings = [*check.findings(Facts(network=network, **given))]
    assert all(finding.code == check.code for finding in findings)
    return [f"{finding.path}: {finding.message}" for finding in findings]
