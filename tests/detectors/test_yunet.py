"""YuNet: decoding is tested with made networks, what it finds with the real ones (data)."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mien import cache, geometry, registry
from mien.backends import OnnxRuntime
from mien.detectors import yunet
from mien.detectors._input import PictureInput
from mien.errors import BadOption, ModelError
from mien.types import Box, Floats, Image

PUBLISHED = "face_detection_yunet_2023mar.onnx"


class OneCell:
    """A network that sees one face, at ``row`` and ``column`` of one stride, and nothing elsewhere."""

    def __init__(self, stride: int, row: int, column: int, cls: float, obj: float) -> None:
        self.stride, self.row, self.column, self.scores = stride, row, column, (cls, obj)
        self.offsets = np.array([0.5, 0.25, np.log(4), np.log(6)], np.float32)
        self.points = np.arange(10, dtype=np.float32) / 10

    def run(self, tensor: Floats) -> list[Floats]:
        assert tensor.dtype == np.float32
        assert tensor.shape[0] == 1
        height, width = tensor.shape[2:]
        outputs = {}
        for stride in yunet.STRIDES:
            cells = (height // stride) * (width // stride)
            for head, size in yunet.HEADS.items():
                outputs[f"{head}_{stride}"] = np.zeros((1, cells, size), np.float32)
        cell = self.row * (width // self.stride) + self.column
        values = (*self.scores, self.offsets, self.points)
        for head, value in zip(yunet.HEADS, values, strict=True):
            outputs[f"{head}_{self.stride}"][0, cell] = value
        return [outputs[f"{head}_{stride}"] for stride in yunet.STRIDES for head in yunet.HEADS]


def with_network(network: OneCell, long_side: int = 320, score_threshold: float = 0.6) -> yunet.Yunet:
    """The detector around ``network``, without a file."""
    detector = yunet.Yunet.__new__(yunet.Yunet)
    detector._score_threshold, detector._nms_threshold = score_threshold, 0.3
    detector._model = network  # type: ignore[assignment]
    detector._input = PictureInput(yunet.INPUT, long_side, 32)
    heads = len(yunet.HEADS)
    detector._heads = {
        stride: list(range(place * heads, (place + 1) * heads)) for place, stride in enumerate(yunet.STRIDES)
    }
    return detector


@pytest.mark.parametrize("stride", yunet.STRIDES)
def test_one_cell_becomes_one_face(stride: int) -> None:
    """640 x 360 at a long side of 320: network pixels count double."""
    network = OneCell(stride, row=3, column=5, cls=0.81, obj=1.0)
    (face,) = with_network(network).detect(np.zeros((360, 640, 3), np.uint8))
    center_x, center_y, width, height = (5 + 0.5) * stride, (3 + 0.25) * stride, 4 * stride, 6 * stride
    expected = (center_x - width / 2, center_y - height / 2, center_x + width / 2, center_y + height / 2)
    inside = np.clip([2 * value for value in expected], 0, (640, 360, 640, 360))
    assert face.box.as_tuple() == pytest.approx(tuple(inside), rel=1e-5)
    assert face.score == pytest.approx(0.9)
    assert face.points is not None
    offsets = network.points.reshape(5, 2) + np.float32((5, 3))
    np.testing.assert_allclose(face.points, offsets * stride * 2, rtol=1e-5)


@pytest.mark.parametrize(("side", "scale"), [(40, 2), (160, 2), (320, 1), (640, 0.5)])
def test_small_pictures_are_enlarged_twice_at_most(side: int, scale: float) -> None:
    (face,) = with_network(OneCell(8, 2, 3, 1, 1)).detect(np.zeros((side, side, 3), np.uint8))
    assert face.box.width == pytest.approx(4 * 8 / scale, rel=1e-5)


@pytest.mark.parametrize(("cls", "obj", "found"), [(0.5, 0.73, 1), (0.5, 0.71, 0), (1.2, 1.2, 1)])
def test_threshold_and_range_of_the_score(cls: float, obj: float, found: int) -> None:
    faces = with_network(OneCell(8, 1, 1, cls, obj)).detect(np.zeros((240, 320, 3), np.uint8))
    assert len(faces) == found
    assert all(face.score <= 1 for face in faces)


@pytest.mark.parametrize("options", ["long_side=16", "score_threshold=1.5", "nms_threshold=-1", "threads=0"])
def test_options_that_cannot_be(options: str) -> None:
    with pytest.raises(BadOption, match=options):
        registry.load("detectors", f"yunet:{options}")


def test_without_weights_it_says_how_to_get_them() -> None:
    with pytest.raises(ModelError, match=r"mien pull yunet.*yunet:weights=PATH"):
        registry.load("detectors", "yunet")


def test_a_path_without_a_file_is_said() -> None:
    with pytest.raises(ModelError, match=r"no/such\.onnx"):
        registry.load("detectors", "yunet:weights=no/such.onnx")


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    path = tmp_path / "text.onnx"
    path.write_text("not a model")
    with pytest.raises(ModelError):
        registry.load("detectors", "yunet", weights=str(path))


def test_another_network_is_said(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx makes the other network")
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 3, None, None])
        for name in ("input", "output")
    ]
    node = onnx.helper.make_node("Relu", ["input"], ["output"])
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "other", ends[:1], ends[1:]),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )
    path = tmp_path / "other.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelError, match=r"not a YuNet.*outputs are output.*cls_8"):
        registry.load("detectors", "yunet", weights=str(path))


def test_only_a_square_input_is_freed() -> None:
    dimension = bytes.fromhex("0a03088005")
    assert (
        yunet.free_size(b"before" + 2 * dimension + b"after") == b"before\n\x03\x12\x01h\n\x03\x12\x01wafter"
    )
    assert yunet.free_size(b"before" + dimension + b"after") == b"before" + dimension + b"after"
    assert yunet.free_size(4 * dimension + b"x" + 2 * dimension) == 4 * dimension + b"x" + 2 * dimension


@pytest.fixture(scope="module")
def published(data_folder: Path) -> Path:
    return data_folder / "weights" / PUBLISHED


@pytest.mark.data
def test_a_pulled_file_is_found_by_itself(
    published: Path, portrait: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    cache.folder().mkdir()
    (cache.folder() / PUBLISHED).write_bytes(published.read_bytes())
    assert registry.load("detectors", "yunet").detect(portrait)


@pytest.mark.data
def test_freeing_the_size_changes_no_number(published: Path, portrait: Image) -> None:
    """At 640 x 640, where the fixed file runs too, every output is the same to the last bit."""
    model = published.read_bytes()
    square = np.asarray(cv2.resize(portrait, (640, 640)), np.float32).transpose(2, 0, 1)[None]
    fixed, freed = OnnxRuntime(model), OnnxRuntime(yunet.free_size(model))
    assert fixed.input_shape() == (1, 3, 640, 640)
    assert freed.input_shape() == (1, 3, None, None)
    pairs = zip(fixed.run(square), freed.run(square), strict=True)
    assert all(np.array_equal(first, second) for first, second in pairs)


def talking(folder: Path) -> Image:
    with av.open(str(folder / "videos" / "one_face_talking.mp4")) as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="bgr24"), np.uint8)


@pytest.mark.data
@pytest.mark.parametrize("picture", ["portrait", "video", "wide"])
def test_as_opencv_decodes_it(published: Path, data_folder: Path, portrait: Image, picture: str) -> None:
    image = {
        "portrait": portrait,
        "video": talking(data_folder),
        "wide": np.hstack((portrait, portrait[:, ::-1], portrait)),
    }[picture]
    ours = registry.load("detectors", "yunet", weights=str(published)).detect(image)
    theirs = opencv_faces(published, image)
    assert len(ours) == len(theirs) == (3 if picture == "wide" else 1)
    boxes = geometry.as_array([face.box for face in ours])
    overlaps = geometry.iou(boxes, geometry.as_array([Box(*row[:4]) for row in theirs]))
    assert overlaps.max(axis=1).min() > 0.9
    for face, nearest in zip(ours, overlaps.argmax(axis=1), strict=True):
        assert face.score == pytest.approx(theirs[nearest][14], abs=0.02)
        assert face.points is not None
        np.testing.assert_allclose(face.points, theirs[nearest][4:14].reshape(5, 2), atol=3)


def opencv_faces(path: Path, image: Image) -> Floats:
    """OpenCV's decoder, on the square that the file is fixed to: rows of x1, y1, x2, y2, points, score."""
    scale = min(640 / max(image.shape[:2]), 1)
    small = np.zeros((640, 640, 3), np.uint8)
    inner = cv2.resize(image, None, fx=scale, fy=scale)
    small[: inner.shape[0], : inner.shape[1]] = inner
    rows = cv2.FaceDetectorYN.create(str(path), "", (640, 640), 0.6, 0.3).detect(small)[1]
    rows[:, 2:4] += rows[:, :2]
    rows[:, :14] /= scale
    return np.asarray(rows, np.float32)
