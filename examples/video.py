"""How a video's expressions change: python examples/video.py clip.mp4 (or 0 for a camera, or an address)"""

import sys

import mien

shown = {}
for result in mien.stream(sys.argv[1]):
    for face in result.faces:
        if shown.get(face.track_id) != face.expression.label:
            shown[face.track_id] = face.expression.label
            print(f"{result.time:7.2f} s  person {face.track_id}: {face.expression.label}")
