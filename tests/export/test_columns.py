"""Tables of columns, and what is written in them: metrics and paths."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from tests.export.plane_model import PlaneModel, with_classes
from vae_explorer.errors import ExportError
from vae_explorer.export.columns import csv_chunks, save_columns
from vae_explorer.export.metrics import save_metrics
from vae_explorer.export.path_table import PATH_COLUMNS, path_table
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.export.provenance import Provenance
from vae_explorer.training.events import MetricRecord


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_that_numbers_are_restored_exactly_and_missing_ones_are_empty(tmp_path: Path) -> None:
    values = np.array([0.1, 1 / 3, np.nan, -2.0])
    single = values.astype(np.float32)
    path = save_columns(tmp_path / "a.csv", {"x": values, "y": single, "none": None})
    rows = rows_of(path)
    assert [float(row["x"] or "nan") for row in rows] == pytest.approx(values, nan_ok=True, abs=0)
    assert [np.float32(row["y"] or "nan") for row in rows] == pytest.approx(
        values.astype(np.float32), nan_ok=True, abs=0
    )
    assert rows[3]["x"] == "-2"
    assert {row["none"] for row in rows} == {""}


def test_that_texts_that_look_like_formulas_are_harmless() -> None:
    text = b"".join(csv_chunks({"name": np.array(["=1+1", "plain", "-3"])})).decode()
    assert text.splitlines() == ["name", "'=1+1", "plain", "-3"]


def test_that_columns_of_other_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="a 2, b 3"):
        save_columns(tmp_path / "a.csv", {"a": np.zeros(2), "b": np.zeros(3)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_that_a_table_can_be_cancelled(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ExportCancelledError):
        save_columns(tmp_path / f"a{suffix}", {"a": np.zeros(9)}, cancelled=lambda: True)
    assert list(tmp_path.iterdir()) == []


def test_that_metrics_keep_records_with_other_terms_apart(tmp_path: Path) -> None:
    records = [
        MetricRecord(1, 0.5, "train", 0.1, {"loss": 3.0, "learning_rate": 0.001}),
        MetricRecord(2, 1.0, "test", 0.2, {"loss": 2.5, "error": 0.25}),
    ]
    rows = rows_of(save_metrics(tmp_path / "m.csv", records))
    assert list(rows[0]) == ["step", "epoch", "split", "seconds", "loss", "learning_rate", "error"]
    assert [row["error"] for row in rows] == ["", "0.25"]
    note = Provenance("metrics", run="a run")
    with np.load(save_metrics(tmp_path / "m.npz", records, note), allow_pickle=False) as table:
        assert Provenance.from_json(str(table["provenance"])) == note
        assert table["split"].tolist() == ["train", "test"]


def test_that_no_records_are_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no curves yet"):
        save_metrics(tmp_path / "m.csv", [])


def test_that_a_path_s_length_is_that_of_its_curve() -> None:
    table = path_table(PlaneModel(), [[2.0, 0.0], [0.0, 2.0]], frames=3, method="spherical")
    assert tuple(table) == PATH_COLUMNS
    length, z1 = table["length"], table["z1"]
    assert length is not None
    assert z1 is not None
    assert length == pytest.approx([0.0, np.pi / 2, np.pi], rel=1e-5)  # a quarter of a circle of radius 2
    assert z1[1] == pytest.approx(np.sqrt(2))
    assert table["label"] is None


def test_that_a_path_s_prior_is_that_of_the_model() -> None:
    model = with_classes("class-mean")
    table = path_table(model, [[0.0, 0.0], [1.0, 0.0]], frames=2, method="linear", labels=[0, 1])
    log_prior = table["log_prior"]
    means = np.asarray(model.class_means, dtype=float)
    wanted = np.log(np.mean(np.exp(-0.5 * ((means - [0, 0]) ** 2).sum(axis=1)) / (2 * np.pi)))
    assert log_prior is not None
    assert log_prior[0] == pytest.approx(wanted)


def test_that_a_path_of_a_model_that_is_told_classes_names_them() -> None:
    table = path_table(with_classes("label"), [[0.0, 0.0], [1.0, 0.0]], frames=5, method="linear", labels=[2, 1])
    labels = table["label"]
    assert labels is not None
    assert labels.tolist()[0] == 2
    assert labels.tolist()[-1] == 1
