"""Names of what visitors hold, which nobody else can guess."""

import secrets


def new_id() -> str:
    """A name that cannot be guessed."""
    return secrets.token_urlsafe(12)
