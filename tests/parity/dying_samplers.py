"""A sampler that ends its process, as a fault of memory would: for test_soak.py."""

from __future__ import annotations

import os

import fastsamplers


class SequentialSampler(fastsamplers.SequentialSampler):
    """Not a single index comes."""

    def __iter__(self):
        os.abort()
