"""What all routes and sockets of one server share."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from starlette.requests import HTTPConnection

from mien.web.models import Models
from mien.web.settings import Settings
from mien.web.visits import Visits

log = logging.getLogger(__name__)
VIDEO_WORKERS = 2


class Service:
    """Made with the application; its folder and threads end with the server (`running`)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.models = Models(settings.analyzer)
        self.visits = Visits(settings.server.grace, settings.server.idle)
        self.upload_bytes = settings.server.upload_mb * 1024 * 1024
        # Live frames have workers of their own: nothing slow may stand before them.
        self.live = ThreadPoolExecutor(max(2, os.cpu_count() or 2), "mien-live")
        self.jobs = ThreadPoolExecutor(VIDEO_WORKERS, "mien-video")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """End visits while the server runs, and all of them when it stops."""
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeper.cancel()
            try:
                with suppress(asyncio.CancelledError):
                    await sweeper
            finally:
                await asyncio.to_thread(self._close)

    async def _sweep(self) -> None:
        pause = min(1.0, self.visits.grace / 4, self.visits.idle / 4)
        while True:
            await asyncio.sleep(max(pause, 0.01))
            for visit in self.visits.ended():
                try:
                    await asyncio.to_thread(visit.remove)
                except Exception:  # one visit that cannot be removed must not keep the others
                    log.exception("The visit %s could not be removed", visit.id)

    def _close(self) -> None:
        self.visits.close()
        self.live.shutdown(cancel_futures=True)
        self.jobs.shutdown(cancel_futures=True)


def service_of(connection: HTTPConnection) -> Service:
    """The service of the application that ``connection`` speaks to."""
    found: Service = connection.app.state.service
    return found
