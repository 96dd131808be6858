"""The course ribbon: a line of weeks on which every visit is a shaped mark. Geometry only; a template draws it.

The same picture stands on the course page (large), in a row of the board (compact) and in the PDF. What the picture says
is also said in words: `rows` is its table.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from patients.rules.protocol import VisitKind
from sessions.rules.picture import (
    GLYPHS,
    MEASURES,
    TONES,
    Band,
    Bar,
    Bridge,
    Form,
    Glyph,
    Lines,
    Mark,
    MarkState,
    Picture,
    Row,
    Stop,
    Tick,
)

WEEKS = 18
VAGUE = 35  # days; a wider window would cover the picture and say nothing
TAIL_GAP = 58.0  # between visits that lie months beyond the last week drawn to scale


def state_of(state: str, day: date | None, today: date, *, blocked: bool = False) -> MarkState:
    """The state of a mark from the state of a visit (planned, done, missed, cancelled, repeated) and its day."""
    if day is None:
        return MarkState.OPEN
    if state == "planned":
        if blocked and day >= today:
            return MarkState.BLOCKED
        return MarkState.LATE if day < today else MarkState.PLANNED
    return MarkState.DONE if state == "repeated" else MarkState(state)


def draw(
    stops: Sequence[Stop],
    *,
    title: str,
    today: date | None,
    origin: date | None = None,
    weeks: int = WEEKS,
    washout: tuple[date, date] | None = None,
    form: Form = Form.LARGE,
) -> Picture:
    """The picture of one course.

    `origin` is the Monday of week 1 (without it: the week of the first visit); rows of a board share one origin, and
    visits before it are left out. `washout` is when it began and the clear-from date.
    """
    return _Pen(stops, title, today, origin, weeks, washout, form).picture()


class _Pen:
    def __init__(
        self,
        stops: Sequence[Stop],
        title: str,
        today: date | None,
        origin: date | None,
        weeks: int,
        washout: tuple[date, date] | None,
        form: Form,
    ) -> None:
        self.stops, self.title, self.today, self.washout, self.form = stops, title, today, washout, form
        self.m = MEASURES[form]
        days = [stop.day for stop in stops if stop.day is not None]
        first = min([*days, *([washout[1]] if washout and not days else [])], default=today or date(2000, 1, 3))
        self.origin = origin or _monday(first)
        self.aligned = origin is not None
        self.weeks = weeks if self.aligned else _weeks_to_scale(self.origin, days, weeks)
        self.scale_end = self.m.left + self.weeks * self.m.week
        self.far = [] if self.aligned else sorted((d for d in days if d >= self._end_day), key=lambda d: d)

    @property
    def _end_day(self) -> date:
        return self.origin + timedelta(weeks=self.weeks)

    def x(self, day: date) -> float:
        """The middle of a day; days beyond the scale follow one another at even steps."""
        if day >= self._end_day and day in self.far:
            return round(self.scale_end + TAIL_GAP * (0.75 + self.far.index(day)), 1)
        return round(self.m.left + ((day - self.origin).days + 0.5) * self.m.week / 7, 1)

    def picture(self) -> Picture:
        drawn = [stop for stop in self.stops if stop.day is not None and self._is_seen(stop.day)]
        tail = TAIL_GAP * len(self.far) + (10 if self.far else 0)
        return Picture(
            form=self.form,
            title=self.title,
            description=describe(self.stops, self.today),
            width=round(self.scale_end + tail + self.m.right, 1),
            height=self.m.height,
            lines=Lines(
                week=self.m.week,
                axis=self.m.axis,
                numbers=self.m.axis + 14,
                months=self.m.axis + 31,
                left=self.m.left,
                scale_end=round(self.scale_end, 1),
                top=self.m.top,
            ),
            weeks=tuple(self._week_ticks()),
            months=tuple(self._month_ticks()),
            bands=tuple(self._bands(drawn)),
            bridges=tuple(self._bridges(drawn)) if self.form is Form.LARGE else (),
            stems=tuple(self._stems(drawn)) if self.form is Form.LARGE else (),
            washout=self._washout(),
            marks=tuple(self._mark(stop) for stop in sorted(drawn, key=_painting_order)),
            far=tuple(Tick(self.x(day), f"{day:%b} ’{day:%y}", True) for day in self.far),
            today=self.x(self.today) if self.today and self.origin <= self.today < self._end_day else None,
            rows=tuple(rows(self.stops)),
        )

    def _is_seen(self, day: date) -> bool:
        return day >= self.origin and (day < self._end_day or day in self.far)

    def _week_ticks(self) -> Iterable[Tick]:
        for week in range(self.weeks):
            x = self.m.left + week * self.m.week
            yield Tick(round(x, 1), "" if self.aligned else str(week + 1), is_shaded=week % 2 == 1)

    def _month_ticks(self) -> Iterable[Tick]:
        day = self.origin
        while day < self._end_day:
            x = self.m.left + (day - self.origin).days * self.m.week / 7
            label = f"{day:%b %Y}" if day.month == 1 or day == self.origin else f"{day:%b}"
            following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
            if (min(following, self._end_day) - day).days >= 7:  # no room for a name in less than a week
                yield Tick(round(x, 1), label, day.day == 1)
            day = following

    def _bands(self, drawn: list[Stop]) -> Iterable[Band]:
        for stop in drawn:
            if stop.window is None or stop.kind is VisitKind.CALL or stop.state is MarkState.DONE:
                continue
            low, high = max(stop.window[0], self.origin), min(stop.window[1], self._end_day - timedelta(days=1))
            is_vague = (stop.window[1] - stop.window[0]).days > VAGUE
            if low > high or stop.day in self.far or is_vague:
                continue
            half = self.m.week / 14
            left, right = self.x(low) - half, self.x(high) + half
            height = 2 * self.m.size[GLYPHS[stop.kind]] + (8 if self.form is Form.LARGE else 2)
            y = self.m.lanes[stop.kind] - height / 2
            yield Band(round(left, 1), round(y, 1), round(right - left, 1), round(height, 1), TONES[stop.kind])

    def _bridges(self, drawn: list[Stop]) -> Iterable[Bridge]:
        dosing = [stop for stop in drawn if stop.kind is VisitKind.DOSING and stop.day is not None]
        for before, after in pairwise(dosing):
            if before.day is None or after.day is None or after.day in self.far:
                continue
            y, lift = self.m.lanes[VisitKind.DOSING], self.m.size[Glyph.DIAMOND]
            start, end = self.x(before.day) + lift + 4, self.x(after.day) - lift - 4
            if end - start > 30:
                path = f"M{start:.1f} {y} H{end:.1f}"
                yield Bridge(path, f"{(after.day - before.day).days} days", round((start + end) / 2, 1), y)

    def _stems(self, drawn: list[Stop]) -> Iterable[Bridge]:
        """A dosing day and the morning after hang together."""
        by_day = {stop.day: stop for stop in drawn if stop.kind is VisitKind.INTEGRATION}
        for stop in drawn:
            if stop.kind is not VisitKind.DOSING or stop.day is None or stop.day in self.far:
                continue
            morning = by_day.get(stop.day + timedelta(days=1))
            if morning is not None and morning.day is not None:
                x, to = self.x(stop.day), self.x(morning.day)
                top = self.m.lanes[VisitKind.DOSING] + self.m.size[Glyph.DIAMOND] + 1
                foot = self.m.lanes[VisitKind.INTEGRATION] - self.m.size[Glyph.SQUARE] - 1
                path = f"M{x} {top:.1f} C{x} {top + 8:.1f} {to} {foot - 8:.1f} {to} {foot:.1f}"
                yield Bridge(path, "", x, top)

    def _washout(self) -> Bar | None:
        if self.washout is None:
            return None
        began, clear = self.washout
        if clear <= self.origin:
            return None
        edge = self.m.week / 14
        left = self.x(max(began, self.origin)) - edge
        right = self.x(min(clear, self._end_day)) - edge if clear < self._end_day else self.scale_end
        label = f"washout, clear from {clear:%a} {clear.day} {clear:%b}"
        is_late = right > self.scale_end - 200
        x, anchor = (right - 6, "end") if is_late else (right + 8, "start")
        height = 7.0 if self.form is Form.LARGE else 2.5
        return Bar(round(left, 1), self.m.washout, round(right - left, 1), height, label, round(x, 1), anchor)

    def _mark(self, stop: Stop) -> Mark:
        assert stop.day is not None  # noqa: S101
        glyph = GLYPHS[stop.kind]
        size, x, y = self.m.size[glyph], self.x(stop.day), self.m.lanes[stop.kind]
        ring = round(size + (4.5 if self.form is Form.LARGE else 2.2), 1)
        dose = stop.dose if self.form is Form.LARGE else ""
        return Mark(
            code=stop.code,
            glyph=glyph,
            tone=TONES[stop.kind],
            state=stop.state,
            x=x,
            y=y,
            points=_points(glyph, x, y, size),
            size=size,
            ring=ring,
            says=_says(stop),
            href=stop.href,
            dose=dose,
            is_struck=stop.state in (MarkState.MISSED, MarkState.CANCELLED),
            is_barred=stop.state is MarkState.BLOCKED,
        )


def describe(stops: Sequence[Stop], today: date | None) -> str:
    """The picture in one or two sentences, for those who do not see it."""
    if not stops:
        return "No visits yet."
    done = sum(stop.state is MarkState.DONE for stop in stops)
    sentence = f"{done} of {len(stops)} visits done."
    for state in (MarkState.LATE, MarkState.BLOCKED):
        if codes := [stop.code for stop in stops if stop.state is state]:
            sentence += f" {state.capitalize()}: {', '.join(codes)}."
    ahead = (MarkState.PLANNED, MarkState.BLOCKED)
    coming = [s for s in stops if s.state in ahead and s.day is not None and (not today or s.day >= today)]
    if coming:
        following = min(coming, key=lambda stop: stop.day or date.max)
        sentence += f" Next: {following.title}, {following.when or following.day}."
    return sentence


def rows(stops: Sequence[Stop]) -> Iterable[Row]:
    """The table behind the picture, in the order of the course."""
    for stop in stops:
        window = _span(stop.window) if stop.window else ""
        yield Row(
            stop.code,
            stop.title,
            stop.kind.value,
            "no day yet" if stop.state is MarkState.OPEN else stop.state.value,
            stop.when or ("" if stop.day is None else _day(stop.day)),
            window,
            ", ".join(part for part in (stop.dose, stop.note) if part),
            stop.href,
        )


def _says(stop: Stop) -> str:
    parts = [
        f"{stop.code} {stop.title}",
        stop.when or (_day(stop.day) if stop.day else ""),
        stop.dose,
        stop.state.value,
    ]
    if stop.window is not None and stop.window[0] != stop.window[1]:
        parts.append(f"window {_span(stop.window)}")
    return " · ".join(part for part in (*parts, stop.note) if part)


def _points(glyph: Glyph, x: float, y: float, size: float) -> str:
    if glyph is Glyph.DIAMOND:
        corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
    elif glyph is Glyph.TRIANGLE:
        corners = [(x, y - size), (x + size, y + size * 0.8), (x - size, y + size * 0.8)]
    else:
        return ""
    return " ".join(f"{left:.1f},{top:.1f}" for left, top in corners)


def _painting_order(stop: Stop) -> tuple[int, date]:
    order = (VisitKind.CALL, VisitKind.RATING, VisitKind.FOLLOW_UP, VisitKind.INTEGRATION, VisitKind.PREPARATION)
    rank = order.index(stop.kind) if stop.kind in order else len(order)
    return rank, stop.day or date.max


def _weeks_to_scale(origin: date, days: Sequence[date], weeks: int) -> int:
    """The weeks drawn to scale: at least `weeks`, more while visits follow within eight weeks of each other."""
    reached = origin + timedelta(weeks=weeks)
    for day in sorted(days):
        if reached <= day < reached + timedelta(weeks=8) and (day - origin).days < 7 * (weeks + 8):
            reached = day + timedelta(days=7 - day.weekday())
    return (reached - origin).days // 7


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _span(window: tuple[date, date]) -> str:
    first, last = window
    return _day(first) if first == last else f"{first.day} {first:%b} to {last.day} {last:%b}"
