"""An RTSP server on loopback, for tests: run by the system's Python, which has GStreamer's bindings.

Usage: rtsp_server.py PORT (0: any free one). Prints the port when it listens; serves a moving test picture at
rtsp://127.0.0.1:PORT/test and ends when its standard input closes. Exit code 77: GStreamer is not there.
"""

import sys
import threading

PIPELINE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=160,height=120,framerate=20/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 )"
)


def bindings():
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    Gst.init(None)
    missing = [name for name in ("x264enc", "rtph264pay") if Gst.ElementFactory.find(name) is None]
    if missing:
        raise ImportError(f"GStreamer lacks {', '.join(missing)}")
    return GLib, GstRtspServer


def main():
    try:
        glib, rtsp = bindings()
    except (ImportError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 77
    server = rtsp.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    factory = rtsp.RTSPMediaFactory.new()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    server.get_mount_points().add_factory("/test", factory)
    if server.attach(None) == 0:
        sys.stderr.write(f"port {sys.argv[1]} is taken\n")
        return 1
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    loop = glib.MainLoop()
    # Whoever started this may die without stopping it: its end of the pipe then closes.
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
