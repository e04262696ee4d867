"""Docstrings say all that a user has to know, and stand in the API reference once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.package.public_names import Item, constants, defined, public_items

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
ITEMS = list(public_items())
# Each once, however many classes inherit it.
MEMBERS = list(
    {
        (member.owner, member.name.rpartition(".")[2]): member
        for item in ITEMS
        for member in item.members
    }.values()
)

# These refuse nothing by themselves: they look something up, store a number, or hand on a call.
RAISE_NOTHING = {
    "_threads.get_num_threads",
    "index_shuffle.IndexShuffle.count",
    "samplers.batch.BatchSampler.set_epoch",
    "samplers.ranked.RankedSampler.set_epoch",
    "samplers.wrapper.DistributedSamplerWrapper.set_epoch",
    "integrations.accelerate_sampler.SeedableRandomSampler.like",
    "integrations.accelerate_shard.BatchSamplerShard.set_epoch",
    "integrations.accelerate_shard.SkipBatchSampler",
    "integrations.accelerate_shard.SkipBatchSampler.set_epoch",
    "integrations.lightning_sampler.DistributedSamplerWrapper.set_epoch",
}
# A setting, figures, and what changes a loader or Trainer that is there.
COST_NOTHING = {
    "set_num_threads",
    "get_num_threads",
    "adapt",
    "skip_first_batches",
    "prepare_data_loader",
    "TrainerMixin",
    "SkipBatchSampler",
}
# Of nobody's making but ours.
HAVE_NO_SOURCE = {"set_num_threads", "get_num_threads", "compare_strategies"}

COST = re.compile(
    r"O\([\w\s/+*.]+\)|\b[Mm]emory\b(?! maps?)|\b[Ww]ork\b|\bns\b|\bbytes?\b|nanosecond|microsecond"
)
ARRAYS = re.compile(r"\barray\b|\b[Tt]ensor\b|sequence of (int|float)")
DTYPES = re.compile(r"dtype|int64|float|integers?\b|bool")
ENTRY = re.compile(r"^((?:\*{0,2}\w+)(?:, \*{0,2}\w+)*)(?: \((.*?)\))?: ")


def section_of(text: str, name: str) -> str:
    """The lines of a section, without their indentation of 4."""
    found = re.search(rf"^{name}:\n((?:    .*\n|\n)*)", text + "\n", re.MULTILINE)
    return re.sub(r"^    ", "", found[1], flags=re.MULTILINE).strip() if found else ""


def entries_of(section: str) -> dict[str, tuple[str, str]]:
    """What Args or Attributes say: name -> (type, text)."""
    entries: dict[str, tuple[str, str]] = {}
    for part in re.split(r"\n(?! )", section):
        match = ENTRY.match(part)
        for name in match[1].split(", ") if match else ():
            entries[name.lstrip("*")] = (match[2] or "", part[match.end() :])
    return entries


def problems_of(item: Item) -> list[str]:
    """What a docstring lacks."""
    text = item.text
    if not text:
        return ["no docstring"]
    if item.kind == "property":
        return property_problems(text)
    found = [*unreadable(text, "Args"), *unreadable(text, "Attributes")]
    if item.kind == "dataclass":
        entries = entries_of(section_of(text, "Attributes"))
        return found + [
            f"{name} is not described" for name in item.parameters if name not in entries
        ]
    return found + parameter_problems(item) + [f"no {part}" for part in missing_parts(item)]


def property_problems(text: str) -> list[str]:
    head, colon, _ = text.partition("\n")[0].partition(": ")
    if colon and not re.fullmatch(r"\w+\[.*\]", head):
        return [f"Sphinx takes {head!r} for a type: no colon in a property's first line"]
    return []


def unreadable(text: str, section: str) -> list[str]:
    """Entries that are not of the form ``names (type): text``, the names and type on one line."""
    parts = re.split(r"\n(?! )", section_of(text, section))
    lines = [part.partition("\n")[0] for part in parts if part and not ENTRY.match(part)]
    return [f"Sphinx cannot read the entry {line!r}" for line in lines]


def parameter_problems(item: Item) -> list[str]:
    entries = entries_of(section_of(item.text, "Args"))
    described = set(entries)
    if item.kind == "method" and not entries:  # which may say it in a sentence
        described = set(re.findall(r"``(\w+)``", item.text))
    found = [f"{name} is not described" for name in item.parameters if name not in described]
    arrays = {name: entry for name, entry in entries.items() if ARRAYS.search(entry[0])}
    found += [f"{name}: no shape" for name, (_, said) in arrays.items() if "shape" not in said]
    found += [
        f"{name}: no dtype"
        for name, (kind, said) in arrays.items()
        if not DTYPES.search(f"{kind} {said}")
    ]
    return found


def missing_parts(item: Item) -> list[str]:
    text, short = item.text, item.name.rpartition(".")[2]
    is_whole = item.kind in ("class", "function")
    says_errors = section_of(text, "Raises") or re.search(r"\w+Error if\b", text)
    needed = {
        "Returns": item.kind == "function"
        and item.returns
        and item.parameters
        and not section_of(text, "Returns"),
        "Raises": (is_whole or item.parameters)
        and defined_as(item) not in RAISE_NOTHING
        and not says_errors,
        "work or memory": is_whole and short not in COST_NOTHING and not COST.search(text),
        "Source": is_whole
        and short not in HAVE_NO_SOURCE
        and not re.search(r"(?:^|\. )Source: ", text, re.MULTILINE),
    }
    return [part for part, is_missing in needed.items() if is_missing]


def defined_as(item: Item) -> str:
    """Where it stands in the source: of an inherited method, in the class that has it."""
    if item.kind in ("method", "property"):
        return f"{item.owner}.{item.name.rpartition('.')[2]}"
    return item.owner


def name_of(item: Item) -> str:
    return item.name


@pytest.mark.parametrize("item", ITEMS, ids=name_of)
def test_docstring_is_complete(item):
    assert problems_of(item) == []


@pytest.mark.parametrize("item", MEMBERS, ids=lambda item: defined_as(item))
def test_docstring_of_a_member_is_complete(item):
    assert problems_of(item) == []


def directives() -> list[str]:
    """The names that the pages of the reference document."""
    text = "".join(page.read_text(encoding="utf-8") for page in sorted(REFERENCE.glob("*.md")))
    return re.findall(r"^\.\. (?:auto\w+|py:data):: ([\w.]+)", text, re.MULTILINE)


def missing_from(documented: list[str]) -> list[str]:
    """Public names that the pages lack, or have twice."""
    counts = Counter(documented)
    wrong = [name for name in {item.name for item in ITEMS} | constants() if counts[name] != 1]
    owners = set()
    for name in documented:
        module, _, short = name.removeprefix("fastsamplers.").rpartition(".")
        found = defined(module, short)
        if found is not None:
            owners.add(f"{found[0]}.{found[1].name}")
    return sorted(wrong + [item.name for item in MEMBERS if item.owner not in owners])


def test_everything_stands_in_the_reference_once():
    assert missing_from(directives()) == []


def test_the_reference_has_nothing_else():
    shared = {"StreamSampler", "WeightedSource", "RankedSampler", "PlannedBatchSampler"}
    known = {item.name for item in ITEMS} | constants()
    assert {name.rpartition(".")[2] for name in directives() if name not in known} == shared


def test_there_is_as_much_as_there_should_be():
    # A rule that reads nothing would be met by everything.
    assert len(ITEMS) > 30
    assert len(MEMBERS) > 25
    assert {item.kind for item in ITEMS + MEMBERS} == {
        *("class", "dataclass", "function", "method", "property")
    }


def item_named(name: str) -> Item:
    (item,) = (item for item in ITEMS + MEMBERS if item.name == name)
    return item


COMPLETE = item_named("fastsamplers.functional.pack")


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (COMPLETE.text, "no docstring"),
        ("Args:\n", "lengths is not described"),
        ("capacity (int)", "capacity is not described"),
        ("shape (n,), n < 2**32, ", "lengths: no shape"),
        ("Returns:\n", "no Returns"),
        ("Raises:\n", "no Raises"),
        ("Source: ", "no Source"),
        (": of a bin", "capacity is not described"),
    ],
)
def test_what_is_removed_is_missed(part, problem):
    assert problems_of(COMPLETE) == []
    assert problem in problems_of(COMPLETE.without(part))


def test_cost_that_is_removed_is_missed():
    _, start, paragraph = COMPLETE.text.partition("10-30 ns")
    cut = COMPLETE.without(start + paragraph.partition("Source")[0]).without("before any work, ")
    assert problems_of(cut) == ["no work or memory"]


def test_a_property_that_sphinx_would_misread_is_noticed():
    efficiency = item_named("fastsamplers.PackedBatchSampler.efficiency")
    assert problems_of(efficiency) == []
    wrong = Item(**{**vars(efficiency), "text": "How full bins are: a ratio."})
    assert problems_of(wrong)


@pytest.mark.parametrize("name", ["fastsamplers.RandomSampler", "fastsamplers.planning.STRATEGIES"])
def test_what_the_reference_lacks_is_missed(name):
    names = directives()
    assert name in missing_from([each for each in names if each != name])
    assert name in missing_from([*names, name])


def test_members_that_the_reference_lacks_are_missed():
    shared = "fastsamplers.samplers.stream.StreamSampler"
    lacking = missing_from([name for name in directives() if name != shared])
    assert any(name.endswith(".seek") for name in lacking)
