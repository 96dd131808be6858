"""Who the demonstration's patients are and how far each has come. Every name is invented."""

import datetime as dt
from dataclasses import dataclass

GIVEN = [
    *("Wren", "Ash", "Rowan", "Juniper", "Linden", "Hazel", "Alder", "Sorrel", "Bryony", "Heath"),
    *("Marlow", "Tansy", "Perry", "Clover", "Reed", "Fern", "Aspen", "Briar", "Laurel", "Teasel"),
    *("Myrtle", "Yarrow", "Sage", "Willow", "Elder", "Holly", "Basil", "Olive", "Jasper", "Ivy"),
]
FAMILY = [
    *("Quillfeather", "Nightingarden", "Merrywhistle", "Thistledown", "Copperkettle", "Windlemere", "Larkspindle"),
    *("Honeycandle", "Featherstonian", "Moonbarrow", "Puddlewick", "Rainsomething", "Starling-Made", "Butterbanks"),
    *("Cloudesdale-Smythe", "Emberlight", "Foxglovington", "Goosemarsh", "Hollowhill", "Inkpenny", "Jugglethorpe"),
    *("Kettlebright", "Lanternley", "Mistlewood", "Nettlecombe", "Oakapple", "Pebbleworth", "Quiverleaf"),
    *("Riddlesbury", "Snowdropson"),
]


@dataclass(frozen=True)
class Case:
    """One patient. `begun` is the first preparation in days from today; `stage` says how the story goes."""

    number: int
    stage: str
    begun: int = 0
    protocol: str = "mapp3"
    indication: str = "PTSD"

    @property
    def name(self) -> tuple[str, str]:
        return GIVEN[self.number % len(GIVEN)], FAMILY[(self.number * 7) % len(FAMILY)]

    @property
    def born(self) -> dt.date:
        return dt.date(1961 + (self.number * 11) % 40, 1 + (self.number * 5) % 12, 1 + (self.number * 13) % 28)

    @property
    def sex(self) -> str:
        return "female" if self.number % 2 else "male"


# Stages: intake, washout, long_qt, no_ecg, judgement, eligible, then "treated" from `begun` on (two of them "less_touch" and "at_risk"), completed, withdrawn.
SCREENING = [
    Case(0, "intake"),
    Case(1, "washout"),
    Case(2, "long_qt"),
    Case(3, "no_ecg"),
    Case(4, "judgement"),
    Case(5, "eligible"),
    Case(6, "eligible", protocol="two-dose"),
    Case(7, "psychosis"),
]
# Where each pair's running courses begin, in days from today, so that one has its first dosing day today.
TREATED = [
    Case(8, "dosing_today"),
    Case(9, "treated", 9),
    Case(10, "treated", -6),
    Case(11, "treated", -15),
    Case(12, "at_risk", -44),
    Case(13, "treated", -60),
    Case(14, "treated", -75),
    Case(15, "treated", -88, protocol="three-week"),
    Case(16, "less_touch", -103),
    Case(17, "treated", -118),
    Case(18, "treated", -40, protocol="two-dose"),
    Case(19, "treated", -129),
]
FINISHED = [
    Case(20, "completed", -260),
    Case(21, "completed", -290),
    Case(22, "completed", -330),
    Case(23, "completed", -370),
    Case(24, "completed", -410, protocol="two-dose"),
    Case(25, "completed", -450),
    Case(26, "withdrawn", -100),
    Case(27, "withdrawn", -220),
]


def cases(count: int) -> list[Case]:
    """The first 28 tell one story each; more are running courses, spread over the last weeks."""
    told = [*SCREENING, *TREATED, *FINISHED]
    more = [Case(number, "treated", 14 - (number * 5) % 140) for number in range(len(told), count)]
    return [*told, *more][:count]
