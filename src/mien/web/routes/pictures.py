"""Pictures: upload, read by the chosen models, download."""

import shutil
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from mien import imageops
from mien.config import OWN
from mien.web import kinds, pictures
from mien.web.guard import is_local
from mien.web.pictures import Picture
from mien.web.problems import Refused
from mien.web.routes.choosing import Choice
from mien.web.routes.visiting import give_cookie, held_by_visit, known_visit, visit_of
from mien.web.service import Service, service_of
from mien.web.uploads import Upload, receive

router = APIRouter(prefix="/api/pictures")
_MEDIA_TYPES = {"table.csv": "text/csv; charset=utf-8", "results.jsonl": "application/jsonl"}


@router.post("")
async def analyse(
    request: Request,
    choice: Annotated[Choice, Depends(Choice)],
    detector: str | None = None,
    classifier: Annotated[list[str] | None, Query()] = None,
) -> Response:
    service, visit = service_of(request), visit_of(request)
    options = service.settings.analyzer
    names = list(dict.fromkeys(classifier or [options.classifier]))
    names.sort(key=lambda name: name != OWN)  # what the detector reads comes with the faces: first
    with visit.held():
        upload = await receive(request, visit.new_folder, service.upload_bytes)
        picture = await run_in_threadpool(
            _analyse, service, upload, detector or options.detector, names, choice, local=is_local(request)
        )
    visit.pictures[picture.id] = picture
    response = JSONResponse(picture.as_dict())
    give_cookie(request, response, visit)
    return response


@router.delete("/{key}")
async def remove(request: Request, key: str) -> Response:
    picture, visit = _picture(request, key), known_visit(request)
    if visit is not None:
        visit.pictures.pop(key, None)
    await run_in_threadpool(shutil.rmtree, picture.folder, ignore_errors=True)
    return Response(status_code=204)


@router.get("/{key}/annotated.jpg")
def annotated(request: Request, key: str, choice: Annotated[Choice, Depends(Choice)]) -> Response:
    picture = _picture(request, key)
    headers = {"Content-Disposition": f'inline; filename="{_ascii_stem(picture.name)}_annotated.jpg"'}
    return Response(
        picture.annotated(choice.style(service_of(request).settings.style)),
        media_type="image/jpeg",
        headers=headers,
    )


@router.get("/{key}/{name}")
def table(request: Request, key: str, name: str) -> Response:
    if name not in _MEDIA_TYPES:
        raise Refused(
            404, f"No '{name}' is made of a picture. Valid: annotated.jpg, table.csv, results.jsonl."
        )
    picture = _picture(request, key)
    filename = f"{Path(picture.name).stem}_{name}"
    return FileResponse(picture.table(name), media_type=_MEDIA_TYPES[name], filename=filename)


def _picture(request: Request, key: str) -> Picture:
    found = held_by_visit(request, "pictures", key)
    assert isinstance(found, Picture)
    return found


def _analyse(
    service: Service, upload: Upload, detector: str, names: list[str], choice: Choice, *, local: bool
) -> Picture:
    try:
        models = service.models
        analyzer = models.analyzer(detector, names[0], **choice.models, local=local)
        others = {name: models.classifier(name, local=local) for name in names[1:]}
        began = time.perf_counter()
        data = upload.path.read_bytes()
        _refuse_other_files(data, upload.name)
        image = imageops.decode(data, upload.name)
        decode_ms = (time.perf_counter() - began) * 1000
        return pictures.analyse(
            upload.path,
            upload.name,
            image,
            decode_ms,
            analyzer,
            detector=detector,
            others=others,
        )
    except BaseException:
        upload.path.unlink(missing_ok=True)
        raise


def _refuse_other_files(data: bytes, name: str) -> None:
    """415 for what is no picture; 422, by the decoder, for what only claims to be one."""
    claims = Path(name).suffix.lower() in imageops.PICTURE_SUFFIXES
    if not claims and not kinds.is_picture(data):
        raise Refused(415, f"'{name}' is not a picture. Send a JPEG, PNG or WebP file.")


def _ascii_stem(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in Path(name).stem)
