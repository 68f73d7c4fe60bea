"""Frames of your own program, people followed from one to the next: python examples/own_frames.py clip.mp4"""

import sys

import cv2

import mien

capture = cv2.VideoCapture(sys.argv[1])
stream = mien.Analyzer(classifier="cnn3").session()  # one for each stream, and for each thread
while (read := capture.read())[0]:
    seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
    for face in stream.process(mien.Frame(read[1], time=seconds)).faces:
        print(f"{seconds:.2f} s  person {face.track_id}: {face.expression.label}")
