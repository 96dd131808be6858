"""The life of a course: which state may follow which."""

from accounts.rules.findings import Finding, refusal

# Every state the course may move to, with whether the step needs a reason.
STEPS: dict[tuple[str, str], bool] = {
    ("screening", "eligible"): False,
    ("screening", "excluded"): True,
    ("screening", "withdrawn"): True,
    ("eligible", "screening"): True,
    ("eligible", "in_treatment"): False,
    ("eligible", "excluded"): True,
    ("eligible", "withdrawn"): True,
    ("in_treatment", "completed"): False,
    ("in_treatment", "withdrawn"): True,
    ("excluded", "screening"): True,
}


def refusals(state: str, to: str, reason: str) -> list[Finding]:
    """Every reason why a course may not go from `state` to `to`; empty when it may."""
    needs_reason = STEPS.get((state, to))
    if needs_reason is None:
        return [
            refusal("course-step", f"A course that is {state.replace('_', ' ')} cannot become {to.replace('_', ' ')}.")
        ]
    if needs_reason and not reason.strip():
        return [refusal("course-reason", "Give the reason: it is kept with the change.")]
    return []
