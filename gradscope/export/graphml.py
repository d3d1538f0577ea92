"""A graph as GraphML with everything known of its nodes and edges, for networkx, Gephi, yEd and the like."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from .attributes import edge_attributes, graph_attributes, node_attributes

if TYPE_CHECKING:
    from gradscope.graph.snapshot import GraphSnapshot
    from gradscope.graph.state import RunState

    from .attributes import Attributes

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export_graphml(state: RunState, graph: GraphSnapshot) -> str:
    """Every node and edge of the graph, edges from leaf to root; read it with ``networkx.read_graphml``."""
    import networkx

    made = networkx.MultiDiGraph(**_writable(graph_attributes(state, graph)))
    for node in range(len(graph)):
        made.add_node(node, **_writable(node_attributes(state, graph, node)))
    for source, target, attributes in edge_attributes(graph):
        made.add_edge(source, target, **attributes)
    written = io.BytesIO()
    networkx.write_graphml_xml(made, written, encoding="utf-8", prettyprint=True, infer_numeric_types=False)
    return written.getvalue().decode("utf-8")


def _writable(attributes: Attributes) -> Attributes:
    """Texts without the characters that XML has no way to write."""
    return {
        name: _NOT_XML.sub("\ufffd", value) if isinstance(value, str) else value for name, value in attributes.items()
    }
