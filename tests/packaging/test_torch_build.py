"""Which build of PyTorch is installed, chosen from what pip reports."""

from __future__ import annotations

import json

import pytest
from development.console import SetupError
from development.torch_build import CPU_INDEX, CUDA_INDEX, TorchChoice, choose, installed_build, offered_build


def report(version: str, *requirements: str) -> str:
    return json.dumps({"version": "1", "install": [{"metadata": {"version": version, "requires_dist": requirements}}]})


@pytest.mark.parametrize(
    ("text", "build"),
    [
        (report("2.13.0+cpu", "filelock", "sympy>=1.13.3"), "cpu"),
        (report("2.13.0", "filelock", "sympy>=1.13.3"), "cpu"),
        (report("2.13.0+cu130", "filelock"), "cuda"),
        (report("2.13.0", "filelock", 'nvidia-cudnn-cu13==9.13; platform_system == "Linux"'), "cuda"),
        (report("2.13.0", "triton==3.7; platform_system == 'Linux'"), "cuda"),
    ],
)
def test_that_the_report_tells_the_builds_apart(text: str, build: str) -> None:
    assert offered_build(text) == build


@pytest.mark.parametrize("text", ["", "not json", "{}", '{"install": []}', '{"install": [{"metadata": {}}]}'])
def test_that_a_report_without_an_answer_is_refused_with_a_way_on(text: str) -> None:
    with pytest.raises(SetupError, match="--cpu or --cuda"):
        offered_build(text)


def test_that_pips_own_choice_is_taken_where_it_is_the_wanted_build() -> None:
    assert choose("cpu", "cpu", "linux") == TorchChoice("cpu", None)
    assert choose("cuda", "cuda", "linux") == TorchChoice("cuda", None)


def test_that_gigabytes_of_cuda_are_avoided_by_naming_the_index() -> None:
    choice = choose("cpu", "cuda", "linux")
    assert choice.index == CPU_INDEX
    assert choice.description == f"PyTorch (for the CPU, from {CPU_INDEX})"


def test_that_cuda_can_be_asked_for_where_pip_would_bring_the_cpu_build() -> None:
    assert choose("cuda", "cpu", "win32").index == CUDA_INDEX


def test_that_cuda_on_macos_is_refused_in_one_sentence() -> None:
    with pytest.raises(SetupError, match="no CUDA on macOS"):
        choose("cuda", "cpu", "darwin")


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("", None),
        ("__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n", "cpu"),
        ("__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\n", "cuda"),
        ("__version__ = '2.6.0'\ncuda = '12.4'\n", "cuda"),
    ],
)
def test_that_the_installed_build_is_read_without_importing_it(text: str, build: str | None) -> None:
    assert installed_build(text) == build
