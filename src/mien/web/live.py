"""The live socket: one connection is one stream, with its own tracks, smoothing and recording."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from mien.drawing.style import Style
from mien.errors import BadOption, MienError, SinkError
from mien.sources.base import Target
from mien.types import Frame
from mien.web import jpeg
from mien.web.feed import Feed
from mien.web.guard import is_local
from mien.web.looking import Answer, Look
from mien.web.messages import Malformed, client_message, integer, number, pack, text, texts
from mien.web.recordings import Recorder
from mien.web.service import Service
from mien.web.visits import Visit

log = logging.getLogger(__name__)
UNSUPPORTED_DATA, INTERNAL_ERROR = 1003, 1011
_NAMED = ("detector", "classifier", "landmarker", "aligner")
"""What a visitor chooses by one name."""
Handler = Callable[[Mapping[str, Any], memoryview], Awaitable[None]]


class LiveConnection:
    """Answers one visitor, message by message; a frame is read only when the one before was answered."""

    def __init__(self, socket: WebSocket, service: Service, visit: Visit) -> None:
        self._socket, self._service, self._visit = socket, service, visit
        self._local = is_local(socket)
        options = service.settings.analyzer
        self._wanted: dict[str, Any] = {
            "detector": options.detector,
            "classifier": options.classifier,
            "landmarker": None,
            "aligner": None,
            "measures": None,
            "max_faces": None,
        }
        self._look: Look | None = None
        self._face: int | None = None
        self._index, self._time = 0, 0.0
        self._feed: Feed | None = None
        self._showing: asyncio.Task[None] | None = None
        self._recorder: Recorder | None = None
        self._handlers: dict[str, Handler] = {
            "options": self._options,
            "frame": self._frame,
            "source": self._source,
            "record": self._record,
        }

    async def run(self) -> None:
        """Serve the connection, accepted already, until either side ends it."""
        try:
            await self._begin()
            while True:
                await self._handle(await self._receive())
        except WebSocketDisconnect:
            pass
        except Malformed as error:
            await self._fail(str(error), UNSUPPORTED_DATA)
        except Exception as error:  # the fault of one connection must not reach the others
            log.exception("A live connection failed")
            await self._broken(error)
        finally:
            # The server may cancel this connection when it stops: what it holds is freed all the same.
            await asyncio.shield(asyncio.create_task(self._leave()))

    async def _receive(self) -> bytes:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        data: bytes | None = message.get("bytes")
        if data is None:
            raise Malformed("A text message came; every message here is binary (see the protocol).")
        return data

    async def _handle(self, message: bytes) -> None:
        kind, header, payload = client_message(message)
        try:
            await self._handlers[kind](header, payload)
        except Malformed:
            raise
        except MienError as error:
            await self._error(str(error), header.get("id"))

    async def _send(self, header: dict[str, Any], *payload: bytes) -> None:
        await self._socket.send_bytes(pack(header, *payload))

    async def _error(self, reason: str, frame_id: Any = None, *, fatal: bool = False) -> None:
        echo = {} if frame_id is None else {"id": frame_id}
        await self._send({"type": "error", "reason": reason, "fatal": fatal, **echo})

    async def _fail(self, reason: str, code: int) -> None:
        try:
            await self._error(reason, fatal=True)
            await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError):  # gone already
            log.debug("The visitor left before hearing: %s", reason)

    async def _broken(self, error: Exception) -> None:
        reason = f"The server failed at this ({type(error).__name__}). Its log says more."
        await self._fail(reason, INTERNAL_ERROR)

    async def _leave(self) -> None:
        await self._stop_source()
        if self._recorder is not None:
            await asyncio.to_thread(self._recorder.discard)

    # options

    async def _begin(self) -> None:
        """Load the models that the address names; where that cannot be, the server's own, and say why."""
        query = self._socket.query_params
        problems = []
        asked: dict[str, Any] = {key: query[key] for key in _NAMED if key in query}
        if "measures" in query:
            asked["measures"] = tuple(filter(None, query.getlist("measures")))
        for changes in (asked, {}):
            try:
                await self._choose(changes)
                break
            except MienError as error:
                problems.append(str(error))
        if problems:
            await self._error(problems[0])

    async def _options(self, header: Mapping[str, Any], _payload: memoryview) -> None:
        if "face" in header:
            self._face = integer(header, "face", optional=True)
        wanted = {key: header[key] for key in _NAMED if text(header, key) is not None}
        if "measures" in header:
            wanted["measures"] = texts(header, "measures")
        if "max_faces" in header:
            wanted["max_faces"] = integer(header, "max_faces", optional=True)
        if wanted:
            await self._choose(wanted)

    async def _choose(self, changes: Mapping[str, Any]) -> None:
        """Load other models, for the same people; what raises leaves what was chosen before."""
        wanted = {**self._wanted, **changes}
        if self._look is None or wanted != self._wanted:
            self._look = await asyncio.to_thread(self._load, wanted)
        self._wanted = wanted
        await self._send(
            {
                "type": "ready",
                "detector": self._look.detector,
                "classifier": self._look.classifier,
                **self._look.chosen,
                "labels": list(self._look.labels),
            }
        )

    def _load(self, wanted: Mapping[str, Any]) -> Look:
        analyzer = self._service.models.analyzer(**wanted, local=self._local)
        return Look(analyzer, self._look)

    def _renew(self) -> None:
        """Another stream begins: new tracks over the same models, and a clock that starts anew."""
        if self._look is not None:
            self._look = self._look.anew()
        if self._recorder is not None:
            self._recorder.renew()

    # frames of the browser

    async def _frame(self, header: Mapping[str, Any], payload: memoryview) -> None:
        frame_id, seconds = number(header, "id"), number(header, "time")
        if self._feed is not None:
            raise BadOption("A source of the server is shown. Stop it before sending frames.")
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._service.live, self._read, payload, seconds)
        dropped = integer(header, "dropped", optional=True) or 0
        await self._send(answer.header(id=frame_id, dropped=dropped), answer.crop)

    def _read(self, payload: memoryview, seconds: float) -> Answer:
        began = time.perf_counter()
        image = jpeg.decode(payload)
        decode_ms = (time.perf_counter() - began) * 1000
        self._time = max(self._time, seconds)  # tracks know no way back in time
        frame = Frame(image, self._index, self._time, "camera")
        self._index += 1
        return self._analyse(frame, decode_ms)

    def _analyse(self, frame: Frame, decode_ms: float) -> Answer:
        """In a worker thread, one at a time."""
        look, recorder = self._look, self._recorder
        if look is None:
            raise BadOption("No model could be loaded yet. Choose a detector and a classifier.")
        answer = look.at(frame, self._face, decode_ms)
        if recorder is not None:
            recorder.add(frame, answer.result)
        return answer

    # sources of the server

    async def _source(self, header: Mapping[str, Any], _payload: memoryview) -> None:
        target = header.get("target")
        await self._stop_source()
        if target is None:
            return
        allowed = self._allowed(target)
        self._renew()
        self._feed = Feed(allowed, str(target), self._analyse, secret=not self._local)
        self._showing = asyncio.create_task(self._show(self._feed))

    def _allowed(self, target: Any) -> Target:
        """What ``target`` stands for; a name of the settings, or anything for visitors at this machine."""
        if isinstance(target, bool) or not isinstance(target, (str, int)):
            raise Malformed(f'"target" is {target!r}: give a name, or a camera\'s index, a path or a URL.')
        named = self._service.settings.sources
        if target in named:
            return named[str(target)]
        if self._local:
            return target
        names = ", ".join(named) or "none"
        raise BadOption(f"The source '{target}' is not allowed from another machine. Allowed: {names}.")

    async def _show(self, feed: Feed) -> None:
        try:
            async for shown in feed.shown():
                answer = shown.answer
                header = answer.header(id=answer.result.index, dropped=shown.dropped, picture=len(shown.jpeg))
                await self._send(header, shown.jpeg, answer.crop)
            self._feed = None
            self._renew()
            await self._send({"type": "ended", "reason": feed.reason})
        except (WebSocketDisconnect, RuntimeError):
            log.debug("The visitor left while a source was shown")
        except Exception as error:  # a task has nobody above it: the visitor would wait for ever
            log.exception("Showing the source %s failed", feed.name)
            await self._broken(error)

    async def _stop_source(self) -> None:
        feed, showing = self._feed, self._showing
        self._feed = self._showing = None
        if showing is not None:
            showing.cancel()
            await asyncio.wait([showing])
        if feed is not None:
            await feed.stop()
            self._renew()

    # recording

    async def _record(self, header: Mapping[str, Any], _payload: memoryview) -> None:
        on = header.get("on")
        if not isinstance(on, bool):
            raise Malformed(f'"on" is {on!r}: give true or false.')
        if on:
            drawn = texts(header, "draw") if "draw" in header else ()
            style = self._service.settings.style.showing(drawn)
            await self._begin_recording(video=bool(header.get("video", False)), style=style)
        else:
            await self._end_recording()

    async def _begin_recording(self, *, video: bool, style: Style) -> None:
        if self._recorder is not None:
            raise BadOption("A recording runs already. Stop it first.")
        self._recorder = await asyncio.to_thread(
            Recorder,
            self._recording_folder(),
            "camera" if self._feed is None else self._feed.name,
            video=video,
            style=style,
            columns=() if self._look is None else self._look.columns,
        )
        await self._send({"type": "recording", "on": True})

    def _recording_folder(self) -> Path:
        try:
            return self._visit.new_folder()
        except OSError as error:
            raise SinkError(f"The server cannot store a recording: {error.strerror}.") from error

    async def _end_recording(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            raise BadOption("No recording runs. Start one first.")
        done = await asyncio.to_thread(recorder.finish)
        self._visit.recordings[done.id] = done
        message = {
            "type": "recording",
            "on": False,
            "id": done.id,
            "rows": done.rows,
            "video": done.video is not None,
            "dropped": done.dropped,
            "error": done.error,
        }
        await self._send(message)
