"""The golden bytes of what is told of a pass beside its gradients; see ``goldens``."""

from __future__ import annotations

from gradscope.wire import messages as m
from gradscope.wire.table import Table

_USES = Table.from_columns("f8", {"node": [3.0], "norm": [0.5]})
_NODES = Table.from_columns("f8", {"node": [3.0], "seconds": [0.5]})
_OPERATIONS = Table.from_columns("f8", {"node": [3.0], "operation": [0.0], "seconds": [0.5]})

SAMPLES: tuple[m.Message, ...] = (
    m.LeafUses(3, 0, _USES),
    m.BackwardTimed(3, 0, _NODES),
    m.ForwardTimed(3, 0, _OPERATIONS, _NODES),
)

GOLDEN: dict[str, tuple[str, str]] = {
    "LeafUses": (
        '{"type":"LeafUses","buffers":[16],"fields":{"iteration":3,"pass_index":0,'
        '"uses":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0}}}',
        "0000000000000840000000000000e03f",
    ),
    "BackwardTimed": (
        '{"type":"BackwardTimed","buffers":[16],"fields":{"iteration":3,"pass_index":0,'
        '"nodes":{"columns":["node","seconds"],"rows":1,"kind":"f8","data":0}}}',
        "0000000000000840000000000000e03f",
    ),
    "ForwardTimed": (
        '{"type":"ForwardTimed","buffers":[24,16],"fields":{"iteration":3,"pass_index":0,'
        '"operations":{"columns":["node","operation","seconds"],"rows":1,"kind":"f8","data":0},'
        '"calls":{"columns":["node","seconds"],"rows":1,"kind":"f8","data":1}}}',
        "00000000000008400000000000000000000000000000e03f0000000000000840000000000000e03f",
    ),
}
