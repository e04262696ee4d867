"""Threads, forks, kills, interrupts and short memory: what breaks a program, done to the samplers.

``python -m trust.faults --minutes 10`` does it at random, and counts. The tests in tests/parity do
a little of each.
"""
