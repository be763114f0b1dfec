"""The command line ``iris``."""


def main() -> None:
    """Run the command line."""
