"""Recordings of the live socket, to download."""

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from mien.web.problems import Refused
from mien.web.recordings import Recording
from mien.web.routes.visiting import held_by_visit

router = APIRouter(prefix="/api/recordings")


@router.get("/{key}/table.csv")
def table(request: Request, key: str) -> Response:
    path = _recording(request, key).table
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename="recording.csv")


@router.get("/{key}/video.mp4")
def video(request: Request, key: str) -> Response:
    path = _recording(request, key).video
    if path is None:
        raise Refused(404, "This recording has no video. Ask for one when the recording starts.")
    return FileResponse(
        path, media_type="video/mp4", filename="recording.mp4", content_disposition_type="inline"
    )


def _recording(request: Request, key: str) -> Recording:
    found = held_by_visit(request, "recordings", key)
    assert isinstance(found, Recording)
    return found
