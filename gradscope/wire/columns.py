"""The columns of every table that crosses: what each number of a graph and of its statistics means."""

from __future__ import annotations

NODE_KINDS = ("leaf", "op", "input", "untracked")
ROLES = ("leaf", "intermediate", "root", "input", "untracked")

# Columns of the tables that a captured graph is made of. "s:" marks an index into ``strings`` (-1: none).
NODE_COLUMNS = (
    "kind",  # index into NODE_KINDS
    "role",  # index into ROLES
    "op",  # s: autograd node name, "AddmmBackward0"; "" for inputs
    "name",  # s: qualified parameter name, variable name; -1 if it has none
    "title",  # s: what a card says: name, else variable, else expression, else function, else op
    "function",  # s: the torch function called, "linear"
    "call",  # row of ``calls``
    "file",  # s: source file
    "line",  # 1-based; -1 if unknown
    "scope",  # s: name of the function that the source line stands in
    "frozen",  # 1 for a parameter that takes no gradient
    "made",  # the forward's order: how many operations of the graph were made before it; -1 for leaves and inputs
    "stack",  # row of ``stacks``: the user's line that made it; -1 in light level
)
# The user's frames, known in detail level: a tree of which each node names a leaf.
STACK_COLUMNS = (
    "outer",  # row of the frame that called this one; -1 for the outermost
    "file",  # s
    "line",
    "scope",  # s: name of the function
    "expression",  # s: what the frame evaluates; -1 where Python does not say
)
OUTPUT_COLUMNS = ("node", "output", "shape", "dtype", "device")  # shape: s: "64,10", "" for a scalar
EDGE_COLUMNS = ("source", "source_output", "target", "target_input", "tracked")
CALL_COLUMNS = ("module", "occurrence", "type", "parent")  # s: "fc1"; n-th call in its iteration; s: "Linear"; row

# Statistics of what passed one output of one node. ``v0``..``v3`` hold the elements themselves while count <= 4.
STATISTIC_COLUMNS = (
    "node",
    "output",
    "defined",  # 0: the gradient was undefined (None)
    "count",
    "norm",
    "max_abs",
    "mean",
    "std",
    "zeros",
    "nan",
    "inf",
    "v0",
    "v1",
    "v2",
    "v3",
)
# Tensors that nodes hold until their backward, in detail level. Sizes go beyond 32 bits, so the table is of kind f8.
SAVED_COLUMNS = (
    "node",
    "name",  # s: "self", "tensors[0]"
    "shape",  # s: "64,10"
    "dtype",  # s: "float32"
    "bytes",  # of the tensor itself; -1 if packed
    "memory",  # equal numbers share memory; -1 if unknown
    "held",  # bytes of that memory as a whole
    "leaf",  # the leaf whose own memory it is, which lives anyway; else -1
    "packed",  # 1: kept by a hook in a form of its own (a checkpoint, on the host), which is not unpacked to look
    "version",  # how often the tensor had been written to in place; -1 if packed, or of a tensor that has no count
)
# Where a path of gradient ends. Known in detail level: then the table has its columns even where it has no rows.
CUT_COLUMNS = (
    "source",  # the last node that gradient could have come back to
    "source_output",
    "target",  # the first one behind the cut; -1 where no identity survives (``item``) or nothing follows
    "target_input",
    "reason",  # s: one of CUT_REASONS
    "file",  # s
    "line",
    "scope",  # s
    "off_file",  # s: where gradient was switched off for it (``with torch.no_grad()``)
    "off_line",
)
CUT_REASONS = (
    "detach",
    "data",  # ``.data``
    "no_grad",
    "inference_mode",
    "frozen",  # ``requires_grad_(False)``
    "item",
    "tolist",
    "numpy",
    "tensor",  # ``torch.tensor(t)``: a copy that knows nothing of t
    "integer",  # integers and booleans carry no gradient
    "not_differentiable",
    "data_write",  # changed in place behind autograd's back
    "unused_result",  # what was made of it does not flow into this root
    "never_used",
)
PARAMETER_COLUMNS = ("parameter", "grad_norm", "value_norm", "update_norm")  # -1: no gradient, or not measured
