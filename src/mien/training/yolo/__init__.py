"""Training of one-stage networks that find faces and read their expressions at once."""
