"""One permutation for all ranks of a machine, in memory that they share."""

from __future__ import annotations


class Node:
    pass
