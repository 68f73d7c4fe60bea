"""Face detectors: picture in, boxes out. Each file is one detector; see `mien.detectors.base`."""
