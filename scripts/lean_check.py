"""What must hold in an environment with the runtime and no extra. Run by scripts/lean."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_WHEEL_MB = 25
ABSENT = ("torch", "lightning", "plotly", "pyarrow", "matplotlib", "pandas")
NEEDED_FILES = (
    "mien/py.typed",
    "mien/bundled/mini_xception.onnx",
    "mien/bundled/mini_xception.json",
    "mien/bundled/downloads.toml",
    "mien/web/static/index.html",
    "mien/training/recipes/mini_xception.toml",
)


def mien(*arguments: str) -> str:
    """Run the installed command far from the checkout's sources; returns stdout."""
    command = [str(Path(sys.executable).parent / "mien"), *arguments]
    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}"
    return done.stdout


def main() -> None:
    wheel = Path(sys.argv[1])
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.stat().st_size < MAX_WHEEL_MB * 1e6, f"{wheel} has {wheel.stat().st_size} bytes"
    for needed in NEEDED_FILES:
        assert needed in names, f"{needed} is not in {wheel}"
    for module in ABSENT:
        assert importlib.util.find_spec(module) is None, f"{module} came with the runtime"
    assert "run" in mien("--help")
    assert "vgg_slim" in mien("list", "classifiers")
    mien("doctor")
    lines = [json.loads(line) for line in mien("run", "assets/portrait.jpg", "--jsonl", "-").splitlines()]
    assert len(lines) == 1, lines
    assert len(lines[0]["faces"]) == 1, lines
    print(f"The runtime works on its own; the wheel has {wheel.stat().st_size / 1e6:.1f} MB.")


if __name__ == "__main__":
    main()
