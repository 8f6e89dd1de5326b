"""Parts of a model as ONNX files, each run in ONNX Runtime before it gets its name, to see that it does the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer import __version__
from vae_explorer.errors import ExportError
from vae_explorer.export.extras import require_extra
from vae_explorer.export.formats import NETWORKS, suffix_of
from vae_explorer.export.progress import report
from vae_explorer.export.provenance import KEYWORD
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt
    import onnx

    from vae_explorer.export.network_parts import NetworkPart
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance
    from vae_explorer.models.snapshot import ModelSnapshot

TOLERANCE = 1e-4
"""How far a value may be from the model's own; of values above 1, relative to them."""
_TRIED = (1, 2, 7)
"""Numbers of items with which a file is tried."""
_MOST_BYTES = 2**31 - 1


def save_onnx(
    path: str | os.PathLike[str],
    model: ModelSnapshot,
    part: str,
    provenance: Provenance | None = None,
    *,
    class_names: Sequence[str] = (),
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write a part of a model as an ONNX file that was run and found to do the same, and return where it is.

    Parameters
    ----------
    part
        ``decoder``, ``encoder`` or ``classifier``.
    class_names
        Written into the file, beside the class means of a class-mean prior.

    Raises
    ------
    ExportError
        If packages are missing, the file does something else than the model, or it can't be written.
    CapabilityError
        If the model has no such part.
    """
    suffix_of(path, NETWORKS)
    data = encode_onnx(model, part, provenance, class_names=class_names, progress=progress, cancelled=cancelled)
    return write_atomically(path, [data])


def encode_onnx(
    model: ModelSnapshot,
    part: str,
    provenance: Provenance | None = None,
    *,
    class_names: Sequence[str] = (),
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Return a part of a model as the bytes of an ONNX file; see `save_onnx`.

    Raises
    ------
    ExportError
        If the packages are missing, the network is too large, it differs from the model, or the user cancels.
    """
    require_extra("onnx")
    from vae_explorer.export.network_graphs import GRAPHS
    from vae_explorer.export.network_parts import network_part

    report(0, 4, progress, cancelled)
    chosen = network_part(model, part)
    report(1, 4, progress, cancelled)
    proto = GRAPHS[part](chosen.module.network)  # type: ignore[arg-type]
    _describe(proto, chosen, model, class_names, provenance)
    if proto.ByteSize() > _MOST_BYTES:
        raise ExportError(tr("The network takes more than the 2 GiB that one ONNX file can hold."))
    data: bytes = proto.SerializeToString(deterministic=True)
    report(3, 4, progress, cancelled)
    difference = largest_difference(data, chosen)
    if not difference <= TOLERANCE:
        raise ExportError(
            tr(
                "The {part} as ONNX differs from the model by {difference:.2g}, more than the "
                "{tolerance:g} allowed, so nothing was written: another version of onnxruntime may "
                "help.",
                part=part,
                difference=difference,
                tolerance=TOLERANCE,
            )
        )
    report(4, 4, progress, cancelled)
    return data


def largest_difference(data: bytes, part: NetworkPart) -> float:
    """Run an ONNX file on a few items and return how far it is from the network at most, relative to values above 1."""
    import onnxruntime
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in _TRIED:
        inputs = part.examples(count)
        with torch.inference_mode():
            expected = part.module(*inputs)
        given = {name: value.numpy() for name, value in zip(part.inputs, inputs, strict=True)}
        found = session.run(list(part.outputs), given)
        outputs = expected if isinstance(expected, tuple) else (expected,)
        worst = max([worst, *(_difference(a, b.numpy()) for a, b in zip(found, outputs, strict=True))])
    return worst


def _difference(found: npt.NDArray[np.floating], expected: npt.NDArray[np.floating]) -> float:
    if found.shape != expected.shape:
        return float("inf")
    same = found == expected  # infinities among them
    with np.errstate(invalid="ignore"):
        far = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    far[same] = 0.0
    return float(np.nan_to_num(far, nan=np.inf).max(initial=0.0))


def _describe(
    proto: onnx.ModelProto,
    part: NetworkPart,
    model: ModelSnapshot,
    class_names: Sequence[str],
    provenance: Provenance | None,
) -> None:
    proto.producer_name, proto.producer_version = "VAE Explorer", __version__  # untranslated: a name
    words = [f"{name}: {text}." for name, text in (part.inputs | part.outputs).items()]
    proto.doc_string = (
        f"The {part.name} of a model with a latent plane. {' '.join(words)}"  # untranslated: read by programs
    )
    told: dict[str, str] = {}
    if class_names:
        told["class_names"] = json.dumps(list(class_names))
    if model.class_means is not None:
        told["class_means"] = json.dumps(model.class_means.tolist())
    if provenance is not None:
        told[KEYWORD] = provenance.to_json()
    for key, value in told.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
