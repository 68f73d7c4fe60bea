"""Expression classifiers: face crops in, probabilities out; see `mien.classifiers.base`."""
