"""Sinks: results as tables, videos and reports; see `mien.sinks.base`."""
