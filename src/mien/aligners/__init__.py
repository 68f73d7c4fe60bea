"""Ways to turn a face upright before it is read: one file per method."""
