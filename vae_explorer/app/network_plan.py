"""Parts of the model as ONNX networks, as a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.app.export_plans import IsCancelled, Preview, Report
from vae_explorer.app.export_source import Source
from vae_explorer.config import to_dict
from vae_explorer.errors import ExportError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.model import Model
    from vae_explorer.export.options import NetworkOptions
    from vae_explorer.models.snapshot import ModelSnapshot


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """A part of the model as an ONNX network.

    Attributes
    ----------
    class_names
        Names of the classes, written into the file.
    """

    options: NetworkOptions
    source: Source
    class_names: tuple[str, ...]

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Tell what goes in and what comes out."""
        from vae_explorer.export.extras import require_extra
        from vae_explorer.export.network_parts import network_part

        report(0.0)
        require_extra("onnx")
        part = network_part(_snapshot(model), self.options.part)
        used = getattr(part.module.network, part.name)
        weights = sum(parameter.numel() for parameter in used.parameters())
        lines = []
        for title, tensors in ((tr("Takes"), part.inputs), (tr("Gives"), part.outputs)):
            lines += [title, *(tr("  {name}: {text}", name=name, text=tr(text)) for name, text in tensors.items())]
        lines += [
            "",
            tr("Before it is saved, the file is run and compared\nwith the model: it must agree within 0.0001."),
        ]
        return Preview((), (), tr("{weights:,} weights", weights=weights), 4 * weights, "\n".join(lines))

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the network, once it was run and found to do the same."""
        from vae_explorer.export.networks import save_onnx

        return save_onnx(
            path,
            _snapshot(model),
            self.options.part,
            self.source.note("onnx", model, to_dict(self.options)),
            class_names=self.class_names,
            progress=report,
            cancelled=cancelled,
        )


def _snapshot(model: Model) -> ModelSnapshot:
    from vae_explorer.models.snapshot import ModelSnapshot

    if not isinstance(model, ModelSnapshot):
        raise ExportError(tr("This model has no network that could be written: choose the model of a run."))
    return model
