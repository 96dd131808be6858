"""Places one course into a calendar: exact days for every admissible pair, then times of day; or every reason why not.

`search` finds the cheapest plan of one pair, `obstacles` says why there is none.
"""

from accounts.rules.findings import Finding, Outcome
from sessions.rules.obstacles import explain, preliminaries
from sessions.rules.openings import Calendar
from sessions.rules.planning import Plan, Proposal, Request
from sessions.rules.search import search_for

OTHERS = 9
FEW_BRANCHES = 10


def plan_course(request: Request, calendar: Calendar | None = None) -> Proposal:
    """The cheapest plan of all admissible pairs, or findings: every one of them is a reason why there is none.

    `calendar` is one that other requests of the clinic share; without it the request's own is made.
    """
    findings = preliminaries(request)
    if not request.pairs:
        return Proposal(None, (), tuple(findings))
    lifted = frozenset({"washout"}) if request.washout_unknown else frozenset()
    search = search_for(request, lifted, calendar)
    nodes = search.nodes(request.pairs)
    plan = search.first_fitting(list(nodes))
    if plan is None:
        return Proposal(None, (), tuple(findings + explain(search)))
    if findings:
        return Proposal(None, (), tuple(findings))
    search.branches, search.is_hasty = FEW_BRANCHES, True  # the best is known; these stand beside it
    ranked = sorted((node for node in nodes if node[2] != plan.pair), key=lambda node: node[:2])
    others = [other for node in ranked[:OTHERS] if (other := search.first_fitting([node]))]
    return Proposal(plan, tuple(sorted(others, key=lambda other: other.cost)), tuple(notes(plan, request)))


def notes(plan: Plan, request: Request) -> list[Finding]:
    """What a plan leaves to people: it is feasible, and this is still theirs to arrange or to weigh."""
    found = [
        Finding(
            "wish",
            Outcome.JUDGEMENT,
            f"This pair does not meet a wish of the patient ({wish}).",
            decided_by="coordinator",
        )
        for wish in request.misses.get(plan.pair, ())
    ]
    return found if request.attendants else [*found, *_nights_to_name(plan, request)]


def _nights_to_name(plan: Plan, request: Request) -> list[Finding]:
    nights = [
        plan.appointment(visit.code).start.astimezone(request.house.zone)
        for visit in request.protocol.visits
        if "night attendant" in visit.also_present and visit.code not in request.held
    ]
    if not nights:
        return []
    listed = ", ".join(f"{night:%a} {night.day} {night:%b}" for night in nights)
    sentence = f"Name a night attendant for {listed}; nights are not on the roster, so nobody has checked them."
    return [Finding("night_attendant", Outcome.JUDGEMENT, sentence, decided_by="coordinator")]
