"""Expressions in one picture: python examples/picture.py photo.jpg"""

import sys

import mien

for face in mien.analyze(sys.argv[1]).faces:
    print(face.box, face.expression.label, f"{face.expression.confidence:.2f}")
