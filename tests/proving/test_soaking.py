"""A short soak leaves nothing behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proving._usage import usage
from tests.proving.soaking import Report, Soak

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication


@pytest.mark.slow
def test_that_windows_which_train_explore_and_export_leave_no_object_thread_or_descriptor(
    tmp_path: Path, qapp: QApplication
) -> None:
    report = Report(seed=1)
    soak = Soak(tmp_path, report)
    soak.window(lambda: True)
    before = usage()
    soak.window(lambda: True)
    after = usage()
    assert report.problems == []
    assert (report.windows, report.trainings) == (2, 2)
    assert (after.widgets, after.threads, after.descriptors) == (before.widgets, before.threads, before.descriptors)
    assert after.objects <= before.objects + 1
