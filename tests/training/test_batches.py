"""How batches are drawn from the training images, and how terms are averaged over the test images."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.models.networks import small_model
from tests.training.tiny import tiny_dataset
from vae_explorer.objectives.base import Moment
from vae_explorer.objectives.iwae import IWAE, IWAEConfig
from vae_explorer.objectives.vae import VAE
from vae_explorer.training import evaluation
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.evaluation import mean_terms

CPU = torch.device("cpu")


def test_that_the_order_depends_on_seed_and_epoch_alone() -> None:
    source = BatchSource(tiny_dataset().train, CPU)

    def order(seed: int, epoch: int) -> bytes:
        return b"".join(rows.tobytes() for rows in source.shuffled(7, seed=seed, epoch=epoch))

    assert order(1, 0) == order(1, 0)
    assert len({order(1, 0), order(1, 1), order(2, 0), order(0, 1)}) == 4


def test_that_leaving_out_batches_leaves_the_rest_as_it_was() -> None:
    source = BatchSource(tiny_dataset().train, CPU)
    whole = list(source.shuffled(16, seed=1, epoch=2))
    rest = list(source.shuffled(16, seed=1, epoch=2, skip=2))
    assert [len(rows) for rows in whole] == [16, 16, 8]
    assert sorted(np.concatenate(whole)) == list(range(40))
    assert len(rest) == 1
    assert rest[0].tolist() == whole[2].tolist()


def test_that_batches_are_floats_from_zero_to_one_with_their_labels() -> None:
    data = tiny_dataset()
    batch = BatchSource(data.train, CPU).rows(np.array([3, 0]))
    assert batch.images.dtype == torch.float32
    np.testing.assert_allclose(batch.images.numpy(), data.images[[3, 0]] / 255, rtol=1e-6)
    assert data.labels is not None
    assert batch.labels is not None
    assert batch.labels.tolist() == data.labels[[3, 0]].tolist()
    assert BatchSource(tiny_dataset(classes=0).train, CPU).rows(np.array([0])).labels is None


def test_that_images_in_memory_are_measured_from_the_first_on_up_to_the_limit() -> None:
    source = BatchSource(tiny_dataset().train, CPU)
    assert source.measured_rows(20).tolist() == list(range(20))
    assert source.measured_rows(999).tolist() == list(range(40))


def test_that_test_terms_are_the_mean_over_images_and_not_over_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    source, model = BatchSource(tiny_dataset(train=7).train, CPU), small_model()
    monkeypatch.setattr(evaluation, "_BATCH_SIZE", 3)
    found = mean_terms(VAE(), model, source, limit=7, moment=Moment())
    assert found is not None
    posterior = model.posterior(source.rows(np.arange(7)).images, None)
    kl = 0.5 * (posterior.mean**2 + posterior.log_var.exp() - posterior.log_var - 1).sum(1).mean()
    assert found["kl"] == pytest.approx(kl.item(), rel=1e-5)


def test_that_measuring_twice_gives_the_same_and_leaves_the_model_in_training() -> None:
    source, model = BatchSource(tiny_dataset().test, CPU), small_model().train()
    first = mean_terms(VAE(), model, source, limit=8, moment=Moment())
    assert first == mean_terms(VAE(), model, source, limit=8, moment=Moment())
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_that_a_cancelled_measurement_gives_nothing() -> None:
    source, model = BatchSource(tiny_dataset().test, CPU), small_model().train()
    assert mean_terms(VAE(), model, source, limit=8, moment=Moment(), cancelled=lambda: True) is None
    assert model.training


def test_that_large_pictures_are_measured_a_few_at_a_time() -> None:
    small, large = small_model(shape=(1, 28, 28)), small_model(shape=(3, 128, 128))
    assert evaluation._batch_size(VAE(), small) == 500
    assert evaluation._batch_size(VAE(), large) == 85


def test_that_the_pictures_measured_at_a_time_leave_room_for_their_samples() -> None:
    objective = IWAE(IWAEConfig(samples=50))
    assert evaluation._batch_size(objective, small_model(shape=(1, 28, 28))) == (1 << 22) // (784 * 50)
