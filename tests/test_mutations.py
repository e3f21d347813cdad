"""Every name of every shipped spec misspelled, and every value made one of a wrong type: each is reported at its place.

The mutants of a word are one with a letter dropped, one with a letter doubled, one with two neighbors swapped and one
with a letter changed; which letter is drawn from the word and its place, so that every run tries the same ones.

All problems of a spec are reported at once, so several mutants are tried in one spec: of different lines, and none inside
of another. One that is not reported there as it should be is tried alone, since another one may hide it.

Excluded, since a change is legal on its own: comments; the names that users choose where they are defined (`vars`,
`blocks`, `params`, `each`, `index`, the paths of `Branches`, the targets), which are tried where they are used; and
texts that only the data, the built model or the training can judge (names of classes, columns and items, files that are
written, what `monitor` watches).
"""

import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from kpipe import components
from kpipe.checks.checked_spec import checked
from kpipe.components.inspection.kinds import KINDS
from kpipe.errors import SpecError
from kpipe.model.blocks import KEYS as BLOCK_KEYS
from kpipe.model.common_arguments import COMMON
from kpipe.model.keywords import KEYWORDS
from kpipe.spec.expressions.expression import names_in, parse
from kpipe.spec.node import CLASS_NAME
from kpipe.spec.reader import shipped_specs
from kpipe.spec.sections.choose import Choose
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.regularize import Regularize
from kpipe.spec.sections.section import fields
from kpipe.spec.sections.target_options import TargetOptions
from kpipe.spec.sections.validate import Validate
from kpipe.spec.top_level import FILE_KEYS, top_level

CHECKOUT = Path(__file__).parent.parent
#: PyYAML's composer in C where it was built; both give the same nodes.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Every keyword of the language for models, blocks with several inputs, and objects within objects.
MODEL = """\
name: model
vars:
  width: 16
  depths: [1, 1]
  norm: {GroupNormalization: {groups: 8, epsilon: 1e-3}}
  pooled: true
data: {source: Digits}
blocks:
  conv:
    params: [filters, {kernel: 3, strides: 1}]
    layers:
      - Conv2D:
          filters: =filters
          kernel_size: =kernel
          strides: =strides
          padding: same
          use_bias: false
          kernel_initializer: {HeNormal: {seed: 1}}
          kernel_regularizer: {L2: {l2: 1e-4}}
          kernel_constraint: {MaxNorm: {max_value: 2.5, axis: [0, 1, 2]}}
      - =norm
      - ReLU: {negative_slope: 0.1}
  twin:
    inputs: [before, last]
    outputs: [left, right]
    params: [filters]
    layers:
      - Conv2D: {filters: =filters, kernel_size: [3, 3], padding: same, inputs: before, name: left}
      - Conv2D: {filters: =filters, kernel_size: 1, bias_initializer: zeros, inputs: last, name: right}
model:
  - conv: {filters: =width, name: stem}
  - Repeat:
      each: {depth: =depths, filters: [16, 32]}
      index: stage
      of:
        - Repeat:
            times: =depth
            index: round
            of:
              - Residual:
                  branch: [conv: {filters: =filters, strides: =2 if stage > 0 and round == 0 else 1}]
                  projection: [conv: {filters: =filters, kernel: 1, strides: =stage + 1}]
        - Residual: {branch: [conv: {filters: =filters}], shortcut: []}
  - Branches:
      merge: {Concatenate: {axis: -1}}
      of:
        straight: [conv: {filters: =width // 2}]
        pooled: [MaxPooling2D: {pool_size: 3, strides: 1, padding: same}]
        plain: []
  - Branches: {of: [[ReLU], [LeakyReLU]]}
  - twin: {filters: 8}
  - Add
  - If:
      when: =pooled
      then: [GlobalAveragePooling2D]
      else: [Flatten]
  - Dense: {units: =classes}
"""

#: Every key of `data` and `train`, and objects in the arguments of layers, losses, metrics, optimizers and callbacks.
TRAINING = """\
name: training
seed: 3
vars: {share: 0.2}
data:
  source:
    ImageFolder: {train: images/train, test: images/test}
  validation: =share
  batch_size: 64
  max_bad: 0.02
  memory: 2
  prepare:
    image:
      - Resize: {height: 16, width: 16, crop_to_aspect_ratio: true}
      - Rescale: {scale: 0.5, offset: -1.0}
      - Standardize: {per: channel}
model:
  - Flatten
  - Dense: {units: 64, activation: relu, kernel_initializer: he_normal}
  - Dropout: {rate: 0.5, seed: 1}
  - Reshape: {target_shape: [8, 8]}
  - Bidirectional: {layer: {LSTM: {units: 8, return_sequences: true}}, merge_mode: concat}
  - Bidirectional: {layer: {GRU: {units: 8}}, backward_layer: {GRU: {units: 8, go_backwards: true}}}
  - Dense: {units: =classes}
train:
  epochs: 4
  optimizer:
    SGD:
      learning_rate: {CosineDecay: {initial_learning_rate: 0.1, decay_steps: 1000, alpha: 0.01}}
      momentum: 0.9
      nesterov: true
      clipnorm: 1.0
      gradient_accumulation_steps: 2
  loss: {SparseCategoricalCrossentropy: {from_logits: true}}
  metrics: [accuracy, SparseTopKCategoricalAccuracy: {k: 3, name: top_3}]
  choose: {monitor: val_accuracy, mode: max}
  class_weight: {cat: 1, dog: 2.5}
  regularize: {l1: 1e-5, l2: 1e-4}
  label_smoothing: 0
  precision: mixed_bfloat16
  steps_per_execution: 4
  jit_compile: false
  validate: {every_epochs: 2, every_steps: 100}
  callbacks:
    - EarlyStopping: {monitor: val_loss, patience: 3, min_delta: 0.001, mode: min}
    - CSVLogger: {filename: log.csv, append: false}
    - TerminateOnNaN
"""

#: A spec over another one, single values by their paths, and the words that stand for what kpipe chooses.
CHILD = """\
extends: digits.yaml
name: child
set:
  data.batch_size: 16
  train.optimizer.learning_rate: 0.01
  model.6.units: 10
train:
  loss: auto
  metrics: auto
  class_weight: balanced
  precision: float32
  jit_compile: auto
  choose: {monitor: last}
"""

#: The largest number of mutants in one spec; more hide each other, and have to be tried alone.
TOGETHER = 8
#: What stands for a value of each type; which are wrong for a value is decided by `is_right`.
WRONG = {"text": "wrong", "number": "-7", "mapping": "{wrong: 1}", "list": "[wrong]"}
#: Keys whose texts are names that users choose, or that only the data, the built model or the training can judge.
CHOSEN = {
    "name", "path", "train", "test", "target", "targets", "classes", "images", "params", "inputs", "outputs", "share",
    "index", "monitor", "objective", "filename", "extends", "except", "freeze", "former",
}  # fmt: skip
#: Numbers that may be negative.
SIGNED = {"scale", "offset", "axis", "min_delta"}


@dataclass(frozen=True)
class Token:
    """A name or a value of a spec: what it is, where it stands, and where in the text it is found."""

    kind: str
    path: tuple
    text: str
    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True)
class Mutant:
    """A change of one token of a spec."""

    kind: str
    token: Token
    written: str

    def __str__(self):
        path = ".".join(map(str, self.token.path))
        return f"{self.token.line}:{self.token.column}: {path}: {self.token.text!r} became {self.written!r}"


@dataclass(frozen=True)
class Outcome:
    """The problems of a mutant: all of them, and those at the place of the token."""

    mutant: Mutant
    problems: tuple
    at_place: tuple

    @property
    def is_meant(self):
        """Whether the suggestion is the right word; of the path in a `set:`, the right part."""
        right = self.mutant.token.text.split(".")
        wrong = self.mutant.written.split(".")
        part = next((one for one, other in zip(right, wrong, strict=False) if one != other), right[-1])
        return any(problem.suggestion in (self.mutant.token.text, part) for problem in self.at_place)

    @property
    def is_reported(self):
        """Whether it is reported at its place, a name with the right suggestion."""
        return bool(self.at_place) and (self.mutant.token.kind == "value" or self.is_meant)

    def __str__(self):
        said = "; ".join(map(str, self.problems)) or "nothing"
        return f"{self.mutant}; said: {said}"


def walk(node, path=()):
    """Every scalar of a composed document: whether it is a key, its node, its path."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield True, key, (*path, key.value)
            yield from walk(value, (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from walk(item, (*path, position))
    else:
        yield False, node, path


def scalars(text):
    return list(walk(yaml.compose(text, Loader=LOADER)))


def leaf(path):
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def is_chosen(path):
    """Whether a key is a name that its user chooses here, or one that only the data can judge."""
    match path:
        case ("vars", _) | ("blocks", _) | ("blocks", _, "params", int(), _):
            return True
        case ("train", "targets" | "class_weight", _) | ("data", "prepare", str()):
            return True
        case (*_, "Repeat", "each", _) | (*_, "Branches", "of", str()) | (*_, "Table", "images", _):
            return True
        case (*_, "inputs", str()):
            return True
    return False


def token(kind, path, node, text, word=None):
    """A token for a scalar, or for one word inside it."""
    start, end = node.start_mark.index, node.end_mark.index
    if word is None:
        word = node.value
    else:
        start += re.search(rf"\b{re.escape(word)}\b", text[start:end]).start()
        end = start + len(word)
    return Token(kind, path, word, node.start_mark.line + 1, node.start_mark.column + 1, start, end)


def names(text):
    """Every name of a spec that has to be the right one."""
    found = scalars(text)
    blocks = {path[1] for is_key, _, path in found if is_key and path[0] == "blocks" and len(path) == 2}
    for is_key, node, path in found:
        word = node.value
        in_list = isinstance(path[-2 if is_key else -1], int) if len(path) > 1 else False
        if is_key and is_chosen(path):
            continue
        if word.startswith("="):
            for name in names_in(parse(word[1:])):
                yield token("variable", path, node, text, name)
        elif not re.match("[A-Za-z]", word) or word in ("true", "false", "null"):
            continue
        elif in_list and word in blocks and leaf(path[:-1]) not in CHOSEN:
            yield token("block", path, node, text, word)
        elif CLASS_NAME.match(word):
            yield token("word of the language" if word in KEYWORDS else "class", path, node, text, word)
        elif is_key:
            yield token("key or argument", path, node, text, word)
        elif leaf(path) not in CHOSEN and path[0] != "vars" and "images" not in path[-2:-1]:
            yield token("word as a value", path, node, text, word)


@cache
def legal_everywhere():
    """The keywords of the language, and all names of classes and of what Keras makes objects from."""
    holders = [*sections().values(), Choose, Regularize, TargetOptions, Validate]
    words = {key for section in holders for key in fields(section)}
    words |= {*top_level(), *FILE_KEYS, *BLOCK_KEYS, *COMMON, *KEYWORDS, "classes", "channels", "input_shape"}
    words |= {argument for word in KEYWORDS.values() for argument in word.arguments}
    vocabulary = components.vocabulary()
    for kind in KINDS:
        words |= {*vocabulary.names(kind), *vocabulary.texts(kind)}
    return words


def legal_names(text):
    """What a name of this spec may become without being surely wrong: every name that it or its classes know."""
    words = set(legal_everywhere())
    for _, node, _ in scalars(text):
        words.add(node.value)
        if node.value.startswith("="):
            words |= set(names_in(parse(node.value[1:])))
        for kind in KINDS if CLASS_NAME.match(node.value) else ():
            known = components.vocabulary().find(kind, node.value)
            for name, argument in known.arguments.items() if known else ():
                words |= {name, *map(str, argument.choices or ())}
    return words


def misspelt(word, seed):
    """A word with a letter dropped, doubled, swapped with the next, changed: each at every place, in a drawn order."""
    chance = random.Random(seed)
    places = [place for place, letter in enumerate(word) if letter.isalnum()]
    chance.shuffle(places)
    for place in places:
        letter, rest = word[place], word[place + 1 :]
        alphabet = "0123456789" if letter.isdigit() else "abcdefghijklmnopqrstuvwxyz"
        other = chance.choice([entry for entry in alphabet if entry != letter.lower()])
        yield "dropped", word[:place] + rest
        yield "doubled", word[:place] + letter + letter + rest
        yield "swapped", word[:place] + rest[:1] + letter + rest[1:]
        yield "changed", word[:place] + (other.upper() if letter.isupper() else other) + rest


def misspelt_names(text):
    """A mutant of each kind for each name of a spec."""
    legal, before = legal_names(text), [(is_key, node.value) for is_key, node, _ in scalars(text)]
    for name in names(text):
        done = set()
        for kind, written in misspelt(name.text, f"{name.line}:{name.column}:{name.text}"):
            if kind in done or written in legal or not written or (name.kind == "variable" and written[0].isdigit()):
                continue
            mutant = Mutant(kind, name, written)
            after = [(is_key, node.value) for is_key, node, _ in scalars(mutated(text, [mutant]))]
            differing = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
            if len(after) == len(before) and len(differing) == 1 and differing[0][0][0] == differing[0][1][0]:
                done.add(kind)
                yield mutant


def is_right(path, kind):
    """Whether a value of this type is right at its place, or wrong only for the data, the model or the training."""
    match path:
        case ("name",) | (*_, "params", int()) | (*_, "index") if kind == "text":
            return True
        case (*_, "params", int()) | ("train", "class_weight") if kind == "mapping":
            return True  # a parameter with a default; weights by the names of classes
        case (*_, "inputs" | "outputs") | (*_, "inputs" | "outputs", int()) | (*_, "images", _):
            return True
        case (*_, "seed" | "target_shape", int()) | (*_, "seed"):
            return len(path) > 1 and kind == "number"
        case ("blocks", "basic", "params", _, "strides"):
            return True  # a default that every use of this block overrides
    name = leaf(path)
    if kind == "text":
        return name in CHOSEN - {"extends"}
    if kind == "number":
        return name in SIGNED or name == "target_shape"
    return kind == "list" and (name in ("targets", "classes") or "each" in path[-2:])


def mistyped_values(text):
    """A mutant of each wrong type for each value of a spec."""
    for is_key, node, path in scalars(text):
        if not is_key:
            value = token("value", path, node, text)
            for kind, written in WRONG.items():
                if not is_right(path, kind):
                    yield Mutant(kind, value, written)


def are_apart(one, other):
    """Whether two tokens are in different lines, and neither is inside of the other."""
    depth = min(len(one.path), len(other.path))
    return one.line != other.line and one.path[:depth] != other.path[:depth]


def grouped_apart(mutants):
    """Groups of mutants that are apart, in a drawn order, which is the same each time."""
    rest = list(mutants)
    random.Random(0).shuffle(rest)
    while rest:
        group, left = [], []
        for mutant in rest:
            fits = len(group) < TOGETHER and all(are_apart(mutant.token, other.token) for other in group)
            (group if fits else left).append(mutant)
        yield group
        rest = left


def mutated(text, mutants):
    """A spec with these mutants, whose places stay those of the spec: each is in a line of its own."""
    for mutant in sorted(mutants, key=lambda mutant: mutant.token.start, reverse=True):
        text = text[: mutant.token.start] + mutant.written + text[mutant.token.end :]
    return text


def problems_of(text, path):
    """Write a spec, read it, and return what is said."""
    path.write_text(text, encoding="utf-8")
    try:
        checked(path)
    except SpecError as error:
        return error.problems
    return ()


def outcome(mutant, problems, path, is_alone):
    """What of the problems of a spec is said about a mutant.

    At its place means: exactly there; for a collection there or inside it; if it is alone, for a variable of `vars` also
    at an expression that reads it, or where the place is named as that of the value.
    """
    line, column = mutant.token.line, mutant.token.column
    last = column + len(mutant.written) - 1 if mutant.kind in ("mapping", "list") else column

    def is_there(mark):
        return mark is not None and mark.file == str(path) and mark.line == line and column <= mark.column <= last

    def is_said(problem):
        if is_there(problem.mark) or not is_alone or mutant.token.kind != "value" or mutant.token.path[0] != "vars":
            return is_there(problem.mark)
        read = re.search(rf"cannot evaluate `=.*\b{mutant.token.path[1]}\b.*`", problem.message)
        return read is not None or any(is_there(link.mark) for link in problem.related)

    return Outcome(mutant, tuple(problems), tuple(filter(is_said, problems)))


def outcomes_of(text, path):
    """The outcome of each mutant of a spec."""
    mutants = [*misspelt_names(text), *mistyped_values(text)]
    found = {}
    for group in grouped_apart(mutants):
        problems = problems_of(mutated(text, group), path)
        found.update((mutant, outcome(mutant, problems, path, is_alone=len(group) == 1)) for mutant in group)
    for mutant, together in found.items():
        if not together.is_reported:
            found[mutant] = outcome(mutant, problems_of(mutated(text, [mutant]), path), path, is_alone=True)
    return [found[mutant] for mutant in mutants]


def texts():
    """The specs by name: those that are shipped, and those of this file.

    The architectures are excluded: they are many, and have no word that the others lack but in expressions of a block's
    parameters, whose problems are at the expression, with the use that led there.
    """
    shipped = {name: path for name, path in shipped_specs().items() if not name.startswith("architectures/")}
    found = {name: path.read_text(encoding="utf-8") for name, path in shipped.items()}
    house_prices = CHECKOUT / "tests" / "model" / "specs" / "house-prices.yaml"
    return found | {
        "house-prices": house_prices.read_text(encoding="utf-8"),
        "model": MODEL,
        "training": TRAINING,
        "child": CHILD,
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The shipped specs with their data, and all folders and files that a spec here names."""
    folder = tmp_path_factory.mktemp("mutants") / "pipelines"
    shutil.copytree(shipped_specs()["digits"].parent, folder)
    for images in ("cifar10", "images"):
        for part in ("train", "test"):
            for label in ("cat", "dog"):
                (folder / images / part / label).mkdir(parents=True)
    shutil.copy(folder / "data" / "houses.csv", folder / "houses.csv")
    return folder


@pytest.fixture(scope="module")
def outcomes(folder):
    """The problems of every mutant, by spec."""
    found = {}
    for name, text in texts().items():
        # Beside the spec, so that relative paths lead where they led.
        path = (folder / name).parent / "mutant.yaml"
        found[name] = outcomes_of(text, path)
    return found


def every(outcomes, of_names):
    return [one for found in outcomes.values() for one in found if (one.mutant.token.kind != "value") == of_names]


def shown(outcomes):
    """How many, how many at their place, how many with the right suggestion; as a line of a table."""
    places = sum(bool(one.at_place) for one in outcomes)
    line = f"{len(outcomes):6,} {places:6,} {places / len(outcomes):8.1%}"
    if outcomes[0].mutant.token.kind == "value":
        return line
    meant = sum(one.is_meant for one in outcomes)
    return f"{line} {meant:6,} {meant / len(outcomes):8.1%}"


def grouped(outcomes, key):
    groups = {}
    for one in outcomes:
        groups.setdefault(key(one), []).append(one)
    return groups


#: What the mutants do not reach: a part of a spec, the word that is reported at its place, and its suggestion.
SINGLE = {
    "a word of the language": ("model: [Residaul: {branch: [ReLU]}]", "Residaul", "Residual"),
    "a word of the language before layers that begin so": ("model: [Repea: {times: 2, of: [ReLU]}]", "Repea", "Repeat"),
    "what every item may have": ("model: [Flatten: {input: x}]", "input", "inputs"),
    "a word that stands for metrics": ("model: [Flatten]\ntrain: {metrics: aut}", "aut", "auto"),
    "a word of Python": (
        "vars: {width: 3}\nmodel: [Dense: {units: =with}]",
        "=with",
        "width",
    ),
    "a key of a block": ("blocks: {a: {layers: [ReLU], param: []}}\nmodel: [a]", "param", "params"),
    "a block's `name`": ("blocks: {a: {layers: [ReLU]}}\nmodel: [a: {name: -7}]", "-7", None),
    "`survival`": ("model: [Residual: {branch: [ReLU], survival: wrong}]", "wrong", None),
    "`inputs`": ("model: [ReLU: {inputs: -7}]", "-7", None),
    "unknown `outputs`": ("blocks: {a: {layers: [ReLU: {name: b}], outputs: c}}\nmodel: [a]", "c}", None),
    "an unknown block with a number": ("model: [wrong: 1]", "wrong", None),
}


@pytest.mark.parametrize("name", SINGLE)
def test_single_errors(folder, name):
    text, word, suggestion = SINGLE[name]
    text = f"name: known\ndata: {{source: Digits}}\n{text}\n"
    before = text[: text.index(word)]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    path = folder / "mutant.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        checked(path)
    assert (*place, suggestion) in [(p.mark.line, p.mark.column, p.suggestion) for p in caught.value.problems]


@pytest.mark.parametrize("name", texts())
def test_a_spec_without_mutation_is_right(folder, name):
    path = (folder / name).parent / "mutant.yaml"
    path.write_text(texts()[name], encoding="utf-8")
    checked(path)


def test_every_misspelled_name_is_reported_at_its_own_place(outcomes):
    assert [str(one) for one in every(outcomes, True) if not one.at_place] == []


def test_every_value_of_a_wrong_type_is_reported_at_its_own_place(outcomes):
    assert [str(one) for one in every(outcomes, False) if not one.at_place] == []


def test_nearly_every_misspelled_name_gets_the_right_one_as_suggestion(outcomes):
    found = every(outcomes, True)
    meant = sum(one.is_meant for one in found)
    assert meant >= 0.95 * len(found), [str(one) for one in found if not one.is_meant]


def test_the_metrics_are_large_enough_to_mean_something(outcomes):
    found, values = every(outcomes, True), every(outcomes, False)
    print(f"\n{'':24} mutants  there    share  meant    share")
    for title, chosen in (("all names", found), ("all values", values)):
        print(f"{title:24} {shown(chosen)}")
    tables = [
        *(grouped(found, lambda one: f"letter {one.mutant.kind}").items()),
        *(grouped(found, lambda one: one.mutant.token.kind).items()),
        *(grouped(values, lambda one: f"a wrong {one.mutant.kind}").items()),
        *((f"{name}: names", [one for one in of if one.mutant.token.kind != "value"]) for name, of in outcomes.items()),
    ]
    for title, chosen in tables:
        print(f"{title:24} {shown(chosen)}")
    for one in found:
        if not one.is_meant:
            print(f"not meant: {one.mutant}; suggested: {[problem.suggestion for problem in one.at_place]}")
    assert len(found) > 1500
    assert len(values) > 800
    assert Counter(one.mutant.kind for one in found).keys() == {"dropped", "doubled", "swapped", "changed"}
