"""What is computed from facial points and pixels: one file per measure."""
