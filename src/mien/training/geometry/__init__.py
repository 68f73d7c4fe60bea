"""Training of the classifier that reads measures of a face instead of its pixels."""
