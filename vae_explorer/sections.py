"""The settings of an experiment that don't depend on its objective: data, networks, training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vae_explorer.config import Config, setting
from vae_explorer.language import marked


@dataclass(frozen=True, slots=True)
class DataConfig(Config):
    """Which images, and how they are brought to a common size."""

    section: ClassVar[str] = "data"

    source: str = setting(
        "mnist-10k",
        label=marked("Data set"),
        help=marked("Name of a bundled or synthetic data set, or the path of a file or folder with images."),
    )
    resize: int = setting(
        0,
        label=marked("Resize to"),
        unit=marked("pixels"),
        minimum=0,
        maximum=128,
        special=(0, marked("keep")),
        help=marked(
            "Longer side after resizing; or keep the size, up to 128 pixels, and bring larger pictures down to 64."
        ),
    )
    colour: str = setting(
        "keep",
        label=marked("Colour"),
        choices={"keep": marked("As in the file"), "grey": marked("Grey levels")},
        help=marked("Grey levels need a third of the values of colour, and show shape better."),
    )
    test_fraction: float = setting(
        0.1,
        label=marked("Test share"),
        minimum=0.01,
        maximum=0.5,
        advanced=True,
        help=marked("Share of the images held out for testing when the data set has no test set of its own."),
    )
    memory: int = setting(
        2048,
        label=marked("Held in memory"),
        unit="MiB",
        minimum=1,
        maximum=1_048_576,
        logarithmic=True,
        advanced=True,
        help=marked(
            "Images that take more than this stay in their file, unless it is compressed, and are read as needed."
        ),
    )


@dataclass(frozen=True, slots=True)
class ModelConfig(Config):
    """The networks. The latent space always has two dimensions."""

    section: ClassVar[str] = "model"

    network: str = setting(
        "mlp",
        label=marked("Network"),
        choices={"mlp": marked("Fully connected (MLP)"), "conv": marked("Convolutional")},
        help=marked(
            "Fully connected networks are fast on small pictures; convolutional ones give sharper pictures, slower."
        ),
    )
    hidden: tuple[int, ...] = setting(
        (512, 512),
        label=marked("Hidden layers"),
        unit=marked("units"),
        minimum=1,
        maximum=4096,
        when=("network", ("mlp",)),
        help=marked("Width of each hidden layer of the encoder; the decoder mirrors it. 256 is the classic network."),
    )
    channels: tuple[int, ...] = setting(
        (32, 64),
        label=marked("Channels"),
        unit=marked("channels"),
        minimum=1,
        maximum=512,
        when=("network", ("conv",)),
        help=marked(
            "Channels of each convolution of the encoder; each halves the picture, and the decoder mirrors it."
        ),
    )
    activation: str = setting(
        "silu",
        label=marked("Activation"),
        choices={"silu": "SiLU", "relu": "ReLU", "leaky-relu": marked("Leaky ReLU"), "gelu": "GELU", "tanh": "Tanh"},
        advanced=True,
        help=marked("Nonlinearity between layers. SiLU gives a smooth plane; ReLU shows straight creases."),
    )
    start: str = setting(
        "scaled",
        label=marked("First weights"),
        choices={"scaled": marked("Scaled to layers and plane"), "drawn": marked("As drawn")},
        advanced=True,
        help=marked(
            "Scaled, every layer passes on as much as it gets, and the decoder divides the plane "
            "from the first step on: an epoch or two are saved. As drawn they are small, as in "
            "PyTorch's layers."
        ),
    )
    likelihood: str = setting(
        "bernoulli",
        label=marked("Likelihood"),
        choices={
            "bernoulli": marked("Bernoulli, grey levels"),
            "bernoulli-sampled": marked("Bernoulli, binarised anew"),
            "bernoulli-threshold": marked("Bernoulli, thresholded"),
            "continuous-bernoulli": marked("Continuous Bernoulli"),
            "gaussian": marked("Gaussian, fixed deviation"),
            "gaussian-shared": marked("Gaussian, learned deviation"),
            "gaussian-pixel": marked("Gaussian, per pixel"),
        },
        help=marked("What a pixel is under the model. Losses under different likelihoods are different quantities."),
    )
    deviation: float = setting(
        0.2,
        label=marked("Deviation"),
        minimum=0.004,
        maximum=10.0,
        logarithmic=True,
        when=("likelihood", ("gaussian",)),
        help=marked(
            "Standard deviation of each pixel, where black is 0 and white is 1. Smaller values weigh pictures more."
        ),
    )
    posterior: str = setting(
        "diagonal",
        label=marked("Posterior"),
        choices={"diagonal": marked("Diagonal covariance"), "full": marked("Full covariance")},
        help=marked(
            "Shape of q(z | x). Full covariance lets the ellipses tilt, which brings the bound closer to the truth."
        ),
    )


@dataclass(frozen=True, slots=True)
class TrainingConfig(Config):
    """How long, how fast, where, and from which seed."""

    section: ClassVar[str] = "training"

    epochs: int = setting(
        30,
        label=marked("Epochs"),
        unit=marked("epochs"),
        minimum=1,
        maximum=100_000,
        help=marked("How often each training image is seen."),
    )
    batch_size: int = setting(
        128,
        label=marked("Batch size"),
        unit=marked("images"),
        minimum=1,
        maximum=16_384,
        logarithmic=True,
        help=marked("Images in each step. Larger batches train faster in images per second, with fewer steps."),
    )
    learning_rate: float = setting(
        2e-3,
        label=marked("Learning rate"),
        minimum=1e-6,
        maximum=1.0,
        logarithmic=True,
        adjustable=True,
        help=marked("Step size of Adam; the peak of the schedule where the schedule isn't constant."),
    )
    schedule: str = setting(
        "warm-cosine",
        label=marked("Schedule"),
        choices={
            "warm-cosine": marked("Warm-up, then cosine decay"),
            "one-cycle": marked("One cycle"),
            "cosine": marked("Cosine decay"),
            "constant": marked("Constant"),
        },
        help=marked(
            "How the learning rate moves over the run. A short warm-up, then a slow fall to nothing, is good soonest."
        ),
    )
    beta2: float = setting(
        0.98,
        label=marked("Adam's beta 2"),
        minimum=0.5,
        maximum=0.99999,
        advanced=True,
        help=marked(
            "Share of its mean of squared gradients that Adam keeps at each step. With 0.98 it "
            "reaches back over some fifty steps and soon notices gradients that grow or shrink; "
            "0.999 is usual."
        ),
    )
    average: bool = setting(
        True,
        label=marked("Average the weights"),
        advanced=True,
        help=marked(
            "Show, measure and keep the mean of the weights over the last steps: at a high "
            "learning rate it is better by a nat or two than the weights of one step."
        ),
    )
    average_reach: int = setting(
        16,
        label=marked("Mean reach"),
        minimum=1,
        maximum=1000,
        logarithmic=True,
        advanced=True,
        when=("average", (True,)),
        help=marked(
            "The mean is that of about the last of this many equal parts of the steps taken. More "
            "parts follow the weights sooner, fewer are calmer."
        ),
    )
    seed: int = setting(
        0,
        label=marked("Seed"),
        minimum=0,
        maximum=2**31 - 1,
        help=marked("Start of all random numbers. The same seed gives the same curve again on the same processor."),
    )
    device: str = setting(
        "auto",
        label=marked("Device"),
        choices={
            "auto": marked("Automatic"),
            "cpu": "CPU",
            "cuda": marked("NVIDIA GPU (CUDA)"),
            "mps": marked("Apple GPU (MPS)"),
        },
        help=marked("Automatic takes a GPU where there is one."),
    )
    precision: str = setting(
        "auto",
        label=marked("Precision"),
        choices={"auto": marked("Automatic"), "float32": "float32", "bfloat16": "bfloat16"},
        advanced=True,
        help=marked(
            "Precision of the networks' products while training. Automatic takes bfloat16 where the "
            "processor multiplies it faster and the objective bears it; losses and weights stay "
            "float32."
        ),
    )
    path: str = setting(
        "auto",
        label=marked("Steps"),
        choices={"auto": marked("Automatic"), "plain": marked("Plain")},
        advanced=True,
        help=marked(
            "How steps are taken. Automatic takes a faster way where there is one for the "
            "networks; plain is the one that every other is checked against."
        ),
    )
    history: int = setting(
        128,
        label=marked("History"),
        unit="MiB",
        minimum=0,
        maximum=65_536,
        advanced=True,
        special=(0, marked("off")),
        help=marked("Most room on disk for the weights of earlier moments, with which one travels back in time."),
    )
    threads: int = setting(
        0,
        label=marked("Threads"),
        minimum=0,
        maximum=256,
        advanced=True,
        special=(0, marked("automatic")),
        help=marked("Processor threads for training; automatic leaves one core for the window."),
    )
