"""What can be taken home: each kind of export as a frozen plan that a worker previews and writes.

A plan holds everything but the model: it is made in the window's thread, and only workers call its methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vae_explorer.app import path_walk
from vae_explorer.config import to_dict

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import EncodedImages, Model
    from vae_explorer.app.session import Session
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
    from vae_explorer.export.provenance import Provenance

    Pixels = NDArray[np.uint8]

Report = Callable[[float], None]
IsCancelled = Callable[[], bool]
_PREVIEW_SIDE = 900
"""Pixels along the longer side that a preview needs at most; a larger picture is previewed at a smaller scale."""
_MEASURED_FRAMES = 24
_TABLE_ROWS = 6
_ENCODE_PIECE = 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would look like.

    Attributes
    ----------
    frames
        Pictures uint8 [H, W, C]: one for a still picture, more for an animation, none for a table.
    durations
        Milliseconds that each frame is shown; () for a still picture.
    size
        Words about the dimensions: ``560 × 560 pixels``.
    bytes
        Expected size of the file.
    text
        The first lines of a table, else "".
    """

    frames: tuple[Pixels, ...]
    durations: tuple[int, ...]
    size: str
    bytes: int
    text: str = ""


class ExportPlan(Protocol):
    """One export, ready to be previewed or written in a worker."""

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Return what `write` would write; raises the same errors."""
        ...

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the file, whole or not at all, and return where it is."""
        ...


@runtime_checkable
class StillPlan(ExportPlan, Protocol):
    """An export that is one picture, which can be copied too."""

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a conditional model is told beside the points: the names of its classes, and the picture it completes.

    Attributes
    ----------
    class_names
        Name of each class, () for a model that knows none.
    condition
        The picture whose band is completed, as on the command line (``sample:7``), or None.
    """

    class_names: tuple[str, ...] = ()
    condition: str | None = None

    @classmethod
    def of(cls, session: Session) -> Told:
        """Return what the model that is shown is told now."""
        info, dataset, row = session.model_info, session.dataset, session.condition
        knows = info is not None and info.knows_classes
        names = tuple(info.class_name(label) for label in range(info.classes)) if info is not None and knows else ()
        completes = info is not None and info.completes and dataset is not None and row is not None
        condition = f"sample:{dataset.source_rows[row]}" if completes and dataset is not None else None
        return cls(names, condition)

    def view(self, labels: Sequence[int | None]) -> dict[str, object]:
        """Return what the note in the file says beside numbers: the name of each class, and the picture."""
        names = [self._name(label) for label in labels]
        told: dict[str, object] = {"classes": names} if any(name is not None for name in names) else {}
        return told if self.condition is None else told | {"condition": self.condition}

    def _name(self, label: int | None) -> str | None:
        return self.class_names[label] if label is not None and 0 <= label < len(self.class_names) else None


@dataclass(frozen=True, slots=True)
class GridPlan:
    """A grid of decoded pictures."""

    options: GridOptions
    experiment: Mapping[str, object]
    told: Told

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the grid at a scale that fits a screen."""
        from vae_explorer.export.figures import grid_picture
        from vae_explorer.export.mosaic import check_size, mosaic_shape

        options, size = self.options, self.options.size
        check_size(size, size, model.image_shape, options.gap, options.scale)
        shape = mosaic_shape(size, size, model.image_shape, options.gap, options.scale)
        small = replace(options, scale=_preview_scale(shape, options.scale))
        pixels = grid_picture(model, small, progress=report, cancelled=cancelled)
        return _still(pixels, shape)

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        from vae_explorer.export.figures import grid_picture

        return grid_picture(model, self.options, progress=report, cancelled=cancelled)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the picture with its note."""
        from vae_explorer.export.pictures import save_png

        pixels = self.picture(model, report, cancelled)
        view = to_dict(self.options) | self.told.view((self.options.label,))
        return save_png(path, pixels, _note("grid", model, self.experiment, view))


@dataclass(frozen=True, slots=True)
class Route:
    """The points of a path, as exports take them."""

    points: tuple[tuple[float, float], ...]
    labels: tuple[int | None, ...] | None
    method: str
    told: Told

    @classmethod
    def of(cls, session: Session) -> Route:
        """Return the path that is chosen in the window."""
        path = session.path
        labels = path_walk.point_classes(path, session.model_info, session.label)
        return cls(tuple(point.z for point in path.points), labels, path.method, Told.of(session))

    def frames(self, count: int, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Decode pictures [M, C, H, W] along the path."""
        from vae_explorer.export.figures import path_frames

        return path_frames(
            model,
            self.points,
            frames=count,
            method=self.method,
            labels=self.labels,
            progress=report,
            cancelled=cancelled,
        )

    def view(self) -> dict[str, object]:
        """Return what the note in the file says of the path."""
        own = {"points": self.points, "labels": self.labels, "method": self.method, "equal_speed": False}
        return own | self.told.view(self.labels or ())


@dataclass(frozen=True, slots=True)
class StripPlan:
    """The film strip of a path."""

    options: StripOptions
    route: Route
    experiment: Mapping[str, object]

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the strip at a scale that fits a screen."""
        from vae_explorer.export.figures import strip
        from vae_explorer.export.mosaic import check_size, mosaic_shape

        options = self.options
        check_size(1, options.frames, model.image_shape, options.gap, options.scale)
        shape = mosaic_shape(1, options.frames, model.image_shape, options.gap, options.scale)
        frames = self.route.frames(options.frames, model, report, cancelled)
        return _still(strip(frames, replace(options, scale=_preview_scale(shape, options.scale))), shape)

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        from vae_explorer.export.figures import strip
        from vae_explorer.export.mosaic import check_size

        options = self.options
        check_size(1, options.frames, model.image_shape, options.gap, options.scale)
        return strip(self.route.frames(options.frames, model, report, cancelled), options)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the picture with its note."""
        from vae_explorer.export.pictures import save_png

        pixels = self.picture(model, report, cancelled)
        view = self.route.view() | to_dict(self.options)
        return save_png(path, pixels, _note("strip", model, self.experiment, view))


@dataclass(frozen=True, slots=True)
class AnimationPlan:
    """A walk along a path."""

    options: AnimationOptions
    route: Route
    experiment: Mapping[str, object]

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the walk; the size of the file is estimated from some of its frames."""
        from vae_explorer.export.animation import encode_gif, frame_durations, frame_order

        options = self.options
        frames = self.route.frames(options.frames, model, report, cancelled)
        order = frame_order(len(frames), there_and_back=options.there_and_back)
        some = frames[:: max(1, len(frames) // _MEASURED_FRAMES)]
        one_way = replace(options, there_and_back=False)
        size = len(encode_gif(some, one_way, cancelled=cancelled)) * len(order) // len(some)
        _, height, width = model.image_shape
        seconds = len(order) / options.fps
        words = f"{width * options.scale} × {height * options.scale} pixels, {len(order)} frames, {seconds:.1f} s"
        shown = tuple(frames[index].transpose(1, 2, 0) for index in order)
        return Preview(shown, tuple(frame_durations(len(order), options.fps)), words, size)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the animation with its note; decoding and encoding are half of the progress each."""
        from vae_explorer.export.animation import save_gif

        frames = self.route.frames(self.options.frames, model, lambda part: report(part / 2), cancelled)
        note = _note("animation", model, self.experiment, self.route.view() | to_dict(self.options))
        return save_gif(
            path, frames, self.options, note, progress=lambda part: report(0.5 + part / 2), cancelled=cancelled
        )


@dataclass(frozen=True, slots=True)
class LatentsPlan:
    """A table of where each image lies on the plane."""

    dataset: ImageDataset
    experiment: Mapping[str, object]

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Encode the first images and show their rows."""
        from vae_explorer.export.tables import COLUMNS

        report(0.0)
        lines = [",".join(COLUMNS), *self._first_lines(model, cancelled)]
        count = len(self.dataset.images)
        average = sum(len(line) + 1 for line in lines[1:]) / max(1, len(lines) - 1)
        more = [f"… {count - _TABLE_ROWS:,} more"] if count > _TABLE_ROWS else []
        size = f"{count:,} rows, {len(COLUMNS)} columns"
        return Preview((), (), size, int(average * count), "\n".join([*lines, *more]))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Encode all images, in pieces, and write them."""
        from vae_explorer.export.latents import latent_table
        from vae_explorer.export.tables import save_latents

        table = latent_table(_PiecewiseEncoder(model, lambda part: report(0.8 * part)), self.dataset)
        note = _note("latents", model, self.experiment, {"data": self.dataset.name})
        return save_latents(path, table, note, progress=lambda part: report(0.8 + 0.2 * part), cancelled=cancelled)

    def _first_lines(self, model: Model, cancelled: IsCancelled) -> list[str]:
        from vae_explorer.export.tables import LatentTable, csv_text

        dataset = self.dataset
        part = slice(0, _TABLE_ROWS)
        labels = None if dataset.labels is None else dataset.labels[part]
        encoded = model.encode(dataset.images[part], labels)
        splits = ["train" if row < dataset.train_count else "test" for row in range(len(encoded.mean))]
        rows, names = dataset.source_rows[part], dataset.class_names
        table = LatentTable(encoded.mean, encoded.log_var, rows, splits, labels, names, encoded.correlation)
        return csv_text(table, cancelled=cancelled).splitlines()[1:]


class _PiecewiseEncoder:
    """Encodes in pieces, so that progress is seen and cancelling is felt."""

    def __init__(self, model: Model, report: Report) -> None:
        self._model = model
        self._report = report

    def encode(self, images: Pixels, labels: NDArray[np.int64] | None = None) -> EncodedImages:
        parts: list[EncodedImages] = []
        for start in range(0, len(images), _ENCODE_PIECE):
            self._report(start / len(images))
            piece = slice(start, start + _ENCODE_PIECE)
            parts.append(self._model.encode(images[piece], None if labels is None else labels[piece]))
        return _Joined.of(parts)


@dataclass(frozen=True, slots=True)
class _Joined:
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    correlation: NDArray[np.float32]

    @classmethod
    def of(cls, parts: list[EncodedImages]) -> _Joined:
        import numpy as np

        return cls(
            np.concatenate([part.mean for part in parts]),
            np.concatenate([part.log_var for part in parts]),
            np.concatenate([part.correlation for part in parts]),
        )


def _note(kind: str, model: Model, experiment: Mapping[str, object], view: Mapping[str, object]) -> Provenance:
    from vae_explorer.export.provenance import Provenance

    return Provenance.of(kind, model, experiment=experiment, view=view)


def _still(pixels: Pixels, shape: tuple[int, int, int]) -> Preview:
    """Return the preview of a picture that will have `shape`, of which `pixels` may be a smaller version.

    Enlarging by repetition adds almost nothing to what a PNG has to say, but its rows still cost some.
    """
    from vae_explorer.export.pictures import encode_png

    growth = (shape[0] * shape[1]) / (pixels.shape[0] * pixels.shape[1])
    size = int(len(encode_png(pixels)) * growth**0.5)
    return Preview((pixels,), (), f"{shape[1]} × {shape[0]} pixels", size)


def _preview_scale(shape: tuple[int, int, int], scale: int) -> int:
    return max(1, min(scale, scale * _PREVIEW_SIDE // max(shape[:2])))
