"""What a bundle leaves out: parts of its libraries that the program never asks for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

EXCLUDED_MODULES: Final = (
    # av brings encoders under the GPL, which isn't the program's licence; onnx and onnxruntime are for few.
    *("av", "onnx", "onnxruntime"),
    # Other tool kits and notebooks that libraries draw with where they are there.
    *("IPython", "OpenGL", "PyQt5", "PyQt6", "gi", "pyqtgraph.examples", "pyqtgraph.opengl", "tkinter"),
    # What only develops or tests.
    *(
        "PyInstaller",
        "_pytest",
        "altgraph",
        "hatchling",
        "hypothesis",
        "iniconfig",
        "mypy",
        "pip",
        "pluggy",
        "pygments",
    ),
    *("pytest", "tensorboard", "trove_classifiers"),
    # Numbers and messages of other frameworks.
    *("google.protobuf", "ml_dtypes"),
    # What only torch's compiler, its logs for TensorBoard and its tests of itself ask for. The compiler itself stays:
    # torch imports it, with its way to ONNX, sympy and networkx, when some optimisers and transforms are first called.
    *("fsspec", "functorch", "jinja2", "markupsafe", "pkg_resources", "setuptools"),
    *("torch.testing._internal.common_methods_invocations", "torch.utils.tensorboard"),
    # pyqtgraph uses these where they are there: functions that the program doesn't call, OpenGL, tests.
    *("scipy", "PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtTest"),
    # Pictures as AVIF aren't read, nor shown by Tk.
    *("PIL._avif", "PIL._imagingtk"),
)

_LEFT_OUT: Final = (
    # torch: its own tests, what compiles extensions of it, and programs (one is kept below).
    "torch/test/*",
    "torch/include/*",
    "torch/share/*",
    "torch/bin/*",
    "torch/lib/lib*_test.so",
    "torch/lib/libaoti_custom_ops.so",
    "torch/lib/libbackend_with_compiler.so",
    "torch/testing/_internal/common_methods_invocations.py",
    # matplotlib draws files only, on none of the screens it knows; its fonts stay.
    "matplotlib/mpl-data/sample_data/*",
    "matplotlib/mpl-data/images/*",
    # Qt: screens without a window system, games' devices, network and picture formats that the window doesn't read.
    "PySide6/Qt/plugins/egldeviceintegrations/*",
    "PySide6/Qt/plugins/generic/*",
    "PySide6/Qt/plugins/networkinformation/*",
    "PySide6/Qt/plugins/tls/*",
    "PySide6/Qt/plugins/imageformats/libq[!sij]*",
    "PySide6/Qt/plugins/platforms/libqeglfs*",
    "PySide6/Qt/plugins/platforms/libqlinuxfb*",
    "PySide6/Qt/plugins/platforms/libqminimal*",
    "PySide6/Qt/plugins/platforms/libqvkkhrdisplay*",
    "PySide6/Qt/plugins/platforms/libqvnc*",
    "PySide6/Qt/lib/libQt6EglF[sS]*",
    "libQt6EglF[sS]*",
    # GTK's look isn't used, and half of its libraries from here with half from the system wouldn't go together.
    "PySide6/Qt/plugins/platformthemes/libqgtk3*",
    *(f"lib{name}*" for name in ("atk", "cairo", "datrie", "fribidi", "gdk", "pango", "pixman", "thai")),
    "PySide6/Qt/translations/*",
)
_KEPT: Final = (
    "torch/bin/torch_shm_manager",
    # Qt's own words (OK, Cancel, Copy) in the program's languages.
    "PySide6/Qt/translations/qtbase_en.qm",
    "PySide6/Qt/translations/qtbase_zh_CN.qm",
)


def is_kept(name: str) -> bool:
    """Tell whether a file belongs into the bundle, by its place in it, such as ``"torch/bin/protoc"``."""
    place = name.replace("\\", "/")
    if any(fnmatchcase(place, pattern) for pattern in _KEPT):
        return True
    return not any(fnmatchcase(place, pattern) for pattern in _LEFT_OUT)


_STRIPPED: Final = {
    "--strip-unneeded": ("torch/lib/libtorch_*.so",),
    "--strip-debug": (
        "libpython3*",
        "python3*/lib-dynload/*.so",
        *(f"{name}/**/*.so" for name in ("PIL", "fontTools", "kiwisolver")),
    ),
}
"""What is taken out of which libraries: private symbols, a sixth of torch's size, or what only a debugger reads."""


def strip_libraries(bundle: Path) -> None:
    """Take out of libraries what nothing reads.

    Not of all: libraries whose parts were moved by patchelf, as those of wheels are, may not survive it, so what was
    stripped has to pass the smoke test.
    """
    program = shutil.which("strip")
    if program is None or not sys.platform.startswith("linux"):
        return
    for option, patterns in _STRIPPED.items():
        libraries = {
            path for pattern in patterns for path in bundle.glob(f"_internal/{pattern}") if not path.is_symlink()
        }
        for library in sorted(libraries):
            subprocess.run([program, option, str(library)], check=True)
