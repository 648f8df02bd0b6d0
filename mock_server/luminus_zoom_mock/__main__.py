"""Start the command `luminus-zoom-mock`, or say in one line what to install for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command with these arguments, by default the process's."""
    try:
        from luminus_zoom_mock.command import main as run
    except ModuleNotFoundError as error:
        sys.exit(f"luminus-zoom-mock needs {error.name}: pip install 'luminus-zoom[mock]'")
    run(arguments)


if __name__ == "__main__":
    main()
