"""The application: middleware, routes, and the service that they share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import mien
from mien.web import problems
from mien.web.guard import Guard
from mien.web.routes import general, pictures, recordings, videos
from mien.web.service import Service
from mien.web.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """The server's ASGI application. What visitors bring goes when its lifespan ends."""
    settings = settings or Settings()
    # The interactive documentation would load scripts from elsewhere; docs/protocol.md is the reference.
    app = FastAPI(
        title="mien",
        version=mien.__version__,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.service = Service(settings)
    app.add_middleware(Guard, settings=settings.server)
    problems.install(app)
    for part in (general, pictures, videos, recordings):
        app.include_router(part.router)
    app.mount("/static", general.StaticFolder(directory=general.STATIC, check_dir=False), "static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    async with service.running():
        yield
