"""The overlay on pictures and videos, the figures, and the pages that stand alone."""
