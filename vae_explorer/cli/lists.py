"""The commands that list what there is: data, objectives, settings."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from vae_explorer.cli.reporting import show, show_json, show_table
from vae_explorer.config import Setting, settings_of
from vae_explorer.data.allowance import Allowance
from vae_explorer.language import listed, tr
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.data.catalogue import Source
    from vae_explorer.data.dataset import ImageDataset


def data_list(chosen: argparse.Namespace) -> int:
    """List data sets by name, and the formats of files."""
    from vae_explorer.data.catalogue import READERS, SOURCES

    if chosen.json:
        sources = [_source(source) for source in SOURCES]
        readers = [
            {"name": reader.name, "title": reader.title, "suffixes": list(reader.suffixes)} for reader in READERS
        ]
        show_json({"data": sources, "formats": readers})
        return 0
    show_table([(source.name, tr(source.summary), _place(source)) for source in SOURCES])
    show("")
    show(tr("vae-explorer download NAME gets those that aren't here yet. Or the path of a file or folder:"))
    show_table([(tr(reader.title), listed(reader.suffixes)) for reader in READERS])
    return 0


def data_show(chosen: argparse.Namespace) -> int:
    """Load a data set and say what is in it."""
    from vae_explorer.data.catalogue import load

    config = dataclasses.replace(Experiment().data, source=chosen.data)
    dataset = load(config)
    facts = _facts(dataset)
    if chosen.json:
        show_json(facts)
        return 0
    for name, value in facts.items():
        show(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
    return 0


def objectives(chosen: argparse.Namespace) -> int:
    """List the objectives with their formulas."""
    if chosen.json:
        names = ("name", "title", "summary", "formula", "reference", "needs_labels")
        show_json({"objectives": [{name: getattr(entry, name) for name in names} for entry in OBJECTIVES]})
        return 0
    for entry in OBJECTIVES:
        show(f"{entry.name}: {tr(entry.title)} ({tr(entry.reference)})")
        show(f"    {tr(entry.summary)}")
        show(f"    {tr(entry.formula)}")
    return 0


def settings(chosen: argparse.Namespace) -> int:
    """List all settings of an experiment, and the limits of files, with their defaults and ranges."""
    experiment = Experiment()
    if chosen.objective is not None:
        experiment = experiment.with_objective(chosen.objective)
    found = [(name, item) for name, _, config in experiment.sections() for item in settings_of(type(config))]
    limits = [(Allowance.section, item) for item in settings_of(Allowance)]
    if chosen.json:
        kinds = {"settings": found, "limits": limits}
        show_json({kind: [_as_object(section, item) for section, item in each] for kind, each in kinds.items()})
        return 0
    for section, item in (*found, *limits):
        declared = item.declaration
        show(f"{section}.{item.name} = {_text(item.default)}   {_allowed(item)}".rstrip())
        show(f"    {tr(declared.label)}. {tr(declared.help)}")
    return 0


def _source(source: Source) -> dict[str, object]:
    from vae_explorer.data.download_folder import folder_of, is_here

    told: dict[str, object] = {"name": source.name, "title": source.title, "summary": source.summary}
    wanted = source.download
    if wanted is None:
        return {**told, "here": True}
    return {
        **told,
        "here": is_here(wanted),
        "bytes": wanted.size,
        "licence": wanted.licence,
        "terms": wanted.terms,
        "folder": str(folder_of(wanted)),
    }


def _place(source: Source) -> str:
    from vae_explorer.data.download_folder import is_here
    from vae_explorer.data.limits import byte_size

    wanted = source.download
    if wanted is None:
        return ""
    if is_here(wanted):
        return tr("downloaded, {licence}", licence=tr(wanted.licence))
    return tr("{size} to download, {licence}", size=byte_size(wanted.size), licence=tr(wanted.licence))


def _facts(dataset: ImageDataset) -> dict[str, object]:
    return {
        "name": dataset.name,
        "images": len(dataset),
        "train": len(dataset.train),
        "test": len(dataset.test),
        "height": dataset.height,
        "width": dataset.width,
        "channels": dataset.channels,
        "classes": dataset.classes,
        "class_names": list(dataset.class_names),
        "sha256": dataset.sha256,
        "description": dataset.description,
        "licence": dataset.licence,
        "notes": list(dataset.notes),
    }


def _as_object(section: str, item: Setting) -> dict[str, object]:
    declared = item.declaration
    return {
        "name": f"{section}.{item.name}",
        "type": item.type.__name__,
        "default": list(item.default) if isinstance(item.default, tuple) else item.default,
        "label": declared.label,
        "unit": declared.unit,
        "minimum": declared.minimum,
        "maximum": declared.maximum,
        "choices": list(declared.choices),
        "special": None if declared.special is None else {declared.special[1]: declared.special[0]},
        "help": declared.help,
    }


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _allowed(item: Setting) -> str:
    declared = item.declaration
    if declared.choices:
        return f"[{' | '.join(declared.choices)}]"
    if declared.minimum is None and declared.maximum is None:
        return ""
    low = "" if declared.minimum is None else f"{declared.minimum:g}"
    high = "" if declared.maximum is None else f"{declared.maximum:g}"
    unit = f" {tr(declared.unit)}" if declared.unit else ""
    if declared.special is None:
        return tr("[{low} to {high}]{unit}", low=low, high=high, unit=unit)
    number, word = declared.special
    return tr(
        "[{low} to {high}]{unit}; {number} is {word}", low=low, high=high, unit=unit, number=number, word=tr(word)
    )
