"""The experiment: everything that determines a run, in one frozen value."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vae_explorer.config import Config, from_dict, settings_of, to_dict, with_text
from vae_explorer.errors import SettingError, printable
from vae_explorer.language import marked, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import ObjectiveConfig, ObjectiveEntry
from vae_explorer.registry import unknown_name
from vae_explorer.sections import DataConfig, ModelConfig, TrainingConfig
from vae_explorer.training.schedules import MOST_RISE, SCALED_RISE

_TITLES = {
    "data": marked("Data"),
    "model": marked("Model"),
    "objective": marked("Objective"),
    "training": marked("Training"),
}


def _default_objective() -> ObjectiveConfig:
    return next(iter(OBJECTIVES)).config_type()


@dataclass(frozen=True, slots=True)
class Experiment:
    """Data, model, objective and training of one run."""

    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    objective: ObjectiveConfig = field(default_factory=_default_objective)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    @property
    def objective_entry(self) -> ObjectiveEntry:
        """The entry of the objective in the list of objectives."""
        return OBJECTIVES.get(self.objective.name)

    @property
    def averages_weights(self) -> bool:
        """Whether what is shown, measured and kept is the mean of the weights over the last steps."""
        return self.training.average and "training.average" not in self.objective_entry.unused

    @property
    def most_rise(self) -> int:
        """Most steps over which the learning rate rises at the start: few from first weights that are scaled."""
        is_scaled = self.model.start == "scaled" and "model.start" not in self.objective_entry.unused
        return SCALED_RISE if is_scaled else MOST_RISE

    def sections(self) -> Iterable[tuple[str, str, Config]]:
        """Yield name, title and settings of each section, in the order in which a user meets them."""
        for item in dataclasses.fields(self):
            yield item.name, _TITLES[item.name], getattr(self, item.name)

    def with_objective(self, name: str) -> Experiment:
        """Return the experiment with another objective; settings of the same name that were changed keep their values.

        Raises
        ------
        SettingError
            If there is no objective of this name.
        """
        config_type = OBJECTIVES.get(name).config_type
        names = {item.name for item in settings_of(config_type)}
        defaults = to_dict(type(self.objective)())
        values = to_dict(self.objective).items()
        kept = {key: value for key, value in values if key in names and value != defaults[key]}
        return dataclasses.replace(self, objective=from_dict(config_type, kept))

    def with_setting(self, path: str, text: str) -> Experiment:
        """Return the experiment with one setting such as ``training.epochs`` replaced by what `text` stands for.

        Raises
        ------
        SettingError
            If there is no such setting or the text is no value of it.
        """
        section, _, name = path.partition(".")
        if section not in _TITLES or not name:
            raise SettingError(unknown_name(tr("setting"), path, (f"{key}.…" for key in _TITLES)))
        return dataclasses.replace(self, **{section: with_text(getattr(self, section), name, text)})

    def to_dict(self) -> dict[str, dict[str, object]]:
        """Return all settings by section and name, ready for JSON; the objective's name is among its settings."""
        values: dict[str, dict[str, object]] = {name: dict(to_dict(config)) for name, _, config in self.sections()}
        values["objective"] = {"name": self.objective.name, **values["objective"]}
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Experiment:
        """Build an experiment from what `to_dict` gave; sections that are left out take their defaults.

        Raises
        ------
        SettingError
            If a section, a name or a value is wrong.
        """
        for name in values:
            if name not in _TITLES:
                raise SettingError(unknown_name(tr("section of settings"), str(name), _TITLES))
        objective = dict(_section(values, "objective"))
        objective_name = objective.pop("name", _default_objective().name)
        if not isinstance(objective_name, str):
            raise SettingError(
                tr(
                    "The setting objective.name is {objective_name}, but it must be a text.",
                    objective_name=printable(objective_name, 60),
                )
            )
        objective_name = _present_name(objective_name, objective)
        return cls(
            data=from_dict(DataConfig, _section(values, "data")),
            model=from_dict(ModelConfig, _whole_model(_section(values, "model"))),
            objective=from_dict(OBJECTIVES.get(objective_name).config_type, objective),
            training=from_dict(TrainingConfig, _whole_training(_section(values, "training"))),
        )


def _present_name(name: str, settings: Mapping[str, object]) -> str:
    """Return what an objective is called now: the VAE of version 0.1.0 had a beta, like the beta-VAE of today."""
    return "beta-vae" if name == "vae" and "beta" in settings else name


def _whole_model(settings: Mapping[str, object]) -> Mapping[str, object]:
    """Return the settings of the networks with what was done before there was a setting for it."""
    return {"start": "drawn", **settings} if settings else settings


def _whole_training(settings: Mapping[str, object]) -> Mapping[str, object]:
    """Return the settings of training with what was done before there was a setting for it."""
    return {"average": False, "average_reach": 8, "beta2": 0.999, **settings} if settings else settings


def _section(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = values.get(name, {})
    if not isinstance(section, Mapping):
        raise SettingError(tr("The section {name} of the settings must hold names and values.", name=name))
    return section
