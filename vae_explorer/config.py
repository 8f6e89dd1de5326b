"""Settings: frozen dataclasses whose fields carry all that a form, the command line and the docs need.

A setting is declared once, with its label, unit, range and help. The form in the window, the ``--set`` option,
the header of a run folder and the list printed by ``vae-explorer settings`` are all derived from that declaration.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, get_type_hints

from vae_explorer.errors import SettingError
from vae_explorer.registry import unknown_name

Value = bool | int | float | str | tuple[int, ...]
"""The types that a setting can have."""

_METADATA_KEY = "vae_explorer.setting"
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a field says of itself beside its name, type and default.

    Attributes
    ----------
    label
        Words for a form, in sentence case.
    help
        One or two sentences: what it does and what to expect of a change.
    unit
        Unit of the value, or "".
    minimum, maximum
        Inclusive range; for a tuple, of each of its items.
    choices
        Allowed values with their labels, in order; empty when any value in range is allowed.
    logarithmic
        Whether equal ratios, rather than equal differences, feel like equal steps.
    advanced
        Whether a newcomer can leave it alone.
    when
        Name of another setting of the same config and the values of it for which this one has an effect.
    """

    label: str
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    logarithmic: bool = False
    advanced: bool = False
    when: tuple[str, tuple[Value, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a config type: its declaration with name, type and default."""

    name: str
    type: type
    default: Value
    declaration: Declaration

    def check(self, value: object, *, section: str = "") -> Value:
        """Return `value` as this setting's type.

        Raises
        ------
        SettingError
            If its type, range or choice is wrong; the message names setting, value and what is allowed.
        """
        where = f"{section}.{self.name}" if section else self.name
        typed = _as_type(where, self.type, value)
        self._check_choice(where, typed)
        for number in typed if isinstance(typed, tuple) else (typed,):
            self._check_range(where, number)
        return typed

    def parse(self, text: str, *, section: str = "") -> Value:
        """Return the value that a text such as ``512,512`` or ``yes`` stands for.

        Raises
        ------
        SettingError
            If the text isn't a value of this setting.
        """
        where = f"{section}.{self.name}" if section else self.name
        return self.check(_parse(where, self.type, text.strip()), section=section)

    def applies(self, config: Config) -> bool:
        """Whether this setting has an effect beside the other values of `config`."""
        when = self.declaration.when
        return when is None or getattr(config, when[0]) in when[1]

    def _check_choice(self, where: str, value: Value) -> None:
        choices = self.declaration.choices
        if choices and value not in choices:
            raise SettingError(unknown_name(f"choice for {where}", str(value), choices))

    def _check_range(self, where: str, value: object) -> None:
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            return
        low, high = self.declaration.minimum, self.declaration.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            allowed = f"at least {low:g}" if high is None else f"at most {high:g}"
            if low is not None and high is not None:
                allowed = f"between {low:g} and {high:g}"
            raise SettingError(f"The setting {where} is {_short_number(value)}, but it must be {allowed}.")


def setting(
    default: Value,
    *,
    label: str,
    help: str,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Mapping[str, str] | None = None,
    logarithmic: bool = False,
    advanced: bool = False,
    when: tuple[str, tuple[Value, ...]] | None = None,
) -> Any:
    """Declare one field of a config; see `Declaration` for the meaning of the parameters."""
    declaration = Declaration(label, help, unit, minimum, maximum, choices or {}, logarithmic, advanced, when)
    return field(default=default, metadata={_METADATA_KEY: declaration})


class Config:
    """Base of all settings dataclasses: every field is declared by `setting` and checked on construction.

    Raises
    ------
    SettingError
        On construction, if a value has the wrong type or is out of range.
    """

    __slots__ = ()
    section: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for item in settings_of(type(self)):
            checked = item.check(getattr(self, item.name), section=self.section)
            object.__setattr__(self, item.name, checked)


ConfigT = TypeVar("ConfigT", bound=Config)


def settings_of(config_type: type[Config]) -> tuple[Setting, ...]:
    """Return the settings of a config type in the order of their declaration."""
    return tuple(_iterate_settings(config_type))


def to_dict(config: Config) -> dict[str, Value]:
    """Return the values by name, ready for JSON (tuples become lists there)."""
    return {item.name: getattr(config, item.name) for item in settings_of(type(config))}


def from_dict(config_type: type[ConfigT], values: Mapping[str, object]) -> ConfigT:
    """Build a config from values by name; names that are left out take their defaults.

    Raises
    ------
    SettingError
        If a name is unknown or a value is wrong.
    """
    known = {item.name: item for item in settings_of(config_type)}
    for name in values:
        if name not in known:
            raise SettingError(_unknown_setting(config_type, name))
    checked = {name: known[name].check(value, section=config_type.section) for name, value in values.items()}
    return config_type(**checked)


def with_text(config: ConfigT, name: str, text: str) -> ConfigT:
    """Return `config` with one setting replaced by the value that `text` stands for.

    Raises
    ------
    SettingError
        If there is no such setting or the text is no value of it.
    """
    for item in settings_of(type(config)):
        if item.name == name:
            return dataclasses.replace(config, **{name: item.parse(text, section=config.section)})  # type: ignore[type-var]
    raise SettingError(_unknown_setting(type(config), name))


def _unknown_setting(config_type: type[Config], name: str) -> str:
    prefix = f"{config_type.section}." if config_type.section else ""
    if not settings_of(config_type):
        return f"There is no setting {prefix + name!r}: what was chosen here has none of its own."
    return unknown_name("setting", prefix + name, (prefix + item.name for item in settings_of(config_type)))


def _iterate_settings(config_type: type[Config]) -> Iterator[Setting]:
    hints = get_type_hints(config_type)
    for item in dataclasses.fields(config_type):  # type: ignore[arg-type]
        declaration = item.metadata[_METADATA_KEY]
        kind = hints[item.name]
        if item.default is dataclasses.MISSING:
            raise TypeError(f"{config_type.__name__}.{item.name} has no default")
        yield Setting(item.name, kind if isinstance(kind, type) else tuple, item.default, declaration)


def _as_type(where: str, kind: type, value: object) -> Value:
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, (int, float)) and not isinstance(value, bool) and value % 1 == 0:
        return int(value)
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool) and _is_finite(value):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    if kind is tuple and isinstance(value, (tuple, list)) and all(type(item) is int for item in value):
        return tuple(value)
    raise SettingError(f"The setting {where} is {_short(value)}, but it must be {_describe(kind)}.")


def _parse(where: str, kind: type, text: str) -> object:
    try:
        if kind is bool:
            return _BOOLEANS[text.lower()]
        if kind is tuple:
            return tuple(int(part) for part in text.replace(" ", ",").split(",") if part)
        return kind(text)
    except (KeyError, ValueError):
        raise SettingError(f"The setting {where} is {_short(text)}, but it must be {_describe(kind)}.") from None


def _describe(kind: type) -> str:
    return {
        bool: "yes or no",
        int: "a whole number",
        float: "a finite number",
        str: "a text",
        tuple: "whole numbers separated by commas",
    }[kind]


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _short_number(value: float) -> str:
    rounded = "" if isinstance(value, int) else f"{value:g}"
    return rounded if rounded and float(rounded) == value else _short(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True, slots=True)
class DataConfig(Config):
    """Which images, and how they are brought to a common size."""

    section: ClassVar[str] = "data"

    source: str = setting(
        "mnist-10k",
        label="Data set",
        help="Name of a bundled or synthetic data set, or the path of a file or folder with images.",
    )
    resize: int = setting(
        0,
        label="Resize to",
        unit="pixels",
        minimum=0,
        maximum=128,
        help="Longer side after resizing. 0 keeps the size, up to 128 pixels; larger pictures come down to 64.",
    )
    colour: str = setting(
        "keep",
        label="Colour",
        choices={"keep": "As in the file", "grey": "Grey levels"},
        help="Grey levels need a third of the values of colour, and show shape better.",
    )
    test_fraction: float = setting(
        0.1,
        label="Test share",
        minimum=0.01,
        maximum=0.5,
        advanced=True,
        help="Share of the images held out for testing when the data set has no test set of its own.",
    )


@dataclass(frozen=True, slots=True)
class ModelConfig(Config):
    """The networks. The latent space always has two dimensions."""

    section: ClassVar[str] = "model"

    network: str = setting(
        "mlp",
        label="Network",
        choices={"mlp": "Fully connected (MLP)", "conv": "Convolutional"},
        help="Fully connected networks are fast on small pictures; convolutional ones give sharper pictures, slower.",
    )
    hidden: tuple[int, ...] = setting(
        (512, 512),
        label="Hidden layers",
        unit="units",
        minimum=1,
        maximum=4096,
        when=("network", ("mlp",)),
        help="Width of each hidden layer of the encoder; the decoder mirrors it. 256 is the classic network.",
    )
    channels: tuple[int, ...] = setting(
        (32, 64),
        label="Channels",
        unit="channels",
        minimum=1,
        maximum=512,
        when=("network", ("conv",)),
        help="Channels of each convolution of the encoder; each halves the picture, and the decoder mirrors it.",
    )
    activation: str = setting(
        "silu",
        label="Activation",
        choices={"silu": "SiLU", "relu": "ReLU", "leaky-relu": "Leaky ReLU", "gelu": "GELU", "tanh": "Tanh"},
        advanced=True,
        help="Nonlinearity between layers. SiLU gives a smooth plane; ReLU shows straight creases.",
    )
    likelihood: str = setting(
        "bernoulli",
        label="Likelihood",
        choices={
            "bernoulli": "Bernoulli, grey levels",
            "bernoulli-sampled": "Bernoulli, binarised anew",
            "bernoulli-threshold": "Bernoulli, thresholded",
            "continuous-bernoulli": "Continuous Bernoulli",
            "gaussian": "Gaussian, fixed deviation",
            "gaussian-shared": "Gaussian, learned deviation",
            "gaussian-pixel": "Gaussian, per pixel",
        },
        help="What a pixel is under the model. Losses under different likelihoods are different quantities.",
    )
    deviation: float = setting(
        0.2,
        label="Deviation",
        minimum=0.004,
        maximum=10.0,
        logarithmic=True,
        when=("likelihood", ("gaussian",)),
        help="Standard deviation of each pixel, where black is 0 and white is 1. Smaller values weigh pictures more.",
    )
    posterior: str = setting(
        "diagonal",
        label="Posterior",
        choices={"diagonal": "Diagonal covariance", "full": "Full covariance"},
        help="Shape of q(z | x). Full covariance lets the ellipses tilt, which brings the bound closer to the truth.",
    )


@dataclass(frozen=True, slots=True)
class TrainingConfig(Config):
    """How long, how fast, where, and from which seed."""

    section: ClassVar[str] = "training"

    epochs: int = setting(
        30,
        label="Epochs",
        unit="epochs",
        minimum=1,
        maximum=100_000,
        help="How often each training image is seen.",
    )
    batch_size: int = setting(
        128,
        label="Batch size",
        unit="images",
        minimum=1,
        maximum=16_384,
        logarithmic=True,
        help="Images in each step. Larger batches train faster in images per second, with fewer steps.",
    )
    learning_rate: float = setting(
        2e-3,
        label="Learning rate",
        minimum=1e-6,
        maximum=1.0,
        logarithmic=True,
        help="Step size of Adam; the peak of the schedule where the schedule isn't constant.",
    )
    schedule: str = setting(
        "one-cycle",
        label="Schedule",
        choices={"one-cycle": "One cycle", "cosine": "Cosine decay", "constant": "Constant"},
        help="How the learning rate moves over the run. One cycle warms up, then falls to nearly nothing.",
    )
    seed: int = setting(
        0,
        label="Seed",
        minimum=0,
        maximum=2**31 - 1,
        help="Start of all random numbers. The same seed gives the same curve again on the same processor.",
    )
    device: str = setting(
        "auto",
        label="Device",
        choices={"auto": "Automatic", "cpu": "CPU", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU (MPS)"},
        help="Automatic takes a GPU where there is one.",
    )
    threads: int = setting(
        0,
        label="Threads",
        minimum=0,
        maximum=256,
        advanced=True,
        help="Processor threads for training. 0 leaves one core for the window.",
    )
