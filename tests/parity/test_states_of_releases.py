"""States that released versions have written go on in the present one: tests/data/states."""

from __future__ import annotations

import copy
import json
from importlib.metadata import version
from pathlib import Path

import pytest

import fastsamplers
from release import states

VERSION = version("fastsamplers")
RELEASES = sorted(states.FOLDER.iterdir())
KEPT = [
    pytest.param(kept, id=f"{folder.name}-{kept['make']['class']}-{k}")
    for folder in RELEASES
    for k, kept in enumerate(states.of_release(folder))
]


@pytest.mark.filterwarnings("ignore:.* for the second time, which gives the order")
@pytest.mark.parametrize("kept", KEPT)
def test_a_state_leads_on(kept: states.Record) -> None:
    rest, following = states.resumed(kept)
    assert rest == kept["rest"]
    assert following == kept["next pass"]
    assert rest or following


def test_the_present_version_has_its_states() -> None:
    """`python -m release.states` makes them, before a release."""
    made = {kept["make"]["class"] for kept in states.of_release(states.FOLDER / VERSION)}
    have = {name for name in fastsamplers.__all__ if name.endswith(("Sampler", "Wrapper"))}
    assert made == have | {"DataLoader"}


def test_what_a_release_has_written_is_never_written_again(tmp_path: Path) -> None:
    (tmp_path / "SequentialSampler.json").write_text("[]")
    with pytest.raises(FileExistsError):
        states.write(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["[]"]


def test_a_state_survives_its_file() -> None:
    """The same bytes of a generator's state, and nothing that JSON would change."""
    kept = states.record({"class": "RandomSampler", "arguments": {
        "data_source": {"range": 9}, "generator": {"generator": 6}}}, 2)  # fmt: skip
    again = json.loads(json.dumps(kept["state"]))
    assert states.encoded(states.decoded(again)) == kept["state"]
    assert states.decoded(again)["generator"].numel() == 5056
    with pytest.raises(TypeError, match=r"0\.5 is not what states are made of"):
        states.encoded({"position": 0.5})


@pytest.mark.parametrize("name", ["RandomSampler", "BucketBatchSampler", "DataLoader"])
def test_another_position_is_another_rest(name: str) -> None:
    kept = next(
        copy.deepcopy(kept)
        for kept in states.of_release(states.FOLDER / VERSION)
        if kept["make"]["class"] == name and kept["place"] == 3
    )
    state = kept["state"].get("sampler", kept["state"])
    state["position"] += 4 if name == "DataLoader" else 1
    rest, _ = states.resumed(kept)
    # Long ones are cut at the end.
    assert len(rest) > 5
    assert rest[: len(kept["rest"]) - 1] == kept["rest"][1:]
