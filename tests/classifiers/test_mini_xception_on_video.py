from pathlib import Path

import pytest

from mien.pipeline import Analyzer


@pytest.mark.data
def test_the_bundled_model_reads_sad_then_happy(data_folder: Path) -> None:
    video = data_folder / "videos" / "one_face_sad_to_happy.mp4"
    with Analyzer(detector="haar", classifier="mini_xception") as analyzer:
        read = [
            (result.time, face.expression.label)
            for result in analyzer.stream(str(video), every=24)
            for face in result.faces
            if face.expression
        ]
    assert {label for time, label in read if time < 3.5} == {"sad"}
    assert {label for time, label in read if time > 10.5} == {"happy"}
