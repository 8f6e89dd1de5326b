"""Figures for papers: other programs show what was drawn, text is text, and the same figure is the same file."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from tests.export.papers import rendered, share_of, words_of
from vae_explorer.errors import ExportError
from vae_explorer.export.curves_figure import curves_sheet
from vae_explorer.export.figure_options import CurvesOptions, PlaneOptions
from vae_explorer.export.notes import read_provenance
from vae_explorer.export.palette import class_colour
from vae_explorer.export.plane_figure import PlaneContents, density_levels, plane_sheet
from vae_explorer.export.provenance import Provenance
from vae_explorer.export.vector import MM_PER_INCH, Sheet, encode_figure, figure_pixels, save_figure
from vae_explorer.latent.units import CODE_UNITS
from vae_explorer.training.changes import SettingChange
from vae_explorer.training.events import MetricRecord

NAMES = ("boot", "shirt", "bag")
NOTE = Provenance("plane", {"training": {"seed": 3}}, 3, 12, "ab" * 32, {"odd": 'a)(b\\ <&> "c" 图'}, run="my run")
SVG = "{http://www.w3.org/2000/svg}"


def contents(count: int = 90) -> PlaneContents:
    """Return three clouds far from each other."""
    labels = np.arange(count) % 3
    middles = np.array([(-2.0, -2.0), (2.0, -2.0), (0.0, 2.0)])
    z = middles[labels] + 0.3 * np.random.default_rng(0).standard_normal((count, 2))
    return PlaneContents(z.astype(np.float32), labels, NAMES)


def sheet(**options: object) -> Sheet:
    return plane_sheet(contents(), PlaneOptions(**options))  # type: ignore[arg-type]


def middle_of(picture: np.ndarray, colour: str) -> tuple[float, float]:
    """Return where in the picture a colour is on average, as shares from the left and from the top."""
    wanted = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)])
    rows, columns = np.nonzero((np.abs(picture.astype(int) - wanted) <= 12).all(axis=2))
    return float(columns.mean()) / picture.shape[1], float(rows.mean()) / picture.shape[0]


@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_that_another_program_shows_each_class_where_it_lies(suffix: str) -> None:
    picture = rendered(encode_figure(sheet(point_size=6.0, legend=False, circles=False), suffix), suffix)
    places = [middle_of(picture, class_colour(label)) for label in range(3)]
    assert places[0][0] < places[2][0] < places[1][0]
    assert places[2][1] < min(places[0][1], places[1][1])  # z2 grows upwards
    assert all(share_of(picture, class_colour(label)) > 0.002 for label in range(3))


def test_that_the_words_of_a_document_are_text() -> None:
    words = words_of(encode_figure(sheet(), ".pdf"))
    assert "z₁ (prior standard deviations)" in words
    assert all(name in words for name in NAMES)
    assert "−2" in words


def test_that_the_axes_of_an_autoencoder_name_no_prior() -> None:
    coded = plane_sheet(replace(contents(), unit=CODE_UNITS), PlaneOptions())
    words = words_of(encode_figure(coded, ".pdf"))
    assert "z₁ (code units)" in words
    assert "prior" not in words


def test_that_the_words_of_a_drawing_are_text() -> None:
    root = ET.fromstring(bytes(encode_figure(sheet(), ".svg")))
    words = " ".join("".join(item.itertext()) for item in root.iter(f"{SVG}text"))
    assert "(prior standard deviations)" in words
    assert all(name in words for name in NAMES)


@pytest.mark.parametrize(("column", "millimetres"), [("one", 84.0), ("two", 174.0), ("own", 100.0)])
def test_that_a_figure_is_as_wide_as_chosen(column: str, millimetres: float) -> None:
    root = ET.fromstring(bytes(encode_figure(sheet(column=column), ".svg")))
    assert float(root.attrib["width"].removesuffix("pt")) / 72 * MM_PER_INCH == pytest.approx(millimetres, abs=0.01)


def test_that_both_axes_have_one_scale() -> None:
    drawn: list[tuple[float, float]] = []
    one = sheet(font_size=11.0, centre_z1=5.0)

    def draw(figure: object) -> None:
        one.draw(figure)  # type: ignore[arg-type]
        axes = figure.axes[0]  # type: ignore[attr-defined]
        box = axes.get_window_extent()
        drawn.append((box.width / np.ptp(axes.get_xlim()), box.height / np.ptp(axes.get_ylim())))

    figure_pixels(Sheet(draw, one.size, one.paper), 100)
    assert drawn[0][0] == pytest.approx(drawn[0][1], rel=1e-3)


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_that_the_same_figure_is_the_same_file_and_says_what_made_it(suffix: str, tmp_path: Path) -> None:
    path = save_figure(tmp_path / f"figure{suffix}", sheet(), NOTE)
    assert path.read_bytes() == bytes(encode_figure(sheet(), suffix, NOTE))
    assert read_provenance(path) == NOTE


def test_that_a_file_with_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"\.jpg.*\.svg"):
        save_figure(tmp_path / "figure.jpg", sheet())


def test_that_a_person_s_own_settings_of_the_library_change_nothing_and_are_kept(tmp_path: Path) -> None:
    plain = bytes(encode_figure(sheet(), ".svg"))
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        assert bytes(encode_figure(sheet(), ".svg")) == plain
        assert dict(mpl.rcParams) == before


def test_that_many_points_become_one_embedded_picture() -> None:
    few, many = (bytes(encode_figure(sheet(vector_points=most), ".svg")) for most in (90, 89))
    assert few.count(b"<image") == 0
    assert many.count(b"<image") == 1
    assert share_of(rendered(many, ".svg"), class_colour(0), 40) > 0


def test_that_pictures_under_the_points_are_embedded_and_cover_the_plane() -> None:
    tiles = np.zeros((20, 20, 1), dtype=np.uint8)
    one = plane_sheet(PlaneContents(tiles=tiles), PlaneOptions(tiles=2, opacity=1.0, circles=False))
    picture = rendered(encode_figure(one, ".pdf"), ".pdf")
    assert share_of(picture, "#000000") > 0.6


def test_that_a_path_is_drawn_with_both_its_ends() -> None:
    way = np.array([[-3.0, 0.0], [3.0, 0.0]])
    with_path, without = (PlaneContents(route=route, way=way) for route in (way, None))
    shares = [
        share_of(figure_pixels(plane_sheet(each, PlaneOptions()), 150), "#b3261e") for each in (with_path, without)
    ]
    assert shares[0] > 0.001
    assert shares[1] == 0


def test_that_outlines_hold_their_share_of_the_density() -> None:
    side = np.linspace(-6, 6, 241)
    density = np.exp(-0.5 * (side[:, None] ** 2 + side[None] ** 2)) / (2 * np.pi)
    levels = density_levels(density, (side[1] - side[0]) ** 2)
    for height, share in levels.items():  # p(|z| < r) = 1 - exp(-r^2 / 2) where the height is exp(-r^2 / 2) / (2 pi)
        assert 1 - height * 2 * np.pi == pytest.approx(share, abs=0.01)
    assert list(levels.values()) == [0.95, 0.8, 0.5]


def test_that_an_outline_that_is_out_of_sight_is_left_out() -> None:
    assert density_levels(np.full((4, 4), 0.6 / 16), 1.0).keys() == {0.6 / 16}
    assert density_levels(np.zeros((4, 4)), 1.0) == {}


def records() -> list[MetricRecord]:
    train = [
        MetricRecord(step, step / 10, "train", step / 5, {"loss": 100 / step + 50, "kl": 5.0, "error": 0.5 / step})
        for step in range(1, 31)
    ]
    return train + [MetricRecord(10 * n, float(n), "test", 1.0, {"loss": 60.0, "kl": 5.1}) for n in (1, 2, 3)]


@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_that_another_program_shows_training_and_test_curves(suffix: str) -> None:
    picture = rendered(encode_figure(curves_sheet(records(), CurvesOptions()), suffix), suffix)
    assert share_of(picture, "#3355c8", 60) > 0.001
    assert share_of(picture, "#c65a11", 60) > 0.001


def test_that_curves_have_titles_units_and_splits_as_text() -> None:
    words = words_of(encode_figure(curves_sheet(records(), CurvesOptions(column="two")), ".pdf"))
    wanted = ("Total", "KL", "nats per image", "Error rate", "(%)", "Epoch", "Training", "Test")
    assert all(word in words for word in wanted)


def test_that_a_setting_that_was_turned_is_marked_in_words_once() -> None:
    change = SettingChange(15, 1.5, 3.0, "objective.beta", 1.0, 4.0)
    sheet = curves_sheet(records(), CurvesOptions(column="two"), changes=[(change, "beta 1 → 4")])
    text = "".join(ET.fromstring(bytes(encode_figure(sheet, ".svg"))).itertext())
    assert text.count("beta 1 → 4") == 1


def test_that_the_total_alone_is_one_axis() -> None:
    words = words_of(encode_figure(curves_sheet(records(), CurvesOptions(terms="total", axis="step")), ".pdf"))
    assert "KL" not in words
    assert "Step" in words


def test_that_logarithmic_curves_have_plain_numbers() -> None:
    words = words_of(encode_figure(curves_sheet(records(), CurvesOptions(logarithmic=True, terms="total")), ".pdf"))
    assert "100" in words
    assert "$" not in words


@pytest.mark.parametrize("name", ["运动鞋", "$x_1$", r"$\frac{", "a & b <c>", "😀", "x" * 300])
@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_that_any_name_of_a_class_can_be_written(name: str, suffix: str) -> None:
    names = (name, "shirt", "bag")
    cloud = contents()
    data = encode_figure(plane_sheet(PlaneContents(cloud.z, cloud.labels, names), PlaneOptions()), suffix)
    if suffix == ".svg":
        words = "".join(ET.fromstring(bytes(data)).itertext())
        assert name[:20] in words
        assert name[:200] not in words or len(name) < 200


def test_that_no_records_are_told() -> None:
    with pytest.raises(ExportError, match="no curves yet"):
        curves_sheet([], CurvesOptions())
