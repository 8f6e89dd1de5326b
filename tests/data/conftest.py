"""What tests of data share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.data.getting import CONTENT
from tests.loopback import Loopback, trusted


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """A server with two files whose certificate is trusted."""
    with trusted(tmp_path, monkeypatch) as made:
        made.files.update(CONTENT)
        yield made
