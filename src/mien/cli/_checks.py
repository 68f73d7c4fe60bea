"""What ``mien doctor`` looks at: each check is one line, which says what is wrong and how to mend it."""

import importlib.util
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from mien import artifact, registry
from mien.batch import provenance
from mien.config import CLASSIFIER, AnalyzerOptions
from mien.errors import MienError
from mien.evaluation import machine
from mien.evaluation.scene import made_scene
from mien.pipeline import Analyzer
from mien.sources.camera import cameras

OK, WARN, FAIL = "ok", "warn", "fail"
EXTRAS = {
    "report": ("plotly",),
    "tls": ("cryptography",),
    "parquet": ("pyarrow",),
    "dlib": ("dlib",),
    "evaluate": ("matplotlib", "pycocotools", "scipy"),
    "train": ("torch", "lightning", "torchmetrics", "onnx", "onnxscript"),
}
"""Extra to the modules that it brings."""
_DEFAULTS = AnalyzerOptions()
_TIMES = 7


@dataclass(frozen=True, slots=True)
class Check:
    """``state`` is "ok", "warn" (something optional is missing) or "fail" (mien does not work)."""

    name: str
    state: str
    detail: str


def checks() -> Iterator[Check]:
    """All of them, one after the other."""
    for group in (_packages, _machine, _detectors, _classifiers, _encoders, _cameras, _extras, _self_test):
        yield from group()


def _packages() -> Iterator[Check]:
    for package, version in provenance.versions().items():
        missing = f"not installed: pip install {package}"
        yield Check(package, FAIL if version == "absent" else OK, missing if version == "absent" else version)


def _machine() -> Iterator[Check]:
    facts = machine.facts()
    yield Check("machine", OK, f"{facts['cpu']}, {facts['cores']} cores, {facts['system']}")
    yield Check("models folder", OK, str(artifact.models_folder()))


def _detectors() -> Iterator[Check]:
    yield from (_plugin("detectors", name, _DEFAULTS.detector) for name in registry.names("detectors"))


def _classifiers() -> Iterator[Check]:
    names = registry.names("classifiers")
    yield from (_plugin("classifiers", name, CLASSIFIER) for name in names)
    if CLASSIFIER not in names:
        yield Check(f"classifier {CLASSIFIER}", FAIL, "the default model is missing: install mien again")


def _plugin(family: str, name: str, default: str) -> Check:
    """Whether a plug-in loads; models check their SHA-256 as they do."""
    title = f"{family.removesuffix('s')} {name}"
    is_default = name == registry.parse(default)[0]
    try:
        registry.load(family, name)
    except MienError as error:
        return Check(title, FAIL if is_default else WARN, str(error))
    return Check(title, OK, "ready, the default" if is_default else "ready")


def _encoders() -> Iterator[Check]:
    import av

    for codec, use in (("libx264", "annotated video"), ("aac", "sound in annotated video")):
        try:
            av.Codec(codec, "w")
        except av.codec.codec.UnknownCodecError:
            yield Check(
                f"encoder {codec}", WARN, f"missing: no {use}. Install PyAV from its wheels: pip install av"
            )
        else:
            yield Check(f"encoder {codec}", OK, f"for {use}")


def _cameras() -> Iterator[Check]:
    found = cameras()
    if not found:
        yield Check("cameras", WARN, "none found at this machine; the page can use those of its visitors")
    yield from (Check(f"camera {index}", OK, name) for index, name in found)


def _extras() -> Iterator[Check]:
    for extra, modules in EXTRAS.items():
        absent = [module for module in modules if importlib.util.find_spec(module) is None]
        hint = f"not installed (optional): pip install 'mien[{extra}]'"
        yield Check(f"extra {extra}", WARN if absent else OK, hint if absent else "installed")


def _self_test() -> Iterator[Check]:
    """The default pipeline on a drawn face."""
    try:
        with Analyzer() as analyzer:
            results = [analyzer.analyze(made_scene()[0]) for _ in range(_TIMES)]
    except MienError as error:
        yield Check("self-test", FAIL, str(error))
        return
    timings = {
        stage: statistics.median(result.timings[stage] for result in results) for stage in results[0].timings
    }
    spent = ", ".join(f"{stage} {ms:.1f} ms" for stage, ms in timings.items())
    faces = len(results[0].faces)
    state = OK if faces == 1 else FAIL
    yield Check("self-test", state, f"{faces} of 1 drawn face found at 640x480: {spent}")
