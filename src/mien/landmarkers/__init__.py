"""Facial points: one file per method."""
