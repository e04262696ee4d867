"""A module and a datamodule whose hooks make the loaders, each time that Lightning asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lightning.pytorch import LightningDataModule

from tests.frameworks.runs.lightning_training import Recorder


class _Making:
    """Hooks that make loaders of a stage and the trainer."""

    trainer: Any
    make: Callable[[str, Any], Any]

    def train_dataloader(self) -> Any:
        return self.make("train", self.trainer)

    def val_dataloader(self) -> Any:
        return self.make("evaluate", self.trainer)

    def test_dataloader(self) -> Any:
        return self.make("evaluate", self.trainer)

    def predict_dataloader(self) -> Any:
        return self.make("predict", self.trainer)


class Hooked(_Making, Recorder):
    """A module that makes its loaders."""

    def __init__(self, make: Callable[[str, Any], Any]) -> None:
        super().__init__()
        self.make = make


class Hooks(_Making, LightningDataModule):
    """A datamodule."""

    def __init__(self, make: Callable[[str, Any], Any]) -> None:
        super().__init__()
        self.make = make
