"""The state of a training as the content of a file, read back without trust."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.reading import reason_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.training.averaging import AverageState
    from vae_explorer.training.metrics import PendingMetrics
    from vae_explorer.training.state import AdamState, TrainingState

_OPTIMIZER, _NOISE, _METRICS, _AVERAGE = "optimizer", "noise", "metrics", "average"
_PARTS = ("weights", "means")
_SLOTS = ("step", "exp_avg", "exp_avg_sq")
_COLUMNS = {"steps": "int64", "learning_rates": "float64", "seconds": "float64", "values": "float64"}
_MOST_NOISE_BYTES = 1 << 16
_MOST_TERMS = 1_000
_LONGEST_TEXT = 100
_LARGEST = 10**15

Arrays = Mapping[str, "npt.NDArray[np.generic]"]


def numbers_of(state: TrainingState) -> dict[str, object]:
    """Return what isn't an array, ready for JSON."""
    return {
        "seconds": state.seconds,
        "records": state.records,
        "tests": state.tests,
        "device": state.device,
        "threads": state.threads,
        "torch": state.torch,
        "precision": state.precision,
        "path": state.path,
        "workers": state.workers,
        "optimizers": sorted(state.optimizers),
        "terms": list(state.pending.names),
    }


def content_of(state: TrainingState) -> bytes:
    """Return the arrays as the content of a safetensors file."""
    import numpy as np
    from safetensors.numpy import save

    arrays: dict[str, npt.NDArray[np.generic]] = {_NOISE: np.ascontiguousarray(state.noise)}
    for name in _COLUMNS:
        arrays[f"{_METRICS}/{name}"] = np.ascontiguousarray(getattr(state.pending, name))
    for part in _PARTS if state.average is not None else ():
        arrays |= {f"{_AVERAGE}/{part}/{name}": values for name, values in getattr(state.average, part).items()}
    for optimizer, parameters in state.optimizers.items():
        for parameter, remembered in parameters.items():
            for slot in _SLOTS:
                values = np.asarray(getattr(remembered, slot), dtype=np.float32)
                arrays[f"{_OPTIMIZER}/{optimizer}/{slot}/{parameter}"] = values
    return save(arrays)


def training_state(content: bytes, numbers: Mapping[str, object], step: int, path: Path) -> TrainingState:
    """Return the state that `content_of` and `numbers_of` made.

    Parameters
    ----------
    content, numbers
        What was read.
    step
        Steps behind the checkpoint.
    path
        The file, for messages.

    Raises
    ------
    RunError
        If something is missing, unknown, of the wrong type or out of range.
    """
    from vae_explorer.training.state import TrainingState

    arrays = _arrays(content, path)
    try:
        return TrainingState(
            step=step,
            seconds=_real(numbers, "seconds"),
            records=_whole(numbers, "records"),
            tests=_whole(numbers, "tests"),
            device=_text(numbers, "device"),
            threads=_whole(numbers, "threads"),
            torch=_text(numbers, "torch"),
            optimizers=_optimizers(arrays, _texts(numbers, "optimizers")),
            noise=_noise(arrays),
            pending=_pending(arrays, _texts(numbers, "terms"), step),
            # Runs from before there was a choice were trained in float32, on the plain path.
            precision=_text({"precision": "float32", **numbers}, "precision"),
            path=_text({"path": "plain", **numbers}, "path"),
            workers=_whole({"workers": 1, **numbers}, "workers"),
            average=_average(arrays),
        )
    except ValueError as error:
        reason = printable(error, 400)
        raise RunError(
            tr("The state of the training in {path} is damaged: {reason}.", path=printable(path), reason=reason)
        ) from error


def _arrays(content: bytes, path: Path) -> Arrays:
    from safetensors.numpy import load

    try:
        arrays: Arrays = load(content)
    except Exception as error:  # whatever the library makes of a file that someone else wrote
        reason = reason_of(error)
        raise RunError(
            tr("The file {path} holds no state of a training: {reason}.", path=printable(path), reason=reason)
        ) from error
    return arrays


def _optimizers(arrays: Arrays, names: tuple[str, ...]) -> dict[str, dict[str, AdamState]]:
    from vae_explorer.training.state import AdamState

    slots: dict[tuple[str, str], dict[str, npt.NDArray[np.generic]]] = {}
    for name, values in arrays.items():
        if name == _NOISE or name.startswith((f"{_METRICS}/", f"{_AVERAGE}/")):
            continue
        kind, optimizer, slot, parameter = _split(name)
        if kind != _OPTIMIZER or optimizer not in names or slot not in _SLOTS:
            raise ValueError(tr("{name!r} is nothing that a training has", name=printable(name)))
        slots.setdefault((optimizer, parameter), {})[slot] = _checked(name, values, "float32")
    found: dict[str, dict[str, AdamState]] = {name: {} for name in names}
    for (optimizer, parameter), parts in slots.items():
        if set(parts) != set(_SLOTS) or parts["step"].shape != () or (parts["exp_avg_sq"] < 0).any():  # type: ignore[operator]
            raise ValueError(tr("what the optimiser knew of {parameter!r} isn't whole", parameter=printable(parameter)))
        steps = float(parts["step"])
        if steps < 1 or not steps.is_integer():
            raise ValueError(
                tr(
                    "the optimiser can't have moved {parameter!r} {steps:g} times",
                    parameter=printable(parameter),
                    steps=steps,
                )
            )
        found[optimizer][parameter] = AdamState(steps, parts["exp_avg"], parts["exp_avg_sq"])  # type: ignore[arg-type]
    return found


def _split(name: str) -> tuple[str, str, str, str]:
    kind, optimizer, slot, parameter = (*name.split("/", 3), "", "", "")[:4]
    return kind, optimizer, slot, parameter


def _noise(arrays: Arrays) -> npt.NDArray[np.uint8]:
    noise = _checked(_NOISE, arrays.get(_NOISE), "uint8")
    if noise.ndim != 1 or not 0 < noise.size <= _MOST_NOISE_BYTES:
        raise ValueError(tr("the state of the random numbers has a wrong size"))
    return noise  # type: ignore[return-value]


def _average(arrays: Arrays) -> AverageState | None:
    from vae_explorer.training.averaging import AverageState

    found: dict[str, dict[str, npt.NDArray[np.generic]]] = {part: {} for part in _PARTS}
    for name, values in arrays.items():
        kind, part, parameter = (*name.split("/", 2), "", "")[:3]
        if kind == _AVERAGE:
            if part not in found:
                raise ValueError(tr("{name!r} is nothing that a training has", name=printable(name)))
            found[part][parameter] = _checked(name, values, "float32")
    return AverageState(**found) if any(found.values()) else None  # type: ignore[arg-type]


def _pending(arrays: Arrays, terms: tuple[str, ...], step: int) -> PendingMetrics:
    import numpy as np

    from vae_explorer.training.metrics import PendingMetrics

    columns = {name: _checked(name, arrays.get(f"{_METRICS}/{name}"), dtype) for name, dtype in _COLUMNS.items()}
    known = {_NOISE, *(f"{_METRICS}/{name}" for name in _COLUMNS)}
    others = (f"{_OPTIMIZER}/", f"{_AVERAGE}/")
    unknown = [name for name in arrays if name not in known and not name.startswith(others)]
    if unknown:
        raise ValueError(tr("{unknown!r} is nothing that a training has", unknown=printable(unknown[0])))
    count = columns["steps"].size
    shapes = {"values": (count, len(terms))}
    if any(values.shape != shapes.get(name, (count,)) for name, values in columns.items()):
        raise ValueError(tr("its unread metrics don't fit each other"))
    if not np.array_equal(columns["steps"], np.arange(step - count + 1, step + 1)):
        raise ValueError(tr("its unread metrics aren't those of the steps before it"))
    return PendingMetrics(names=terms, **columns)  # type: ignore[arg-type]


def _checked(name: str, values: npt.NDArray[np.generic] | None, dtype: str) -> npt.NDArray[np.generic]:
    import numpy as np

    if values is None:
        raise ValueError(tr("{name!r} is missing", name=name))
    if values.dtype != np.dtype(dtype) or not np.isfinite(values).all():
        raise ValueError(
            tr("{name!r} doesn't hold finite numbers of the kind {dtype}", name=printable(name), dtype=dtype)
        )
    return values


def _whole(numbers: Mapping[str, object], name: str) -> int:
    value = numbers.get(name)
    if type(value) is not int or not 0 <= value < _LARGEST:
        raise ValueError(tr("{name} is no count", name=name))
    return value


def _real(numbers: Mapping[str, object], name: str) -> float:
    value = numbers.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LARGEST:
        raise ValueError(tr("{name} is no number of seconds", name=name))
    return float(value)


def _text(numbers: Mapping[str, object], name: str) -> str:
    value = numbers.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        raise ValueError(tr("{name} is no short text", name=name))
    return value


def _texts(numbers: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = numbers.get(name)
    if not isinstance(values, list) or len(values) > _MOST_TERMS or len({*map(str, values)}) != len(values):
        raise ValueError(tr("{name} is no list of names", name=name))
    return tuple(_text({name: value}, name) for value in values)
