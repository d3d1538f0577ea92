"""Level pieces of lines kept off the headers of boxes.

The engine counts a box's header as free room between two layers and runs the level piece of a line that enters the box
right along its upper border, or through its name. Half a header further up it lies in the gap where it belongs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .sizes import HEADER_HEIGHT

if TYPE_CHECKING:
    from .geometry import Floats2, Ints1

_CLEAR = 6.0  # less than this between a line and a border looks like one thick line


def clear_headers_of_lines(
    points: Floats2, start: Ints1, low: Floats2, high: Floats2, ends: tuple[Ints1, Ints1], parents: Ints1
) -> None:
    """Move level pieces in ``points`` up, out of the header of a box that their line enters from above."""
    above = parents.tolist()
    tops, lefts, rights = low[:, 1].tolist(), low[:, 0].tolist(), high[:, 0].tolist()
    first = start.tolist()
    for edge, (source, target) in enumerate(zip(ends[0].tolist(), ends[1].tolist(), strict=True)):
        if above[source] == above[target]:
            continue
        boxes = _entered(source, target, above)
        for at in range(first[edge] + 1, first[edge + 1] - 2):
            (x, y), (other_x, other_y) = points[at].tolist(), points[at + 1].tolist()
            if y != other_y or x == other_x:
                continue
            for box in boxes:
                crosses = min(x, other_x) < rights[box] and max(x, other_x) > lefts[box]
                if crosses and tops[box] - _CLEAR <= y < tops[box] + HEADER_HEIGHT:
                    deep = y >= tops[box] + HEADER_HEIGHT / 2 - _CLEAR  # half a header would leave it at the border
                    raised = y - HEADER_HEIGHT / 2 - (_CLEAR + 2.0 if deep else 0.0)
                    if points[at - 1, 1] + _CLEAR < raised:
                        points[at, 1] = points[at + 1, 1] = raised
                    break


def _entered(source: int, target: int, above: list[int]) -> list[int]:
    """Boxes around the target that the source is not in."""
    around_source = set()
    while source >= 0:
        source = above[source]
        around_source.add(source)
    found = []
    while (target := above[target]) >= 0 and target not in around_source:
        found.append(target)
    return found
