"""How settings, sessions, preferences, lessons and the notes of exports are read."""

from __future__ import annotations

import io
import json
from pathlib import Path

from tests.proving._parser import Parser, Read, mutate_document, nothing
from tests.proving._picture_parsers import picture_of
from vae_explorer.resources import resource_path


def kept_parsers() -> tuple[Parser, ...]:
    """Return settings, sessions, lessons and the notes of exports."""
    from vae_explorer.app.choices import PlaneChoices
    from vae_explorer.app.frozen_json import to_json
    from vae_explorer.training.experiment import Experiment

    experiment = json.dumps(Experiment().to_dict()).encode()
    session = {
        "schema_version": 1, "run": "/runs/one", "experiment": Experiment().to_dict(), "images": 10_000,
        "choices": to_json(PlaneChoices()), "moment": 3, "tab": "plane", "follows": False,
    }  # fmt: skip
    preferences = {
        "version": 1,
        "theme": "dark",
        "reopen": True,
        "times": True,
        "recent_commands": ["file.quit"],
        "recent_runs": [],
    }
    limits = {"version": 1, "limits": {"pixels": 100, "memory": 0}}
    lesson = resource_path("lessons", "beta.toml").read_bytes()
    toml = (
        b"[[runs]]\n",
        b"[guess]\n",
        b"answer = 9\n",
        b'"""',
        b"nan",
        b"= [[[[[[",
        b"\\u0000",
        b"1979-05-27T07:32:00Z",
        b"1e999",
    )
    return (
        Parser("settings", (experiment,), reads_settings, mutate=mutate_document),
        Parser("session", (json.dumps(session).encode(),), _reads_session, mutate=mutate_document),
        Parser("preferences", (json.dumps(preferences).encode(),), _reads_preferences, mutate=mutate_document),
        Parser("limits", (json.dumps(limits).encode(),), _reads_limits, mutate=mutate_document),
        Parser("lesson", (lesson,), _reads_lesson, toml, release=10_000),
        Parser("note", _noted(), _reads_note, (b"vae-explorer", b"tEXt", b"iTXt", b"<metadata", b"moov", b"XMP ")),
    )


def reads_settings(_folder: Path) -> Read:
    """Return what reads the settings of an experiment."""
    from vae_explorer.training.experiment import Experiment

    def read(content: bytes) -> None:
        try:
            values = json.loads(content)
        except (ValueError, RecursionError):
            return
        if isinstance(values, dict):
            Experiment.from_dict(values)

    return read


def _reads_session(folder: Path) -> Read:
    from vae_explorer.app.saved_session import SessionFile

    kept = SessionFile(folder)

    def read(content: bytes) -> None:
        kept.path.write_bytes(content)
        kept.read()

    return read


def _reads_preferences(folder: Path) -> Read:
    from vae_explorer.gui.preferences import load_preferences

    def read(content: bytes) -> None:
        (folder / "preferences.json").write_bytes(content)
        _, problem = load_preferences(folder)
        assert "\n" not in problem

    return read


def _reads_limits(folder: Path) -> Read:
    from vae_explorer.data.allowance import FILE, kept_allowance

    def read(content: bytes) -> None:
        (folder / FILE).write_bytes(content)
        allowance, problem = kept_allowance(folder)
        assert allowance.limits.memory_bytes > 0
        assert "\n" not in problem

    return read


def _reads_lesson(_folder: Path) -> Read:
    from vae_explorer.app.lessons import lesson_from

    return lambda content: nothing(lesson_from("beta", content))


def _noted() -> tuple[bytes, ...]:
    from PIL.PngImagePlugin import PngInfo

    from vae_explorer.export.provenance import KEYWORD, Provenance

    note = Provenance("grid")
    info = PngInfo()
    info.add_itxt(KEYWORD, note.to_json())
    png, gif = io.BytesIO(), io.BytesIO()
    picture_of("RGB").save(png, "PNG", pnginfo=info)
    picture_of("RGB").save(gif, "GIF", comment=note.to_text().encode())
    svg = f'<?xml version="1.0"?><svg><metadata id="vae-explorer">{note.to_text()}</metadata></svg>'.encode()
    pdf = b"%PDF-1.4\n1 0 obj\n<< /Keywords (" + note.to_text().encode() + b") >>\nendobj\n%%EOF"
    box = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + b"\0\0\0\x10moov\0\0\0\x08udta"
    return png.getvalue(), gif.getvalue(), svg, pdf, box


def _reads_note(folder: Path) -> Read:
    from vae_explorer.export.notes import read_provenance

    path = folder / "a.file"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        read_provenance(path)

    return read
