"""Sets of whole pictures with face boxes, to train and score detectors on; see `mien.scenes.base`."""
