"""A table and an annotated video of one clip: python examples/two_outputs.py clip.mp4"""

import sys

import mien

with (
    mien.Analyzer(smoother="exponential:seconds=0.5") as analyzer,
    mien.load("sinks", "table_csv", path="faces.csv") as table,
    mien.load("sinks", "annotated_video", path="faces.mp4") as video,
):
    summary = analyzer.run(sys.argv[1], [table, video])
print(f"{summary.frames} frames, without a face: {summary.without_face:.0%}")
