"""Other words by which lines of the palette are looked for: those of other programs and of everyday speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vae_explorer.language import marked

_TABLE = marked("csv spreadsheet save")
_FILM = marked("animation video gif mp4 save")
_PICTURE = marked("image png save")
_FIGURE = marked("image pdf svg png save")

OTHER_WORDS: Final[Mapping[str, str]] = {
    "file.open-data": marked("load dataset import images"),
    "file.open-folder": marked("load dataset import images directory"),
    "file.open-run": marked("load model checkpoint"),
    "file.runs": marked("delete bin trash rename history experiments"),
    "file.export": marked("save picture image figure film animation table"),
    "file.quit": marked("exit close"),
    "data": marked("dataset"),
    "download": marked("download"),
    "edit.copy-picture": marked("screenshot clipboard save"),
    "edit.reset-settings": marked("defaults"),
    "train.toggle": marked("pause resume start run"),
    "train.stop": marked("end cancel"),
    "explore.measure": marked("evaluate metrics"),
    "explore.random-sample": marked("pick surprise"),
    "select.lasso": marked("circle points"),
    "help.shortcuts": marked("hotkeys"),
    "panel.manifold": marked("grid of pictures"),
    "panel.metrics": marked("evaluation"),
    "panel.path": marked("interpolation walk"),
    "theme.dark": marked("night mode"),
    "theme.light": marked("day mode"),
    "language.en": marked("english"),
    "language.zh_CN": marked("chinese"),
    "layer.aggregate": marked("heat map histogram"),
    "layer.magnification": marked("heat map"),
    "setting.training.batch_size": marked("minibatch"),
    "setting.training.device": marked("gpu cuda processor"),
    "setting.training.learning_rate": marked("speed step size"),
    "setting.training.seed": marked("random"),
    "setting.training.threads": marked("cpu cores speed"),
    "setting.model.hidden": marked("layers units neurons"),
    "method.spherical": marked("slerp"),
    "method.spherical-white": marked("slerp"),
    "method.linear": marked("lerp straight"),
    "walk.equal-speed": marked("speed"),
    "export.grid": _PICTURE,
    "export.strip": _PICTURE,
    "export.animation": _FILM,
    "export.film": _FILM,
    "export.plane": _FIGURE,
    "export.curves": _FIGURE,
    "export.latents": _TABLE,
    "export.path": _TABLE,
    "export.metrics": _TABLE,
    "export.evaluation": _TABLE,
    "page.training": marked("speed"),
    "page.runs": marked("bin trash"),
}
"""Words apart by spaces, by the name of the line, or of all data sets and of those to be downloaded."""
