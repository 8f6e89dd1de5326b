"""Words for a sample of the data, by its row in the source, as tables and the command line name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset


def sample_title(dataset: ImageDataset | None, row: int) -> str:
    """Return the name of a row of the data with its class, if it has one."""
    name = sample_class(dataset, row)
    number = row if dataset is None else int(dataset.source_rows[row])
    if name is None:
        return tr("Sample {number}", number=number)
    return (
        tr("Sample {number}, class {name}", number=number, name=name)
        if name.isdigit()
        else tr("Sample {number}, {name}", number=number, name=name)
    )


def sample_class(dataset: ImageDataset | None, row: int) -> str | None:
    """Return the name of the class of a row of the data, None without one."""
    if dataset is None or dataset.labels is None or row >= len(dataset.labels):
        return None
    label = int(dataset.labels[row])
    return dataset.class_names[label] if label < len(dataset.class_names) else str(label)
