"""Benchmarks beside torch: suites, the run that records them, the report that shows them."""
