"""Training of face detectors: composed pictures, a teacher, the loss, the measure to choose by."""
