"""``vae-explorer prepare``: write any data as a file whose images are read piece by piece while training."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.cli.progress import ShareProgress
from vae_explorer.cli.reporting import say, show, show_json
from vae_explorer.errors import DataError, SettingError, StorageError, printable
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig

_SHARE_OF_READING = 0.5


def run(chosen: argparse.Namespace) -> int:
    """Read data of any form and size, write it anew, and say how to train on it."""
    from vae_explorer.data.writing import check_target, save_dataset

    config, target = _config(chosen), chosen.target
    check_target(target)
    _check_place(target, config.source, overwrite=chosen.overwrite)
    with ShareProgress() as progress:
        dataset = _read(config, target.resolve().parent, progress)
        files = save_dataset(target, dataset, progress=progress.part(tr("writing"), _SHARE_OF_READING))
    if chosen.json:
        show_json(_facts(dataset, files))
        return 0
    for note in dataset.notes:
        say(note)
    show(
        tr(
            "{count:,} images of {width} x {height} pixels: {files}",
            count=len(dataset),
            width=dataset.width,
            height=dataset.height,
            files=printable(files[0]),
        )
    )
    for labels in files[1:]:
        show(tr("their labels, which are found there: {labels}", labels=printable(labels)))
    show(tr("Train on them with: vae-explorer train --data {files}", files=printable(files[0])))
    return 0


def _config(chosen: argparse.Namespace) -> DataConfig:
    experiment = Experiment().with_setting("data.source", chosen.source)
    for assignment in chosen.set:
        path, equals, text = assignment.partition("=")
        if not equals or not path.strip().startswith("data."):
            raise SettingError(
                tr("The option --set {assignment} must have the form data.field=value.", assignment=assignment)
            )
        experiment = experiment.with_setting(path.strip(), text)
    return experiment.data


def _check_place(target: Path, source: str, *, overwrite: bool) -> None:
    from vae_explorer.data.writing import written_files

    if not target.resolve().parent.is_dir():
        raise StorageError(
            tr("The file {target} can't be written: its folder doesn't exist, so create it.", target=printable(target))
        )
    for path in written_files(target):
        if path.exists() and not overwrite:
            raise SettingError(
                tr("{path} is there already: choose another name, or add --overwrite.", path=printable(path))
            )
    if target.exists() and Path(source).exists() and target.samefile(source):
        raise SettingError(tr("{target} is the data itself: choose another name.", target=printable(target)))


def _read(config: DataConfig, folder: Path, progress: ShareProgress) -> ImageDataset:
    """Read the data; what is too large for the memory goes to a temporary file in a folder."""
    from vae_explorer.data.allowance import limits_in_force
    from vae_explorer.data.catalogue import load

    limits = dataclasses.replace(limits_in_force().for_data(config), spool=str(folder))
    try:
        return load(config, limits=limits, progress=lambda text: progress(text, 0.0))
    except OSError as error:
        raise DataError(
            tr(
                "{source} can't be brought to its new form in {folder} ({reason}): free some space "
                "there, or choose another folder.",
                source=printable(config.source),
                folder=printable(folder),
                reason=system_reason(error),
            )
        ) from error


def _facts(dataset: ImageDataset, files: list[Path]) -> dict[str, object]:
    return {
        "files": [str(path) for path in files],
        "bytes": sum(path.stat().st_size for path in files),
        "images": len(dataset),
        "train": len(dataset.train),
        "test": len(dataset.test),
        "shape": [dataset.channels, dataset.height, dataset.width],
        "class_names": list(dataset.class_names),
        "notes": list(dataset.notes),
    }
