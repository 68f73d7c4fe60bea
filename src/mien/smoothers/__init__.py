"""Smoothers: steady probabilities over time, per track; see `mien.smoothers.base`."""
