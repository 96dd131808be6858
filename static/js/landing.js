// Where a visit of the calendar would land: a day, minutes after midnight, and a line. Three tables know it differently:
// "lines" has a row for each line of one day, "days" a row for each day of one line, "cells" a cell for each line and day.

const QUARTER = 15;
const LAST = 24 * 60 - QUARTER;

export function minutesOf(clock) {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours * 60 + minutes;
}

export function clockOf(minutes) {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

export function dayAfter(day, count) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

export function sayDay(day) {
  const words = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", words).format(new Date(`${day}T00:00:00Z`)).replace(",", "");
}

// The lines that a block reaches: of two therapists one cell may span both.
export function linesOf(slip) {
  const blocks = document.querySelectorAll(`[data-calendar] [data-together="${slip.dataset.together}"]`);
  return [...new Set([...blocks].flatMap((block) => spanned(block).map((row) => row.dataset.line)))];
}

function spanned(slip) {
  const cell = slip.closest("td");
  const rows = [cell.closest("[data-line]")];
  while (rows.length < cell.rowSpan) rows.push(rows.at(-1).nextElementSibling);
  return rows;
}

export class Landing {
  constructor(slip, y = null) {
    this.slip = slip;
    this.table = slip.closest("[data-calendar]");
    this.kind = this.table.dataset.calendar;
    this.by = this.table.dataset.by;
    this.minutes = Number(slip.dataset.minutes);
    this.own = linesOf(slip);
    const rows = spanned(slip);
    this.from = (rows.find((row) => y !== null && y <= row.getBoundingClientRect().bottom) ?? rows[0]).dataset.line;
    this.origin = { day: slip.dataset.on, at: minutesOf(slip.dataset.begins), line: this.from };
    this.place = { ...this.origin };
  }

  get places() {
    return [...this.table.querySelectorAll("[data-line]")];
  }

  get hasMoved() {
    const { day, at } = this.place;
    return day !== this.origin.day || at !== this.origin.at || !this.own.includes(this.place.line);
  }

  // In one's own week there is no other line.
  get mayChangeLine() {
    return this.kind !== "days";
  }

  to(x, y, offset) {
    const target = this.places.find((place) => contains(place.getBoundingClientRect(), x, y, this.kind === "cells"));
    if (!target) return;
    this.place.day = target.dataset.on;
    if (this.mayChangeLine) this.place.line = target.dataset.line;
    if (this.kind !== "cells") {
      const { left, width, opens } = this.scale();
      this.place.at = clamp(opens + Math.round((x - offset - left) / width) * QUARTER);
    }
  }

  // What an arrow key does; true when it was one.
  step(key, isShifted) {
    const along = { ArrowLeft: -1, ArrowRight: 1 }[key];
    const across = { ArrowUp: -1, ArrowDown: 1 }[key];
    const page = { PageUp: -1, PageDown: 1 }[key];
    if (!along && !across && !page) return false;
    const quarter = isShifted && this.kind !== "cells" ? 4 * QUARTER : QUARTER;
    if (page || (this.kind === "cells" && along)) this.place.day = dayAfter(this.place.day, page ?? along);
    else if (this.kind === "cells" && !isShifted) this.place.at = clamp(this.place.at + across * quarter);
    else if (along) this.place.at = clamp(this.place.at + along * quarter);
    else if (this.kind === "days") this.place.day = dayAfter(this.place.day, across);
    else if (this.mayChangeLine) this.place.line = this.nextLine(across);
    return true;
  }

  nextLine(count) {
    const lines = [...new Set(this.places.map((place) => place.dataset.line))];
    return lines[Math.min(lines.length - 1, Math.max(0, lines.indexOf(this.place.line) + count))];
  }

  scale() {
    const hours = [...this.table.querySelectorAll("thead th")].slice(1).map((hour) => hour.getBoundingClientRect());
    const left = hours[0].left;
    return { left, width: (hours.at(-1).right - left) / Number(this.table.dataset.steps), opens: Number(this.table.dataset.opens) * 60 };
  }

  // The rectangle on the screen; null when it is a day or a time that this page does not show.
  rectangle() {
    const row = this.places.find((place) => place.dataset.line === this.place.line && place.dataset.on === this.place.day);
    if (!row) return null;
    const { left, top, width, height } = row.getBoundingClientRect();
    if (this.kind === "cells") return { left, top, width, height };
    const scale = this.scale();
    const steps = (this.place.at - scale.opens) / QUARTER;
    if (steps < 0 || steps >= Number(this.table.dataset.steps)) return null;
    return { left: scale.left + steps * scale.width, top, width: (this.minutes / QUARTER) * scale.width, height };
  }

  say() {
    const time = `${sayDay(this.place.day)}, ${clockOf(this.place.at)}`;
    if (this.own.includes(this.place.line)) return time;
    const name = (line) => this.places.find((place) => place.dataset.line === line).dataset.called;
    if (this.by !== "people") return `${time}, ${name(this.place.line)}`;
    return `${time}, ${name(this.place.line)} in place of ${name(this.from)}`;
  }

  // What the server is asked.
  query() {
    const asked = { day: this.place.day, clock: clockOf(this.place.at), version: this.slip.dataset.version };
    asked.view = this.kind === "lines" ? "day" : "week";
    asked.by = this.by;
    if (!this.own.includes(this.place.line)) {
      if (this.by === "rooms") asked.room = this.place.line.slice(1);
      else if (this.by === "pairs") asked.pair = this.place.line.slice(1);
      else Object.assign(asked, { leaves: this.from.slice(1), comes: this.place.line.slice(1) });
    }
    return new URLSearchParams(asked);
  }
}

function clamp(minutes) {
  return Math.min(LAST, Math.max(0, minutes));
}

function contains({ left, right, top, bottom }, x, y, isCell) {
  return top <= y && y < bottom && (!isCell || (left <= x && x < right));
}
