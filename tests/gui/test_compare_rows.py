"""Rows of two models side by side: what is subtracted, and what is only shown."""

from __future__ import annotations

import numpy as np

from vae_explorer.app.picture_reading import PictureReading
from vae_explorer.gui.panels.compare_rows import (
    likelihood_words,
    loss_rows,
    measure_rows,
    newest_test,
    reading_rows,
)
from vae_explorer.latent.measures import Evaluation, Measure
from vae_explorer.latent.single import PictureBound
from vae_explorer.training.events import MetricRecord
from vae_explorer.training.experiment import Experiment

MINUS = "\N{MINUS SIGN}"


def record(step: int, split: str = "test", **values: float) -> MetricRecord:
    return MetricRecord(step, step / 10, "test" if split == "test" else "train", 1.0, values)


def reading(reconstruction: float, kl: float | None, likelihood: str = "Bernoulli") -> PictureReading:
    bound = PictureBound(likelihood, "probability", reconstruction, kl)
    picture = np.zeros((1, 8, 8), dtype=np.uint8)
    return PictureReading(picture, None, (0.0, 0.0), None, 0.0, picture, bound, (), 1)


def evaluation(likelihood: str, elbo: float | None, accuracy: float) -> Evaluation:
    measures = (Measure("elbo", "ELBO", elbo, "nats"), Measure("knn_accuracy", "k-NN accuracy", accuracy, "%"))
    return Evaluation(likelihood, "probability", 10, 0, 1, measures, None, ())


def test_that_the_test_record_at_or_before_a_moment_counts() -> None:
    records = [record(10, loss=3.0), record(15, "train", loss=1.0), record(20, loss=2.0)]
    assert newest_test(records, None) is records[2]
    assert newest_test(records, 19) is records[0]
    assert newest_test(records, 5) is None


def test_that_losses_of_one_kind_are_subtracted_and_others_are_not() -> None:
    vae, other = Experiment(), Experiment().with_setting("model.likelihood", "gaussian")
    same = {
        row.title: row for row in loss_rows((vae, record(1, loss=150.0, kl=5.0)), (vae, record(1, loss=148.5, kl=6.0)))
    }
    assert same["Total on test images, nats"].difference == "+1.50"
    assert same["KL on test images, nats"].difference == f"{MINUS}1.000"
    differing = loss_rows((vae, record(1, loss=150.0, kl=5.0)), (other, record(1, loss=148.5, kl=6.0)))
    rows = {row.title: row for row in differing}
    assert rows["Total on test images, nats"].difference == ""
    assert "different quantities" in rows["Total on test images, nats"].tip
    assert rows["KL on test images, nats"].difference != ""


def test_that_a_term_that_only_one_model_has_is_shown_alone() -> None:
    rows = loss_rows((Experiment(), record(1, loss=2.0)), (Experiment(), record(1, error=0.25)))
    assert [(row.first, row.second, row.difference) for row in rows] == [("2.000", "–", ""), ("–", "25.0%", "")]
    assert loss_rows(None, None) == []


def test_that_the_split_of_a_picture_is_subtracted_where_it_is_of_one_kind() -> None:
    rows = {row.title: row for row in reading_rows(reading(100.0, 5.0), reading(98.0, 7.5), (-104.0, -105.0))}
    assert rows["Reconstruction, nats"].difference == "+2.00"
    assert rows["KL, nats"].difference == f"{MINUS}2.50"
    assert rows["ELBO, nats"].difference == "+0.50"
    assert rows["Exact log p(x), nats"].difference == "+1.00"


def test_that_a_picture_given_its_class_or_its_band_is_another_one() -> None:
    one, other = reading(100.0, 5.0), reading(98.0, 7.5)
    rows = {row.title: row for row in reading_rows(one, other, (-1.0, -2.0), ("none", "label"))}
    assert rows["Reconstruction, nats"].difference == "+2.00"
    assert rows["ELBO, nats"].difference == ""
    assert rows["Exact log-likelihood, nats"].difference == ""
    rows = {row.title: row for row in reading_rows(one, other, (-1.0, -2.0), ("none", "image"))}
    assert rows["Reconstruction, nats"].difference == ""
    rows = {row.title: row for row in reading_rows(one, other, (-1.0, -2.0), ("label", "class-mean"))}
    assert rows["Exact log p(x | y), nats"].difference == "+1.00"


def test_that_an_encoder_without_noise_has_no_kl_and_likelihoods_are_named() -> None:
    rows = {row.title: row for row in reading_rows(reading(100.0, None), reading(98.0, 7.5))}
    assert (rows["KL, nats"].first, rows["KL, nats"].difference) == ("–", "")
    assert likelihood_words(reading(1.0, 1.0), reading(1.0, 1.0)) == "Bernoulli"
    assert "different quantities" in likelihood_words(reading(1.0, 1.0), reading(1.0, 1.0, "Gaussian"))
    assert likelihood_words(None, None) == ""
    assert reading_rows(None, None) == []


def test_that_measures_of_other_likelihoods_stand_side_by_side_without_a_difference() -> None:
    rows = {row.title: row for row in measure_rows(evaluation("A", -100.0, 90.0), evaluation("B", -90.0, 80.0))}
    assert rows["ELBO"].difference == ""
    assert rows["k-NN accuracy"].difference == "+10.0"
    rows = {row.title: row for row in measure_rows(evaluation("A", -100.0, 90.0), evaluation("A", -90.0, 80.0))}
    assert rows["ELBO"].difference == f"{MINUS}10.00"
    rows = {row.title: row for row in measure_rows(evaluation("A", None, 90.0), None)}
    assert (rows["ELBO"].first, rows["ELBO"].second) == ("undefined", "–")
