"""A plugin of pytest that skips a test at the moment when it would fork.

The allocator of AddressSanitizer, as compilers come with it, takes no heed of forks: where another
thread is allocating at that moment, the child waits for its lock for ever. What forks is tested
without sanitizers, and in C++ with them.
"""

from __future__ import annotations

import os

import pytest


def _refuse() -> int:
    pytest.skip("AddressSanitizer permits no fork beside threads")


def pytest_configure() -> None:
    os.fork = _refuse
