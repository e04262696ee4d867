"""Runs that try to break the samplers, and count what they tried."""
