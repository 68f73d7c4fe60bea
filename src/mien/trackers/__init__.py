"""Trackers: the same face keeps its number from frame to frame; see `mien.trackers.base`."""
