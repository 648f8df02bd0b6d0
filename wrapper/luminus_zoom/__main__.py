"""The command `luminus-zoom`, also `python -m luminus_zoom`; needs the extra ``cli``."""

import sys


def main() -> int:
    """Run the command with the process's arguments; the result is the exit code."""
    try:
        import click  # noqa: F401 - asked for here, so that one line can say what to install
    except ImportError:
        print("luminus-zoom needs the extra cli: pip install 'luminus-zoom[cli]'", file=sys.stderr)
        return 2
    from .cli.main import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
