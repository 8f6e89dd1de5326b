"""A folder of pictures as a data set: sub-folders are classes, what can't be read is skipped and named."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.assembly import Found, assemble, require_enough
from vae_explorer.data.dataset import MAX_SIDE, MIN_SIDE, ImageDataset
from vae_explorer.data.listing import Picture, Skips, list_pictures
from vae_explorer.data.pictures import Canvas, Measure, PictureError, measure, quiet_pictures, read_picture
from vae_explorer.data.room import make_room
from vae_explorer.data.sizing import REDUCED_SIDE, find_sizing, size_text
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.data.room import Room
    from vae_explorer.sections import DataConfig

_REPORT_EVERY: Final = 100


def read_folder(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Read all pictures of a folder.

    The headers are read first, to choose one size; then each picture is decoded straight to that size.

    Raises
    ------
    DataError
        If fewer than two pictures can be read, or they need too much memory.
    """
    where, skips = printable(path), Skips(path)
    listing = list_pictures(path, limits, skips)
    with quiet_pictures(limits):
        measured = _measure_all(listing.pictures, limits, skips, report)
        _require_pictures(where, len(measured), skips)
        canvas, sizing_note = _choose_canvas(where, [size for _, size in measured], config)
        room = make_room(where, (len(measured), canvas.channels, *canvas.target), limits)
        pictures = [picture for picture, _ in measured]
        loaded, changes = _read_all(pictures, canvas, limits, skips, report, room=room)
    _require_pictures(where, len(loaded), skips)
    labels, class_names = _classes(loaded)
    train_count, split_notes = _split(loaded, listing.has_test)
    notes = (*listing.notes, *split_notes, sizing_note, *changes, skips.note)
    return assemble(
        Found(
            where=where,
            name=printable(path.name or path.absolute().name or where),
            images=room.images(),
            labels=labels,
            class_names=class_names,
            train_count=train_count,
            notes=tuple(note for note in notes if note),
        ),
        config,
    )


def _measure_all(
    pictures: Sequence[Picture], limits: Limits, skips: Skips, report: Report
) -> list[tuple[Picture, Measure]]:
    measured = []
    for number, picture in enumerate(pictures):
        if number % _REPORT_EVERY == 0:
            report(tr("Looked at {number:,} of {count:,} pictures", number=number, count=len(pictures)))
        try:
            measured.append((picture, measure(picture.path, limits)))
        except PictureError as error:
            skips.add(picture.path, str(error))
    return measured


def _read_all(
    pictures: Sequence[Picture], canvas: Canvas, limits: Limits, skips: Skips, report: Report, *, room: Room
) -> tuple[list[Picture], list[str]]:
    loaded: list[Picture] = []
    changes: set[str] = set()
    for number, picture in enumerate(pictures):
        if number % _REPORT_EVERY == 0:
            report(tr("Read {number:,} of {count:,} pictures", number=number, count=len(pictures)))
        try:
            pixels, notes = read_picture(picture.path, canvas, limits)
        except PictureError as error:
            skips.add(picture.path, str(error))
            continue
        room.put(pixels[None])
        loaded.append(picture)
        changes |= notes
    return loaded, sorted(changes)


def _require_pictures(where: str, count: int, skips: Skips) -> None:
    if count < 2 and skips.entries:
        raise DataError(
            tr(
                "{where} holds no pictures that can be read, so choose another folder; {skipped}",
                where=where,
                skipped=skips.note,
            )
            if count == 0
            else tr(
                "{where} holds only one picture that can be read, so choose another folder; {skipped}",
                where=where,
                skipped=skips.note,
            )
        )
    require_enough(where, count)


def _choose_canvas(where: str, sizes: list[Measure], config: DataConfig) -> tuple[Canvas, str]:
    """Choose one size: that of most pictures, or a square if there are too many sizes for that."""
    channels = 3 if config.colour == "keep" and any(size.colour for size in sizes) else 1
    counts = Counter((size.height, size.width) for size in sizes)
    common, count = counts.most_common(1)[0]
    if count * 2 < len(sizes):
        side = round(median(max(size) for size in counts.elements()))
        side = config.resize or (REDUCED_SIDE if side > MAX_SIDE else max(side, MIN_SIDE))
        common = (side, side)
    sizing = find_sizing(where, *common, config)
    canvas = Canvas(common, sizing.target, channels)
    if len(counts) == 1:
        return canvas, sizing.note
    smallest, largest = (size_text(*pick(counts, key=lambda size: size[0] * size[1])) for pick in (min, max))
    return canvas, (
        tr(
            "The pictures have {count:,} sizes from {smallest} to {largest}: each was scaled to "
            "fill {size} pixels and cropped about its centre.",
            count=len(counts),
            smallest=smallest,
            largest=largest,
            size=size_text(*sizing.target),
        )
    )


def _classes(pictures: Sequence[Picture]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    names = list(dict.fromkeys(picture.class_name for picture in pictures if picture.class_name is not None))
    if not names or any(picture.class_name is None for picture in pictures):
        return None, ()
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([numbers[picture.class_name or ""] for picture in pictures], dtype=np.int64)
    return labels, tuple(printable(name, 40) for name in names)


def _split(pictures: Sequence[Picture], has_test: bool) -> tuple[int | None, list[str]]:
    if not has_test:
        return None, []
    train_count = sum(not picture.testing for picture in pictures)
    if 0 < train_count < len(pictures):
        return train_count, []
    return None, [tr("One of the two parts holds no pictures that can be read, so all were split anew.")]
