"""Where the files that travel with GradScope lie: fonts, icons and lessons, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "resources", _PACKAGE.parent / "resources")


def resource(*parts: str) -> Path:
    """The path of a resource, such as ``resource("fonts", "Inter-Regular.otf")``.

    A wheel carries the resources inside the package; an editable install and a checkout have them beside it.

    Raises:
        FileNotFoundError: there is no such resource, which means that the installation is incomplete.
    """
    for root in _ROOTS:
        path = root.joinpath(*parts)
        if path.exists():
            return path
    name = "/".join(parts)
    raise FileNotFoundError(f"GradScope's file {name} is missing beside {_PACKAGE}; install GradScope again")
