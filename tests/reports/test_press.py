import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import weasyprint
from pypdf import PdfReader

from reports.actions import press

PAGE = '<html lang="en-GB"><head><title>Paper</title></head><body><h1>Paper</h1>{}</body></html>'


class Sink:
    """Counts who comes to an address on this machine."""

    def __init__(self) -> None:
        self.visits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()


@contextmanager
def sink() -> Iterator[Sink]:
    opened = Sink()
    try:
        yield opened
    finally:
        opened.listener.close()


def attacks(port: int, secret: Path) -> str:
    there = f"http://127.0.0.1:{port}"
    return f"""
      <img alt="a" src="{there}/a.png"><img alt="b" src="file://{secret}">
      <object data="{there}/o"></object><embed src="{there}/e"><iframe src="{there}/i"></iframe>
      <link rel="stylesheet" href="{there}/s.css"><link rel="attachment" href="file://{secret}" title="x">
      <a rel="attachment" href="file://{secret}">take</a>
      <style>@import url({there}/imported.css); @font-face {{ font-family: f; src: url({there}/f.woff2) }}
        p {{ background: url({there}/bg.png); font-family: f; list-style-image: url(file://{secret}) }}</style>
      <svg xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">
        <use xlink:href="{there}/u.svg#x"/><image xlink:href="file://{secret}" width="9" height="9"/>
        <style>@import url({there}/svg.css)</style></svg>
      <p background="{there}/old.png">Text stays.</p>"""


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_library_is_new_enough() -> None:
    assert int(weasyprint.__version__.split(".")[0]) >= 70


def test_the_press_visits_nobody_and_reads_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY-OF-THE-FILE")
    with sink() as opened:
        pdf = press.pdf_of(PAGE.format(attacks(opened.port, secret)), f"@import url(http://127.0.0.1:{opened.port}/c);")
        assert opened.visits == 0
    assert "Text stays." in text_of(pdf)
    assert PdfReader(io.BytesIO(pdf)).attachments == {}
    assert b"CANARY-OF-THE-FILE" not in pdf


def test_without_the_walls_the_same_page_would_visit(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY-OF-THE-FILE")
    with sink() as opened:
        weasyprint.HTML(string=PAGE.format(attacks(opened.port, secret))).write_pdf()
        assert opened.visits > 0


def test_the_process_itself_refuses_sockets_files_and_programs() -> None:
    attempt = """
import sys
sys.argv = ["press"]
from reports.actions import press
press._watch()
import socket, subprocess
def refused(act):
    try:
        act()
    except PermissionError:
        return True
    except OSError:
        return False
    return False
print([
    refused(lambda: socket.create_connection(("127.0.0.1", 9), 1)),
    refused(lambda: open("/etc/passwd")),
    refused(lambda: subprocess.run(["true"])),
    refused(lambda: open(socket.__file__).close()),
])
"""
    done = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, cwd=press.HERE, check=False)  # noqa: S603
    assert done.stdout == "[True, True, True, False]\n", done.stderr


def test_a_page_that_eats_memory_is_stopped_in_words() -> None:
    huge = "<table>" + "<tr><td colspan=1000>x" * 30_000
    with pytest.raises(press.NotPrinted, match="more memory than a document may take"):
        press.pdf_of(PAGE.format(huge), "", memory=160 * 1024 * 1024)


def test_a_page_that_takes_too_long_is_stopped_in_words() -> None:
    with pytest.raises(press.NotPrinted, match="took longer than 1 seconds"):
        press.pdf_of(PAGE.format("<p>word</p>" * 20_000), "", seconds=1)


def test_the_press_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, dict[str, str]] = {}

    class Done:
        returncode, stdout, stderr = 0, b"%PDF-", b""

    def note(*args: object, env: dict[str, str], **kwargs: object) -> Done:
        seen["env"] = env
        return Done()

    monkeypatch.setenv("SECRET_KEY", "CANARY")
    monkeypatch.setattr(press.subprocess, "run", note)
    press.pdf_of("", "")
    assert "CANARY" not in str(seen["env"])
    assert set(seen["env"]) <= {*press.KEPT, "HOME", "TMPDIR", "PRESS_MEMORY", "PRESS_PARENT"}


def test_a_document_is_tagged_and_has_a_language_and_a_title() -> None:
    reader = PdfReader(io.BytesIO(press.pdf_of(PAGE.format("<p>One</p>"), "")))
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean, not ours
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"] == "en-GB"
    assert reader.metadata is not None and reader.metadata.title == "Paper"
