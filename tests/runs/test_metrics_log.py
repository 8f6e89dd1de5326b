"""A log of metrics is read up to the first line that is torn or isn't a record."""

from __future__ import annotations

from pathlib import Path

import pytest

from vae_explorer.runs.metrics_log import MetricsLog, read_metrics
from vae_explorer.training.events import MetricRecord

RECORDS = tuple(
    MetricRecord(step, step / 3, "test" if step == 3 else "train", step / 7, {"loss": 200 / step, "kl": 0.1})
    for step in (1, 2, 3, 4)
)


def test_that_records_come_back_as_they_were(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "m")
    log.append(RECORDS[:2])
    log.append(RECORDS[2:])
    log.sync()
    log.close()
    found = read_metrics(tmp_path / "m")
    assert [(item.step, item.split, item.values) for item in found] == [
        (item.step, item.split, item.values) for item in RECORDS
    ]
    assert [item.seconds for item in found] == pytest.approx([item.seconds for item in RECORDS], abs=1e-3)


def test_that_a_log_torn_anywhere_gives_the_records_before(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "m")
    log.append(RECORDS)
    log.close()
    content = (tmp_path / "m").read_bytes()
    ends = [position + 1 for position, sign in enumerate(content) if sign == ord("\n")]
    for length in range(len(content) + 1):
        (tmp_path / "m").write_bytes(content[:length])
        assert len(read_metrics(tmp_path / "m")) == sum(end <= length for end in ends)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"step": 1}',
        b'{"step": -1, "epoch": 1, "split": "train", "seconds": 1, "values": {}}',
        b'{"step": 1, "epoch": NaN, "split": "train", "seconds": 1, "values": {}}',
        b'{"step": 1, "epoch": 1, "split": "train", "seconds": 1, "values": {"loss": Infinity}}',
        b'{"step": 1, "epoch": 1, "split": "train", "seconds": 1, "values": [1]}',
        b'{"step": 1e999, "epoch": 1, "split": "train", "seconds": 1, "values": {}}',
        b'{"step": 1, "epoch": 1, "split": "train", "seconds": 1, "values": {"a": ' + b"9" * 400 + b"}}",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda line: ascii(line[:40]),
)
def test_that_a_line_that_is_no_record_ends_the_log(line: bytes, tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "m")
    log.append(RECORDS[:2])
    log.close()
    good = (tmp_path / "m").read_bytes()
    (tmp_path / "m").write_bytes(good + line + b"\n" + good)
    assert len(read_metrics(tmp_path / "m")) == 2


def test_that_a_run_without_a_log_has_no_records(tmp_path: Path) -> None:
    assert read_metrics(tmp_path / "missing") == ()
