"""Watching a training for known diseases, so that each is told once a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vae_explorer.latent.diseases import diseases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vae_explorer.training.events import MetricRecord, Progress, TrainingFinished

FIRST_SHARE = 1 / 3
"""Share of the steps before which nothing is called a disease: every KL starts at 0."""

_NUMBER = re.compile(r"\d+\.\d+")


class HealthWatch:
    """Hears the test metrics of one run and says what is new about its health."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def begin(self) -> None:
        """Forget what was told: another run begins."""
        self._told.clear()

    def hear(self, records: Iterable[MetricRecord], progress: Progress) -> tuple[str, ...]:
        """Return one sentence for each disease in new records that hasn't been told in this run."""
        tests = [record.values for record in records if record.split == "test"]
        return self._news(tests[-1]) if tests and _is_late(progress) else ()

    def conclude(self, outcome: TrainingFinished) -> tuple[str, ...]:
        """Return one sentence for each disease at the end that hasn't been told; a training stopped early has none."""
        ripe = outcome.reason == "completed" or _is_late(outcome.progress)
        return self._news(outcome.test) if ripe else ()

    def _news(self, values: Mapping[str, float]) -> tuple[str, ...]:
        # What is said of grey levels belongs to measuring: as a warning it would greet every default training.
        found = diseases(values, likelihood_kind=None)
        # The same disease comes back with other numbers.
        names = [_NUMBER.sub("", text) for text in found]
        news = tuple(text for text, name in zip(found, names, strict=True) if name not in self._told)
        self._told.update(names)
        return news


def _is_late(progress: Progress) -> bool:
    return progress.step >= FIRST_SHARE * progress.total_steps
