"""The last door: one message to one address. Tells apart what certainly did not go out from what may have."""

import contextlib
import smtplib
import uuid
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from reminders.rules.wording import Message


class NotReached(Exception):
    """The mail server certainly took nothing; the message may be tried again."""


class Declined(Exception):
    """The mail server said no for good."""


def _answer(code: int) -> NotReached | Declined:
    if 400 <= code < 500:
        return NotReached(f"The mail server asked to wait ({code})")
    return Declined(f"The mail server refused the message ({code})")


def hand_over(message: Message, *, to: str, attempt: uuid.UUID) -> None:
    """Give one message to the mail server. Returns once it was accepted.

    Raises NotReached or Declined when it certainly was not; any other OSError means that nobody knows.
    """
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    mail = EmailMessage(
        subject=message.subject,
        body=message.body,
        from_email=f"{message.sender} <{address}>",
        to=[to],
        headers={
            "Message-ID": f"<{attempt}@{address.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    connection = get_connection()
    try:
        connection.open()
    except OSError as problem:  # every fault of smtplib is an OSError
        raise NotReached("The mail server could not be reached") from problem
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as refused:
        raise _answer(next(iter(refused.recipients.values()))[0]) from refused
    except smtplib.SMTPResponseException as refused:
        raise _answer(refused.smtp_code) from refused
    finally:
        with contextlib.suppress(OSError):
            connection.close()
