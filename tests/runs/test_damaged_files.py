"""A damaged run opens with an older checkpoint and a notice, or is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.damage import DAMAGES, Damage, flip_a_bit, newest, one_sentence
from tests.runs.recorded import checkpoints
from vae_explorer.errors import RunError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.reading import read_object


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["model.safetensors", "state.json", "DONE.json"])
def test_that_a_damaged_file_of_the_newest_checkpoint_opens_the_older_one_with_a_notice(
    damage: Damage, name: str, folder: Path
) -> None:
    damage(newest(folder) / name)
    run = open_run(folder)
    assert run.newest[0].step == 5
    assert run.load_model().step == 5
    (notice,) = run.newest[1]
    assert "step-00000006" in notice
    assert notice.endswith("An older checkpoint was opened instead.")
    assert notice.isprintable()


@pytest.mark.parametrize("damage", DAMAGES)
def test_that_a_run_of_which_no_checkpoint_is_whole_is_refused_in_one_sentence(damage: Damage, folder: Path) -> None:
    for checkpoint in checkpoints(folder):
        damage(checkpoint / "model.safetensors")
    with pytest.raises(RunError, match=r"No checkpoint of the run .* is whole") as caught:
        open_run(folder).load_model()
    assert "model.safetensors" in one_sentence(caught.value)
    assert "opened instead" not in str(caught.value)


@pytest.mark.parametrize("damage", [item for item in DAMAGES if item is not flip_a_bit])
def test_that_a_damaged_header_is_refused_in_one_sentence(damage: Damage, folder: Path) -> None:
    damage(folder / "run.json")
    with pytest.raises(RunError) as caught:
        open_run(folder)
    assert "run.json" in one_sentence(caught.value)


def test_that_any_bit_flipped_in_the_header_is_refused_or_harmless(folder: Path) -> None:
    content = (folder / "run.json").read_bytes()
    opened = 0
    for position in range(0, len(content), 7):
        changed = bytearray(content)
        changed[position] ^= 1 << (position % 8)
        (folder / "run.json").write_bytes(changed)
        try:
            open_run(folder).load_model()
            opened += 1
        except RunError as error:
            one_sentence(error)
    assert opened < len(content) / 7


@pytest.mark.parametrize("damage", DAMAGES)
def test_that_a_damaged_metrics_log_or_hint_does_not_keep_a_run_from_opening(damage: Damage, folder: Path) -> None:
    damage(folder / "metrics.jsonl")
    damage(folder / "LATEST")
    run = open_run(folder)
    assert run.load_model().step == 6
    assert len(run.metrics) <= 8


def test_that_json_deeper_than_any_run_s_is_refused_before_it_is_printed(tmp_path: Path) -> None:
    for depth in (20, 40):
        (tmp_path / f"{depth}").write_bytes(b'{"a":' + b"[" * depth + b"]" * depth + b"}")
    read_object(tmp_path / "20", 1000)
    with pytest.raises(RunError, match="is nested more than 32 levels deep"):
        read_object(tmp_path / "40", 1000)
