"""Sources: pictures, videos, cameras and streams as frames; see `mien.sources.base`."""
