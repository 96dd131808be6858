"""The press: finished HTML in, tagged PDF out, in a process of its own that can reach nothing.

WeasyPrint's resource fetcher has been bypassed more than once, so it is the inner wall of four: the process has no
network where the system allows that, may open no socket and read no file but its own libraries, holds none of our
environment, and is ended by the system when it takes too much memory or time. What is drawn (fonts, pictures) comes
inlined as data.

    python -m reports.actions.press  <  {"html": ..., "css": ...}  >  PDF
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS = 90
PROCESSOR_SECONDS = 60
MEMORY = 512 * 1024 * 1024
HERE = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "LANG", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH")

CLONE_NEWUSER, CLONE_NEWNET, PR_SET_PDEATHSIG, SIGKILL = 0x10000000, 0x40000000, 1, 9
CLOSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "urllib.", "ftplib.")


class NotPrinted(Exception):
    """The press gave no document. The sentence is for the page; it never holds what was to be printed."""


def pdf_of(html: str, css: str, *, seconds: int = SECONDS, memory: int = MEMORY) -> bytes:
    """The PDF/UA bytes of a finished page. `memory` in bytes. Raises NotPrinted with a sentence to show."""
    with tempfile.TemporaryDirectory(prefix="press-") as folder:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"HOME": folder, "TMPDIR": folder, "PRESS_MEMORY": str(memory), "PRESS_PARENT": str(os.getpid())}
        try:
            done = subprocess.run(
                [sys.executable, "-m", "reports.actions.press"],
                input=json.dumps({"html": html, "css": css}).encode(),
                capture_output=True,
                cwd=HERE,
                env=environment,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise NotPrinted(f"The document took longer than {seconds} seconds to draw and was stopped.") from late
    if done.returncode == 0 and done.stdout.startswith(b"%PDF-"):
        return done.stdout
    if b"MemoryError" in done.stderr or done.returncode in (-SIGKILL, -6, -11):
        raise NotPrinted("The document needed more memory than a document may take and was stopped.")
    raise NotPrinted("The document could not be drawn. Nothing was issued; please ask for it again.")


def _shut() -> None:
    """Limits and walls that the system keeps; those it does not offer here are left to the others."""
    memory = int(os.environ.get("PRESS_MEMORY", MEMORY))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux":
        library.prctl(PR_SET_PDEATHSIG, SIGKILL)
        if os.environ.get("PRESS_PARENT") not in (None, str(os.getppid())):
            sys.exit(1)  # the worker died before we could ask to die with it
        if library.unshare(CLONE_NEWUSER | CLONE_NEWNET):
            library.unshare(CLONE_NEWNET)


def _watch() -> None:
    """From here on Python itself refuses sockets, programs and every file that is not ours."""
    home = tempfile.gettempdir()
    roots = tuple(
        sorted({str(Path(root).resolve()) for root in (sys.prefix, sys.base_prefix, home, *sys.path[1:]) if root})
    )

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(CLOSED_EVENTS) and not (event == "urllib.Request" and str(args[0]).startswith("data:")):
            raise PermissionError(f"The press may not do this: {event}")
        if event == "open" and isinstance(args[0], (str, bytes)):
            wanted = os.path.realpath(os.fsdecode(args[0]))
            if not any(wanted == root or wanted.startswith(root + os.sep) for root in roots):
                raise PermissionError("The press may not read this file.")

    sys.addaudithook(refuse)


def _print() -> None:
    _shut()
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    class Inlined(URLFetcher):
        """Data that is already in the page, and nothing else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if not url.startswith("data:"):
                raise ValueError("The press fetches nothing.")
            return super().fetch(url, headers)

    work = json.loads(sys.stdin.buffer.read())
    _watch()
    fetcher = Inlined(allowed_protocols=("data",), allow_redirects=False)
    fonts = FontConfiguration()
    sheet = CSS(string=work["css"], url_fetcher=fetcher, font_config=fonts)
    page = HTML(string=work["html"], url_fetcher=fetcher, base_url=None)
    pdf = page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    _print()
