"""What made a picture, written into the file itself and read back from it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from vae_explorer import __version__
from vae_explorer.errors import ExportError
from vae_explorer.language import tr

KEYWORD = "vae-explorer"
"""Under this name the note stands in a file."""
TAG = f"{KEYWORD}:"
"""What a note begins with where a format has no names for what it carries."""
LARGEST_NOTE = 2**20
"""Bytes of a note that are read; a longer one is refused."""
SCHEMA_VERSION = 1
_LONGEST_TEXT = 1000


class Stamped(Protocol):
    """A model that knows which training step and which weights it holds."""

    @property
    def step(self) -> int:
        """Training steps that the weights have seen."""

    @property
    def weight_hash(self) -> str:
        """SHA-256 of the weights, hexadecimal."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made an exported file.

    Attributes
    ----------
    kind
        What the file is: ``grid``, ``strip``, ``animation``, ``picture``, ``plane``, ``latents`` ...
    experiment
        The experiment as ``Experiment.to_dict`` gives it.
    seed
        Seed of the run, or None if the experiment has none.
    step
        Training steps that the weights have seen.
    weight_hash
        SHA-256 of the weights, hexadecimal.
    view
        Settings of the view: options of the export, points of the path, method, class.
    version
        Version of the program.
    run
        Name of the run's folder, without its place, which is nobody else's business; "" without a run.
    """

    kind: str
    experiment: Mapping[str, object] = field(default_factory=dict)
    seed: int | None = None
    step: int = 0
    weight_hash: str = ""
    view: Mapping[str, object] = field(default_factory=dict)
    version: str = __version__
    run: str = ""

    @classmethod
    def of(
        cls,
        kind: str,
        model: Stamped,
        *,
        experiment: Mapping[str, object],
        view: Mapping[str, object],
        run: str = "",
    ) -> Provenance:
        """Return the note for something that `model` made; the seed is taken from the experiment."""
        training = experiment.get("training")
        seed = training.get("seed") if isinstance(training, Mapping) else None
        known = seed if isinstance(seed, int) else None
        return cls(kind, experiment, known, model.step, model.weight_hash, view, run=run)

    def to_json(self) -> str:
        """Return the note as ASCII JSON on one line.

        Raises
        ------
        ExportError
            If a value can't be said in JSON, or the note is longer than `LARGEST_NOTE`.
        """
        values = {
            "program": KEYWORD,
            "schema_version": SCHEMA_VERSION,
            "version": self.version,
            "kind": self.kind,
            "run": self.run,
            "seed": self.seed,
            "step": self.step,
            "weight_hash": self.weight_hash,
            "view": dict(self.view),
            "experiment": dict(self.experiment),
        }
        try:
            text = json.dumps(values, allow_nan=False, default=_plain)
        except (TypeError, ValueError) as error:
            raise ExportError(tr("What made this export can't be written into it: {error}.", error=error)) from error
        if len(text) > LARGEST_NOTE:
            raise ExportError(
                tr(
                    "What made this export takes {count} bytes, more than the {largest_note} allowed.",
                    count=len(text),
                    largest_note=LARGEST_NOTE,
                )
            )
        return text

    def to_text(self) -> str:
        """Return the note as `to_json` does, after a `TAG` that tells it from other texts."""
        return TAG + self.to_json()

    @classmethod
    def from_json(cls, text: bytes | str) -> Provenance:
        """Read a note; it may come from anyone.

        Raises
        ------
        ValueError
            If it is damaged, too long, or from a newer version of the program; the message is a part of a sentence
            about the file.
        """
        if len(text) > LARGEST_NOTE:
            raise ValueError(tr("its note takes more than the {largest_note} bytes allowed", largest_note=LARGEST_NOTE))
        try:
            values = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise ValueError(tr("its note isn't JSON")) from None
        if not isinstance(values, dict) or values.get("program") != KEYWORD:
            raise ValueError(tr("its note is another program's"))
        newer = values.get("schema_version")
        if type(newer) is not int or newer > SCHEMA_VERSION:
            raise ValueError(tr("its note was written by a newer version of VAE Explorer"))
        return cls(
            kind=_text(values, "kind"),
            experiment=_mapping(values, "experiment"),
            seed=_whole(values, "seed"),
            step=_whole(values, "step") or 0,
            weight_hash=_text(values, "weight_hash"),
            view=_mapping(values, "view"),
            version=_text(values, "version"),
            run=_text({"run": "", **values}, "run"),
        )


def _plain(value: object) -> object:
    """Turn numpy's numbers and arrays, which views are full of, into those of JSON."""
    to_list = getattr(value, "tolist", None)
    if to_list is None:
        raise TypeError(f"a {type(value).__name__} has no place in JSON")
    return to_list()


def _refuse(constant: str) -> object:
    raise ValueError(tr("{constant} isn't JSON", constant=constant))


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(tr("{key} in its note isn't a short text", key=key))
    return value


def _mapping(values: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = values.get(key)
    if not isinstance(value, dict) or not _all_finite(value):
        raise ValueError(tr("{key} in its note isn't a table of finite values", key=key))
    return value


def _whole(values: Mapping[str, object], key: str) -> int | None:
    value = values.get(key)
    if value is not None and (type(value) is not int or not 0 <= value < 2**63):
        raise ValueError(tr("{key} in its note isn't a whole number", key=key))
    return value


def _all_finite(value: object) -> bool:
    """Whether no number in `value` is infinite: 1e999 is valid JSON. Its depth was bounded by the parser."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, float) and not math.isfinite(item):
            return False
    return True
