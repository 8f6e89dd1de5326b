"""Which device is chosen and how many threads."""

from __future__ import annotations

import os

import pytest
import torch

from vae_explorer.errors import DeviceError
from vae_explorer.training.devices import find_device, thread_count


def pretend(monkeypatch: pytest.MonkeyPatch, *, cuda: bool, mps: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "A fast GPU")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("choice", "cuda", "mps", "found"),
    [
        ("auto", True, True, "cuda"),
        ("auto", False, True, "mps"),
        ("auto", False, False, "cpu"),
        ("cpu", True, True, "cpu"),
        ("cuda", True, False, "cuda"),
        ("mps", True, True, "mps"),
    ],
)
def test_that_a_choice_finds_its_device(
    choice: str, cuda: bool, mps: bool, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda=cuda, mps=mps)
    device = find_device(choice)
    assert device.torch_device.type == found
    assert device.name
    assert (device.name == "A fast GPU") == (found == "cuda")


@pytest.mark.parametrize(
    ("choice", "version", "said"),
    [
        ("cuda", None, "The device cuda can't be used, because this build of torch has no CUDA: choose auto or cpu."),
        ("cuda", "12.8", "The device cuda can't be used, because no NVIDIA GPU was found: choose auto or cpu."),
        ("mps", None, "The device mps can't be used, because there is no Apple GPU: choose auto or cpu."),
    ],
)
def test_that_a_device_that_is_not_there_is_refused_with_the_reason(
    choice: str, version: str | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, cuda=False, mps=False)
    monkeypatch.setattr(torch.version, "cuda", version)
    with pytest.raises(DeviceError) as caught:
        find_device(choice)
    assert str(caught.value) == said


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 2), (5, 4), (64, 4)])
def test_that_one_core_is_left_for_the_window(cores: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert thread_count(0) == threads
    assert thread_count(7) == 7
