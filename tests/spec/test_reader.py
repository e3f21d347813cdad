import pytest
from golden import expect_message, expect_messages, raises

from kpipe.errors import SpecError
from kpipe.spec.reader import name_fault, read, shipped_specs, spec_file
from kpipe.spec.yaml_text.yaml_reader import read_text

BASE = """
name: base
vars: {depth: 3, rate: =depth / 10, norm: {GroupNormalization: {groups: 8}}}
data:
  source: {Arrays: {path: =folder_of + "/x.npz"}}
model:
  - Dense: {units: =classes}
train:
  epochs: =depth * 2
  optimizer: {SGD: {learning_rate: =rate}}
"""


@pytest.fixture
def base(tmp_path):
    text = BASE.replace("depth: 3,", "depth: 3, folder_of: data,")
    path = tmp_path / "base.yaml"
    path.write_text(text)
    return path


def errors(path, overrides=()):
    with pytest.raises(SpecError) as caught:
        read(path, overrides)
    return [str(problem).replace(f"{path}:", "") for problem in caught.value.problems]


def test_values_are_evaluated_and_defaults_stand(base):
    spec = read(base)
    assert (spec.name, spec.seed, spec.train.epochs, spec.data.batch_size) == ("base", 0, 6, 32)
    assert spec.train.optimizer.plain() == {"SGD": {"learning_rate": 0.3}}
    assert spec.train.loss.plain() == "auto"
    assert spec.data.validation == 0.1


def test_overrides_change_what_depends_on_them(base):
    spec = read(base, ["vars.depth=5", "train.optimizer.momentum=0.9"])
    assert spec.train.epochs == 10
    assert spec.train.optimizer.plain() == {"SGD": {"learning_rate": 0.5, "momentum": 0.9}}
    assert read(base, {"vars.depth": 5}).train.epochs == 10


def test_a_path_starts_from_where_its_text_was_written(base, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    argument = read(base).data.source.entries["Arrays"].entries["path"]
    assert (argument.value, argument.origin) == ("data/x.npz", str(base))
    argument = read(base, ["vars.folder_of=here"]).data.source.entries["Arrays"].entries["path"]
    assert (argument.value, argument.origin) == ("here/x.npz", "/-")


def test_the_resolved_spec_repeats_itself(base, tmp_path):
    spec = read(base, ["train.regularize.l2=1e-5", "vars.depth=4"])
    again = tmp_path / "again.yaml"
    again.write_text(spec.dump())
    assert read(again).dump() == spec.dump()
    assert "epochs: =depth * 2" in spec.dump()
    assert "l2: 1e-05" in spec.dump()


def test_extends_merges_and_set_applies_below_it(base, tmp_path):
    (tmp_path / "child.yaml").write_text(
        "extends: base.yaml\nname: child\ntrain: {optimizer: {SGD: {nesterov: true}}}\nset: {vars.depth: 7}\n"
    )
    (tmp_path / "grandchild.yaml").write_text("extends: child.yaml\nname: grandchild\ntrain: {optimizer: Adam}\n")
    child, grandchild = read(tmp_path / "child.yaml"), read(tmp_path / "grandchild.yaml")
    assert child.train.optimizer.plain() == {"SGD": {"learning_rate": 0.7, "nesterov": True}}
    assert (child.name, child.train.epochs) == ("child", 14)
    assert grandchild.train.optimizer.plain() == "Adam"
    assert grandchild.train.epochs == 14


def test_set_inserts_and_removes_items_of_the_base(base, tmp_path):
    text = "{train.callbacks.+: [TerminateOnNaN, {EarlyStopping: {patience: 3}}], train.callbacks.-: TerminateOnNaN}"
    (tmp_path / "child.yaml").write_text(f"extends: base.yaml\nset: {text}\n")
    child = read(tmp_path / "child.yaml", ["train.optimizer.-=learning_rate", "train.-=epochs"])
    assert child.train.callbacks.plain() == [{"EarlyStopping": {"patience": 3}}]
    assert (child.train.optimizer.plain(), child.train.epochs) == ({"SGD": {}}, 10)


def test_a_path_that_appears_twice_in_set_has_a_remedy(base, tmp_path):
    (tmp_path / "child.yaml").write_text("extends: base.yaml\nset:\n  model.+: ReLU\n  model.+: Flatten\n")
    with raises(SpecError):
        read(tmp_path / "child.yaml")


@pytest.mark.parametrize("override", ["train.epochs: 5", "train.epochs", "{train: {epochs: 5}}"])
def test_an_override_without_equals_sign(base, override):
    with pytest.raises(SpecError) as caught:
        read(base, [override])
    expect_message(caught.value.problems[0].message)


def test_a_circle_of_extends_is_named(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    with raises(SpecError):
        read(tmp_path / "a.yaml")


def test_a_missing_base_is_reported_where_it_is_named(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("name: a\nextends: none.yaml\n")
    expect_messages(errors(path), 1)


def test_the_spec_of_a_run_is_suggested_for_its_folder(tmp_path):
    (tmp_path / "notes.yaml").write_text("a: 1")
    with pytest.raises(SpecError, match=r"is a directory$"):
        read(tmp_path)
    (tmp_path / "spec.yaml").write_text("name: a")
    with pytest.raises(SpecError, match=r"is a directory; did you mean .*spec\.yaml\?$"):
        read(tmp_path)


def test_many_problems_come_at_once(base):
    text = base.read_text().replace("epochs: =depth * 2", "epochs: 0\n  epocs: 3\n  precision: float23")
    base.write_text(text.replace("  source:", "  validation: 1.2\n  batch_size: 16.0\n  source:"))
    said = errors(base)
    expect_message(said[0])
    expect_message(said[1])
    expect_message(said[2])
    expect_message(said[3])
    expect_message(said[4])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: base", "nam: base"),
        ("name: base", "name: a/b"),
        ("name: base", "name: base\nseed: -1"),
        ("depth: 3", "Depth: 3"),
        ("depth: 3", "classes: 3"),
        ("=depth / 10", "=dept / 10"),
        ("=depth * 2", "=depth / 2"),
        ("=depth * 2", "=depth.x"),
        ("epochs: =depth * 2", "jit_compile: perhaps"),
        ("epochs: =depth * 2", "class_weight: 3"),
        ("epochs: =depth * 2", "class_weight: {cat: -1}"),
        ("epochs: =depth * 2", "epochs: null"),
        ("epochs: =depth * 2", "targets: [kind, score]"),
        ("  source:", "  validation: 20\n  source:"),
        ("epochs: =depth * 2", "epochs: =classes"),
        ("train:\n", "ensemble: {}\ntrain:\n"),
        ("  source:", "  evaluate: {views: Flip}\n  source:"),
        ("name: base", "name: base\nextends: [a.yaml, b.yaml]"),
        ("name: base", "name: base\nset: [train.epochs=3]"),
        ("name: base", "defaults: [base]"),
        ("  epochs: =depth * 2", "  extends: a.yaml"),
        ("  epochs: =depth * 2", "  epochs: depth"),
        ("  epochs: =depth * 2", "  class_weight: None"),
        ("  epochs: =depth * 2", "  epochs: '{{ depth }}'"),
        ("  epochs: =depth * 2", "  epochs: 3\u00a0"),
        ("  epochs: =depth * 2", "  epo\uff1achs: 3"),
        ("train:\n  epochs: =depth * 2\n  optimizer: {SGD: {learning_rate: =rate}}", "train:\n  epochs:\u00a03"),
        ("=depth * 2", "=depth\uff0c 2"),
        ("model:\n  - Dense: {units: =classes}", "model: []"),
        ("model:\n  - Dense: {units: =classes}", "model: {Dense: {units: 3}}"),
    ],
)
def test_wrong_values_are_reported_at_their_place(base, old, new):
    base.write_text(base.read_text().replace(old, new))
    messages = errors(base)
    expect_messages(messages)
    assert all(message[0].isdigit() for message in messages)


def test_a_wrong_override_names_the_argument(base):
    expect_messages(errors(base, ["train.epochs=x"]), 1)
    expect_messages(errors(base, ["train.epochs"]), 1)


def test_shipped_specs_are_found_by_name():
    assert spec_file("kpipe:digits") == shipped_specs()["digits"]
    with raises(SpecError):
        spec_file("kpipe:digit")


def test_names_that_cannot_be_used():
    assert name_fault("depth") is None
    for name in ("Depth", "for", "2a", "a-b", "previous", "channels"):
        assert name_fault(name)


def test_a_chain_of_extends_is_bounded(base, tmp_path):
    for number in range(1, 34):
        above = base.name if number == 1 else f"c{number - 1}.yaml"
        (tmp_path / f"c{number}.yaml").write_text(f"extends: {above}\nname: c{number}\n")
    assert read(tmp_path / "c31.yaml").name == "c31"
    (message,) = errors(tmp_path / "c33.yaml")
    expect_message(message)


def test_values_of_all_files_are_counted_together(base, tmp_path, monkeypatch):
    values = sum(1 for _ in read_text(base.read_text(), "a.yaml").walk())
    child = tmp_path / "child.yaml"
    child.write_text(f"extends: {base.name}\n")
    monkeypatch.setattr("kpipe.spec.reader.MAX_VALUES", values + 2)
    read(child)
    child.write_text(f"extends: {base.name}\nname: child\n")
    (message,) = errors(child)
    expect_message(message)


def test_the_number_of_overrides_is_bounded(base):
    with pytest.raises(SpecError) as caught:
        read(base, ["train.epochs=3"] * 1001)
    expect_message(caught.value.problems[0].message)
    with raises(SpecError):
        read(base, ["train." + "a" * 1000 + "=1"])
    with raises(SpecError):
        read(base, {"vars": {"a" * 1000: [1, 1]}})


def test_a_graph_of_variables_is_written_out_in_linear_time(tmp_path):
    """Each variable reads the one before; a search that starts again for each of them takes minutes."""
    count = 4000
    chain = "".join(f"  v{i}: =v{i - 1} + 1\n" for i in range(1, count))
    path = tmp_path / "chain.yaml"
    path.write_text(
        f"name: a\ndata: {{source: Digits}}\nvars:\n  v0: 1\n{chain}model: [Dense: {{units: =v{count - 1}}}]\n"
    )
    spec = read(path)
    assert spec.scope[f"v{count - 1}"] == count
    assert len(spec.scope.about(f"v{count - 1}").node.chain) == 10
    assert spec.dump().count("=v") == count
    assert spec.scope.budget.work < 20 * count


def test_a_missing_file_has_the_name_of_one_beside_it(tmp_path):
    for name in ("digits.yaml", "other.yml", "digits.txt"):
        (tmp_path / name).touch()
    (tmp_path / "child.yaml").write_text("extends: digit.yaml\n")
    found = {}
    for name in ("didgits.yaml", "digits", "child.yaml", "xyzzy.yaml"):
        with pytest.raises(SpecError) as caught:
            read(tmp_path / name)
        found[name] = caught.value.problems[0].suggestion
    meant = str(tmp_path / "digits.yaml")
    assert found == {"didgits.yaml": meant, "digits": meant, "child.yaml": meant, "xyzzy.yaml": None}
