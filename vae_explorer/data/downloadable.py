"""Data sets that are published elsewhere: where, how large, with which hashes, and under which terms.

Sizes and SHA-256 are those that several independent projects record for the published files. Every address is
reached by HTTPS; of places that only speak HTTP, the same files are taken from where their authors keep them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vae_explorer.language import marked


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One published file: its name, its size in bytes, and its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Downloadable:
    """What is downloaded together.

    Attributes
    ----------
    folder
        Name of the folder that the files are kept in, and of the data set where it holds only one.
    title
        Words for a list.
    publisher
        Who offers the files.
    licence
        The terms in a word or two: ``MIT``.
    terms
        Authors, terms and the paper to cite, in full sentences.
    mirrors
        Addresses in front of the names of the files, tried in turn; each ends in a slash.
    files
        All files, with the same names everywhere.
    """

    folder: str
    title: str
    publisher: str
    licence: str
    terms: str
    mirrors: tuple[str, ...]
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Size of all files together in bytes."""
        return sum(file.size for file in self.files)


TRAIN_IMAGES: Final = "train-images-idx3-ubyte.gz"
TRAIN_LABELS: Final = "train-labels-idx1-ubyte.gz"
TEST_IMAGES: Final = "t10k-images-idx3-ubyte.gz"
TEST_LABELS: Final = "t10k-labels-idx1-ubyte.gz"

MNIST: Final = Downloadable(
    folder="mnist",
    title="MNIST",
    publisher=marked("Y. LeCun, C. Cortes and C. J. C. Burges"),
    licence=marked("CC BY-SA 3.0"),
    terms=(
        marked(
            "MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, CC BY-SA 3.0 "
            "(https://creativecommons.org/licenses/by-sa/3.0/). Cite: Y. LeCun, L. Bottou, Y. "
            "Bengio and P. Haffner, Gradient-based learning applied to document recognition, "
            "Proceedings of the IEEE 86 (1998)."
        )
    ),
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    files=(
        RemoteFile(TRAIN_IMAGES, 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        RemoteFile(TRAIN_LABELS, 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        RemoteFile(TEST_IMAGES, 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        RemoteFile(TEST_LABELS, 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
)

FASHION_MNIST: Final = Downloadable(
    folder="fashion-mnist",
    title="Fashion-MNIST",
    publisher=marked("Zalando SE"),
    licence="MIT",
    terms=(
        marked(
            "Fashion-MNIST, copyright 2017 Zalando SE, MIT licence. Cite: H. Xiao, K. Rasul and "
            "R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning "
            "algorithms, arXiv:1708.07747 (2017)."
        )
    ),
    mirrors=(
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
    files=(
        RemoteFile(TRAIN_IMAGES, 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        RemoteFile(TRAIN_LABELS, 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        RemoteFile(TEST_IMAGES, 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        RemoteFile(TEST_LABELS, 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ),
)

KMNIST: Final = Downloadable(
    folder="kmnist",
    title="Kuzushiji-MNIST",
    publisher=marked("CODH, Japan"),
    licence=marked("CC BY-SA 4.0"),
    terms=(
        marked(
            "KMNIST Dataset (created by CODH), adapted from Kuzushiji Dataset (created by NIJL "
            "and others), doi:10.20676/00000341, CC BY-SA 4.0 "
            "(https://creativecommons.org/licenses/by-sa/4.0/). Cite: T. Clanuwat, M. "
            "Bober-Irizar, A. Kitamoto, A. Lamb, K. Yamamoto and D. Ha, Deep learning for "
            "classical Japanese literature, arXiv:1812.01718 (2018)."
        )
    ),
    mirrors=("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    files=(
        RemoteFile(TRAIN_IMAGES, 18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"),
        RemoteFile(TRAIN_LABELS, 29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"),
        RemoteFile(TEST_IMAGES, 3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"),
        RemoteFile(TEST_LABELS, 5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"),
    ),
)

EMNIST: Final = Downloadable(
    folder="emnist",
    title="EMNIST",
    publisher="NIST",
    licence=marked("no terms stated"),
    terms=(
        marked(
            "EMNIST by Gregory Cohen, Saeed Afshar, Jonathan Tapson and André van Schaik, made "
            "from NIST Special Database 19 and published by NIST, which states no terms of use "
            "beyond a wish to be cited. Cite: G. Cohen, S. Afshar, J. Tapson and A. van Schaik, "
            "EMNIST: extending MNIST to handwritten letters, IJCNN (2017), arXiv:1702.05373."
        )
    ),
    mirrors=(
        "https://biometrics.nist.gov/cs_links/EMNIST/",
        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
    ),
    files=(RemoteFile("gzip.zip", 561_753_746, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"),),
)
