"""Tables of latents: every value comes back, and no class name becomes a formula or breaks a line."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import ExportError
from vae_explorer.export.columns import safe_cell
from vae_explorer.export.latents import latent_table
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.export.provenance import Provenance
from vae_explorer.export.tables import COLUMNS, LatentTable, save_latents

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("plain", 'with "quotes", commas', "two\nlines", "=1+1", "中文")


def table(count: int = 10, *, labels: bool = True, noise: bool = True) -> LatentTable:
    generator = np.random.default_rng(0)
    mean, log_var = generator.standard_normal((2, count, 2)).astype(np.float32)
    return LatentTable(
        mean,
        log_var if noise else None,
        np.arange(count, dtype=np.int64)[::-1].copy(),
        ["train"] * (count - 2) + ["test"] * 2,
        np.arange(count, dtype=np.int64) % 5 if labels else None,
        NAMES if labels else (),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_that_a_csv_table_gives_back_every_number_exactly(tmp_path: Path) -> None:
    made = table(9000)
    read = rows(save_latents(tmp_path / "latents.csv", made))
    assert tuple(read[0]) == COLUMNS
    assert len(read) == 9000
    numbers = np.array([[row["z1"], row["z2"], row["sigma1"], row["sigma2"]] for row in read]).astype(np.float32)
    assert (numbers[:, :2] == made.mean).all()
    assert made.log_var is not None
    assert (numbers[:, 2:] == np.exp(made.log_var / 2)).all()
    assert [int(row["row"]) for row in read] == made.rows.tolist()
    assert [row["split"] for row in read] == list(made.splits)


def test_that_class_names_keep_commas_quotes_and_new_lines_and_lose_the_power_of_formulas(tmp_path: Path) -> None:
    read = rows(save_latents(tmp_path / "latents.csv", table()))
    assert [row["class"] for row in read[:5]] == ["plain", 'with "quotes", commas', "two\nlines", "'=1+1", "中文"]
    assert [row["label"] for row in read[:5]] == ["0", "1", "2", "3", "4"]


@given(name=st.text())
def test_that_no_text_starts_a_formula_unless_it_is_a_number(name: str) -> None:
    cell = safe_cell(name)
    if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        float(cell)
    assert cell in {name, "'" + name}


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1+1"])
def test_that_texts_which_spreadsheets_run_get_an_apostrophe(name: str) -> None:
    assert safe_cell(name) == "'" + name


@pytest.mark.parametrize("name", ["-1", "+3.5", "cat", "a=b", ""])
def test_that_numbers_and_plain_words_are_left_as_they_are(name: str) -> None:
    assert safe_cell(name) == name


def test_that_data_without_labels_and_encoders_without_noise_leave_cells_empty(tmp_path: Path) -> None:
    row = rows(save_latents(tmp_path / "latents.csv", table(labels=False, noise=False)))[0]
    assert (row["label"], row["class"], row["sigma1"], row["sigma2"]) == ("", "", "", "")


def test_that_the_correlation_of_full_posteriors_is_written_and_independence_is_a_zero(tmp_path: Path) -> None:
    plain = table()
    rho = np.linspace(-0.9, 0.9, 10).astype(np.float32)
    full = replace(plain, correlation=rho)
    read = rows(save_latents(tmp_path / "full.csv", full))
    assert (np.array([row["correlation"] for row in read]).astype(np.float32) == rho).all()
    with np.load(save_latents(tmp_path / "full.npz", full)) as arrays:
        assert (arrays["correlation"] == rho).all()
    assert {row["correlation"] for row in rows(save_latents(tmp_path / "plain.csv", plain))} == {"0"}
    noiseless = replace(table(noise=False), correlation=rho)
    assert {row["correlation"] for row in rows(save_latents(tmp_path / "point.csv", noiseless))} == {""}


def test_that_labels_without_names_stand_for_themselves(tmp_path: Path) -> None:
    made = table()
    nameless = LatentTable(made.mean, made.log_var, made.rows, made.splits, made.labels)
    assert [row["class"] for row in rows(save_latents(tmp_path / "latents.csv", nameless))[:3]] == ["0", "1", "2"]


def test_that_a_name_which_is_no_text_is_written_as_an_escape(tmp_path: Path) -> None:
    made = LatentTable(
        np.zeros((1, 2), np.float32), None, np.zeros(1, np.int64), ["test"], np.zeros(1, np.int64), ["\udcff"]
    )
    assert rows(save_latents(tmp_path / "latents.csv", made))[0]["class"] == "\\udcff"


def test_that_an_npz_file_has_every_column_and_the_note_without_pickle(tmp_path: Path) -> None:
    made = table()
    note = Provenance("latents", seed=4)
    with np.load(save_latents(tmp_path / "latents.npz", made, note), allow_pickle=False) as read:
        assert set(read.files) == {*COLUMNS, "provenance"}
        assert (np.stack([read["z1"], read["z2"]], axis=1) == made.mean).all()
        assert read["class"].tolist() == [NAMES[i % 5] for i in range(10)]
        assert json.loads(str(read["provenance"]))["seed"] == 4


def test_that_an_npz_file_without_labels_leaves_their_columns_out(tmp_path: Path) -> None:
    with np.load(save_latents(tmp_path / "latents.npz", table(labels=False))) as read:
        assert set(read.files) == set(COLUMNS) - {"label", "class"}


def test_that_a_cancelled_table_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "latents.csv"
    path.write_text("old")
    parts: list[float] = []
    with pytest.raises(ExportCancelledError):
        save_latents(path, table(9000), progress=parts.append, cancelled=lambda: len(parts) > 1)
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_that_another_suffix_is_refused_with_those_allowed(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"\.csv \(CSV table\) or \.npz"):
        save_latents(tmp_path / "latents.xlsx", table())


def test_that_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ExportError, match="table of 3"):
        LatentTable(np.zeros((3, 2), np.float32), None, np.zeros(2, np.int64), ["test"] * 3)


@dataclass
class Halves:
    """An encoder that places each image at its first two pixels."""

    def encode(self, images: np.ndarray, labels: np.ndarray | None = None) -> Posteriors:
        count = len(images)
        correlation = np.full(count, 0.25, np.float32)
        return Posteriors(images[:, 0, 0, :2].astype(np.float32), np.zeros((count, 2), np.float32), correlation)


@dataclass
class Posteriors:
    mean: np.ndarray
    log_var: np.ndarray
    correlation: np.ndarray


def test_that_a_table_of_a_data_set_names_the_split_and_the_row_in_the_source_of_each_image() -> None:
    images = np.arange(5 * 64, dtype=np.uint8).reshape(5, 1, 8, 8)
    dataset = ImageDataset(
        name="five",
        images=images.copy(),
        labels=np.array([0, 1, 0, 1, 1]),
        class_names=("a", "b"),
        train_count=3,
        source_rows=np.array([4, 2, 0, 1, 3]),
    )
    made = latent_table(Halves(), dataset)
    assert made.splits == ["train", "train", "train", "test", "test"]
    assert made.rows.tolist() == [4, 2, 0, 1, 3]
    assert (made.mean == images[:, 0, 0, :2]).all()
    assert (made.sigma == 1).all()
    assert (made.rho == 0.25).all()
    assert made.class_name(1) == "b"
