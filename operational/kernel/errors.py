"""The one base class of every error that a person can do something about."""


class DomainError(Exception):
    """A refusal by the domain: what is wrong, where it is, and the cure.

    ``code`` is stable lower snake text for programs, tests and translations; ``message`` is one or two
    English sentences for people. Web apps and the command line turn it into their own form in one place.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        """Return the message alone; the code is for programs."""
        return self.message
