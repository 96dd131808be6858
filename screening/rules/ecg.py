"""Corrected QT intervals. Milliseconds in, milliseconds out."""

import math
from dataclasses import dataclass

MINUTE = 60_000
DISAGREE = 0.1  # share by which RR interval and heart rate may differ and still be one tracing


@dataclass(frozen=True, slots=True)
class Corrected:
    """QTc of one tracing, rounded up to whole milliseconds: a value above a limit never reads as one on it."""

    rr: float
    bazett: int
    fridericia: int


def corrected(qt: float, rr: float) -> Corrected:
    """QTc by Bazett (QT / square root of RR in seconds) and by Fridericia (QT / cube root). `qt` and `rr` above zero."""
    seconds = rr / 1000
    return Corrected(rr, _up(qt / seconds ** (1 / 2)), _up(qt / seconds ** (1 / 3)))


def _up(value: float) -> int:
    return math.ceil(round(value, 3))


def rr_interval(rr: float | None, rate: float | None) -> float | None:
    """RR in ms when the heart rate bears it out; None when one of the two is missing or they contradict each other."""
    if rr is None or rate is None or rate <= 0 or abs(rr - MINUTE / rate) > DISAGREE * rr:
        return None
    return rr
