"""A real worker's round in a process of its own that kills itself, without a warning, at one named point.

python dying_worker.py POINT NUMBER TIME    dies when it comes to the point for the NUMBER-th time
"""

import datetime as dt
import os
import signal
import sys

import django


def main(point, number, at):
    django.setup()
    from accounts.actions.audit import acting
    from reminders.actions import marking, post, sending

    left = int(number)

    def die_here(name):
        nonlocal left
        if name == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    claim, hand_over, move = sending.claim, post.hand_over, marking.move

    def claiming(**kwargs):
        die_here("before claim")
        held = claim(**kwargs)
        if held:
            die_here("after claim")
        return held

    def handing_over(*args, **kwargs):
        die_here("before call")
        hand_over(*args, **kwargs)
        die_here("after accept")

    def moving(reminder, step, **kwargs):
        if step == "accepted":
            die_here("before mark")
        state = move(reminder, step, **kwargs)
        if step == "accepted":
            die_here("after mark")
        return state

    sending.claim, post.hand_over, sending.move = claiming, handing_over, moving
    with acting(process="reminders"):
        sending.send_due(at=dt.datetime.fromisoformat(at))


if __name__ == "__main__":
    main(*sys.argv[1:])
