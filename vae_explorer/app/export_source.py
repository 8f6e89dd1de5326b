"""What an export says of where it comes from: the run, its settings, and what was chosen on the plane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vae_explorer.app.choices import Rows
from vae_explorer.app.frozen_json import to_json

if TYPE_CHECKING:
    from vae_explorer.app.choices import PlaneChoices
    from vae_explorer.app.model import Model
    from vae_explorer.app.session import Session
    from vae_explorer.export.provenance import Provenance

CHOICES = "choices"
"""Under this name the note tells what was chosen on the plane."""
_HEAVIEST = 2**16
"""Bytes of selected and hidden rows that a note takes in: more would make pictures larger than they are."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an export comes from.

    Attributes
    ----------
    experiment
        The experiment as ``Experiment.to_dict`` gives it.
    run
        Name of the run's folder, "" before there is one.
    chosen
        What was chosen on the plane, as JSON.
    """

    experiment: Mapping[str, object] = field(default_factory=dict)
    run: str = ""
    chosen: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session) -> Source:
        """Return where an export of this session comes from."""
        step = 0 if session.model_info is None else session.model_info.step
        experiment = (session.steering.in_force(step) or session.experiment).to_dict()
        return cls(experiment, "" if session.run is None else session.run.name, _as_json(session.choices))

    def note(self, kind: str, model: Model, view: Mapping[str, object]) -> Provenance:
        """Return the note on what made a file, to be written into it."""
        from vae_explorer.export.provenance import Provenance

        told = {**view, CHOICES: dict(self.chosen)}
        return Provenance.of(kind, model, experiment=self.experiment, view=told, run=self.run)


def _as_json(choices: PlaneChoices) -> Mapping[str, object]:
    light = choices if choices.weight <= _HEAVIEST else replace(choices, selected=Rows(), hidden=Rows())
    values = to_json(light)
    # Where a second run lies is nobody else's business.
    return {name: value for name, value in values.items() if name != "comparison"} if isinstance(values, dict) else {}
