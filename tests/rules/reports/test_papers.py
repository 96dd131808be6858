import base64

from reports.rules.papers import Picture


def test_a_picture_travels_within_the_page() -> None:
    head, data = Picture("<svg/>", "a line").data.split(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(data) == b"<svg/>"
