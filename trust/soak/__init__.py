"""Random configurations of every sampler and function, beside torch's, for as long as one likes.

Each configuration comes from a seed of its own: `python -m trust.soak --case NAME --seed N` runs
that one again.
"""
