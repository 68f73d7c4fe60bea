"""Videos: upload, analysis in the background, progress, download."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from mien.pipeline import Analyzer
from mien.web import kinds
from mien.web.guard import is_local
from mien.web.problems import Refused
from mien.web.routes.choosing import Choice
from mien.web.routes.visiting import give_cookie, held_by_visit, known_visit, visit_of
from mien.web.service import service_of
from mien.web.uploads import Upload, receive
from mien.web.videos import VideoJob

router = APIRouter(prefix="/api/videos")
_MEDIA_TYPES = {
    "annotated.mp4": "video/mp4",
    "table.csv": "text/csv; charset=utf-8",
    "report.html": "text/html; charset=utf-8",
    "timeline.json": "application/json",
}
_REPORT_POLICY = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""A report carries its scripts inline; the sandbox keeps them away from this site's cookies and routes."""


@router.post("")
async def begin(
    request: Request,
    choice: Annotated[Choice, Depends(Choice)],
    detector: str | None = None,
    classifier: str | None = None,
) -> Response:
    service, visit = service_of(request), visit_of(request)
    local = is_local(request)

    def load() -> Analyzer:
        return service.models.analyzer(detector, classifier, **choice.models, local=local)

    await run_in_threadpool(load)  # names are right?
    with visit.held():
        upload = await receive(request, visit.new_folder, service.upload_bytes)
    job = VideoJob(_as_video(upload), upload.name, load, choice.style(service.settings.style))
    before = next(reversed(visit.videos.values()), None)
    visit.videos[job.id] = job
    job.start(service.jobs, after=before)
    response = JSONResponse({"id": job.id}, 202)
    give_cookie(request, response, visit)
    return response


@router.get("/{key}")
def status(request: Request, key: str) -> Response:
    return JSONResponse(_job(request, key).status())


@router.delete("/{key}")
async def remove(request: Request, key: str) -> Response:
    job, visit = _job(request, key), known_visit(request)
    if visit is not None:
        visit.videos.pop(key, None)
    await run_in_threadpool(job.remove)
    return Response(status_code=204)


@router.get("/{key}/{name}")
def download(request: Request, key: str, name: str) -> Response:
    if name not in _MEDIA_TYPES:
        raise Refused(404, f"No '{name}' is made of a video. Valid: {', '.join(_MEDIA_TYPES)}.")
    job = _job(request, key)
    path = job.folder / name
    if name in job.missing:
        raise Refused(501, job.missing[name])
    if job.working or not path.is_file():
        raise Refused(404, f"'{name}' is not there (state: {job.state}). {job.error or 'It is being made.'}")
    headers = {"Content-Security-Policy": _REPORT_POLICY} if name == "report.html" else {}
    return FileResponse(
        path,
        media_type=_MEDIA_TYPES[name],
        filename=f"{Path(job.name).stem}_{name}",
        content_disposition_type="inline",
        headers=headers,
    )


def _job(request: Request, key: str) -> VideoJob:
    found = held_by_visit(request, "videos", key)
    assert isinstance(found, VideoJob)
    return found


def _as_video(upload: Upload) -> Path:
    """Give the upload the suffix of what it is; 415 where that is no video."""
    with upload.path.open("rb") as file:
        suffix = kinds.video_suffix(file.read(512))
    if suffix is None:
        upload.path.unlink()
        raise Refused(415, f"'{upload.name}' is not a video. Send an MP4, MOV, MKV, WebM, AVI or MPEG file.")
    return upload.path.rename(upload.path.with_suffix(suffix))
