"""The classifier alone, on crops of faces: python examples/classify.py crop.png ..."""

import sys

import mien
from mien import imageops

model = mien.load("classifiers", "vgg_slim")
for path, row in zip(sys.argv[1:], model.predict([imageops.read(p) for p in sys.argv[1:]]), strict=True):
    print(path, dict(zip(model.labels, row.round(2).tolist(), strict=True)))
