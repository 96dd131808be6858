"""Views of the board that people keep for themselves: saved under a name, one of them to begin with."""

from django.db import transaction

from accounts.models import User
from accounts.rules.findings import Refused, refusal
from reports.models import BoardView
from reports.rules.board import MOST_VIEWS, NAME_LENGTH, Look


@transaction.atomic
def save_view(by: User, *, name: str, look: Look, is_first: bool) -> BoardView:
    """Keep a look under a name, in place of what had that name. Raises Refused without a name, or with too many views."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    mine = BoardView.objects.filter(user=by)
    reasons = []
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        reasons.append(refusal("name", f"Give the view a name of at most {NAME_LENGTH} characters."))
    elif mine.exclude(name=name.strip()).count() >= MOST_VIEWS:
        reasons.append(refusal("views", f"There are {MOST_VIEWS} views already. Forget one, or save over one of them."))
    if reasons:
        raise Refused(reasons)
    view, _ = BoardView.objects.update_or_create(user=by, name=name.strip(), defaults={"query": look.query})
    if is_first:
        begin_with(by, view)
    return view


@transaction.atomic
def begin_with(by: User, view: BoardView | None) -> None:
    """Let the board open with this view; with None, with every course."""
    BoardView.objects.filter(user=by, is_first=True).update(is_first=False)
    if view is not None:
        BoardView.objects.filter(user=by, pk=view.pk).update(is_first=True)


@transaction.atomic
def forget_view(view: BoardView) -> None:
    view.delete()
