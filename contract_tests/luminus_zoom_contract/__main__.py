"""`python -m luminus_zoom_contract`: run the suite's command, or say in one line what to install for it."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default the process's; the exit code."""
    try:
        from luminus_zoom_contract.command import main as run
    except ModuleNotFoundError as error:
        print(f"luminus_zoom_contract needs {error.name}: pip install 'luminus-zoom[contract]'", file=sys.stderr)
        return 2
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
