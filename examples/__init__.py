"""Real training scripts, run with torch's samplers and with ours: ``python -m examples.demo``."""
