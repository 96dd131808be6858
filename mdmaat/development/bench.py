"""`./dev bench`: run every script of tests/benchmarks and keep its figures in .run/benchmarks/.

    ./dev bench                       all of them, with a clinic of 30 courses
    ./dev bench pages --courses 200   one of them, with the clinic of the nightly run

A benchmark is a module with `measure()`, which returns figures by name. It may use the database: it runs against a
database of its own, migrated and filled with the demo clinic. With `--nightly` (NIGHTLY=1 in the environment) the large
instances are measured as well, which takes the better part of an hour.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .environment import ROOT, RUN, servers, stop
from .services import ServicesFailed

FOLDER = ROOT / "tests" / "benchmarks"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="only these scripts")
    parser.add_argument("--courses", type=int, default=30, help="courses of the demo clinic")
    parser.add_argument("--nightly", action="store_true", help="the large instances as well")
    asked = parser.parse_args(arguments)
    if asked.nightly:
        os.environ["NIGHTLY"] = "1"
    files = sorted(file for file in FOLDER.glob("*.py") if not asked.names or file.stem in asked.names)
    if not files:
        stop(f"There is no benchmark {' '.join(asked.names)} in tests/benchmarks.")
    with servers(f"bench-{asked.courses}") as environment:
        prepare = [sys.executable, "-m", "mdmaat.development.prepare", f"--demo={asked.courses}"]
        subprocess.run(prepare, env=environment, check=True)
        os.environ.update(environment)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdmaat.settings")
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        for file in files:
            _report(file.stem, _measure(file))
    return 0


def _measure(file: Path) -> dict[str, Any]:
    specification = importlib.util.spec_from_file_location(file.stem, file)
    if specification is None or specification.loader is None:
        raise ImportError(file)
    module = importlib.util.module_from_spec(specification)
    sys.modules[file.stem] = module
    specification.loader.exec_module(module)
    figures: dict[str, Any] = module.measure()
    return figures


def _report(name: str, figures: dict[str, Any]) -> None:
    kept = RUN / "benchmarks" / f"{name}.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps({"measured_at": time.time(), "python": sys.version, "figures": figures}, indent=2))
    print(f"{name}")
    for what, figure in figures.items():
        shown = ", ".join(f"{key} {value}" for key, value in figure.items()) if isinstance(figure, dict) else figure
        print(f"  {what:48} {shown}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServicesFailed as problem:
        stop(problem)
