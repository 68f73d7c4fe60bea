"""``mien serve``: the page, for this machine or for the local network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.cli import _options as opt

if TYPE_CHECKING:
    from mien.web.server import Running

_WHERE, _WHO = "Where it listens", "Who may come in"


def _option(text: str, panel: str | None = None, **more: Any) -> Any:
    return typer.Option(help=text, rich_help_panel=panel, **more)


def serve(
    *,
    host: Annotated[
        str | None, _option("Address to listen on; by default this machine's own.", _WHERE, metavar="ADDRESS")
    ] = None,
    port: Annotated[
        int | None, _option("Port; 0 takes any, by default the first free from 8000.", _WHERE, metavar="N")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.", rich_help_panel=_WHERE)
    ] = False,
    token: Annotated[
        str | None,
        _option("What visitors must bring; made where others can come in.", _WHO, metavar="TEXT"),
    ] = None,
    tls: Annotated[
        bool | None, _option("Serve https, as phones demand for the camera.", _WHO, show_default=False)
    ] = None,
    cert: Annotated[
        Path | None, _option("Certificate (PEM) in place of a self-made one.", _WHO, metavar="FILE")
    ] = None,
    key: Annotated[Path | None, _option("The certificate's key (PEM).", _WHO, metavar="FILE")] = None,
    upload_limit: Annotated[
        int | None, _option("Largest upload.", _WHO, metavar="MB", show_default="500")
    ] = None,
    detector: opt.Detector = None,
    classifier: opt.Classifier = None,
    landmarker: opt.Landmarker = None,
    aligner: opt.Aligner = None,
    measures: opt.Measures = None,
    min_quality: opt.MinQuality = None,
    config: Annotated[
        Path | None, _option("Settings in TOML: server, sources, analyzer, draw.", metavar="FILE")
    ] = None,
) -> None:
    """Serve the page; Ctrl-C stops it."""
    from mien.web import models, settings
    from mien.web.server import serve as run

    flags = {
        "host": host,
        "port": port,
        "token": token,
        "tls": tls,
        "cert": None if cert is None else str(cert),
        "key": None if key is None else str(key),
        "upload_mb": upload_limit,
    }
    analysis = {
        "detector": detector,
        "classifier": classifier,
        "landmarker": landmarker,
        "aligner": aligner,
        "measures": measures,
        "min_quality": min_quality,
    }
    chosen = settings.read(config, flags, analysis)
    models.check_names(chosen.analyzer)
    run(chosen, lambda server: started(server, open_))


def started(server: "Running", open_page: bool, state: str = "") -> None:
    from mien.web.server import is_camera_safe

    first, *others = server.urls
    typer.echo(f"mien listens on {first}", err=True)
    for url in others:
        typer.echo(f"  for others on your network: {url}", err=True)
    if not is_camera_safe(server.settings):
        typer.echo(
            "  Browsers refuse the camera over plain http from elsewhere: add --tls for that.", err=True
        )
    typer.echo("Press Ctrl-C to stop.", err=True)
    if open_page:
        import webbrowser

        webbrowser.open(first + state)
