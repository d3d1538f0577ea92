"""One instance of every message, and the bytes that it must become for ever: header as text, body as hexadecimal.

Who changes a message adds fields at the end with a default. Then the old header stays readable, and only the new field
is added here.
"""

from __future__ import annotations

import math

from gradscope.wire import messages as m
from gradscope.wire.changes import OptimizerGroup, OptimizerOption
from gradscope.wire.looking import InputCheck
from gradscope.wire.table import Table

from . import goldens_of_passes

FRAME = m.Frame("train.py", 31, "<module>")
LINE = m.TraceLine("train.py", 31, "<module>", "h += 1")
INTS = Table.from_columns("i4", {"kind": [0, 1], "role": [-1, 2]})
BREAKPOINT = m.Breakpoint(1, "node", "fc2#1", "AddmmBackward0", 0, "", "above", math.inf, 3, 2, True, True, True, "x")
FLOATS = Table.from_columns("f8", {"node": [3.0], "norm": [0.5]})

SAMPLES: tuple[m.Message, ...] = (
    *goldens_of_passes.SAMPLES,
    m.Hello(1, 4242, "3.11.7", "2.13.0", "train.py", ("--lr", "0.1"), "/home/ada", 0, 1, ("cpu", "cuda:0"), ("saved",)),
    m.PhaseEntered(3, "forward", 1.5),
    m.Progress(3, 1, 10, 13, 20, 0.875),
    m.ParametersKnown((m.Parameter(0, "fc.weight", (16, 2), "float32", "cpu", True, True, ("head.weight",), FRAME),)),
    m.GraphCaptured("f00d", ("Größe", "64,10"), INTS, Table(), Table(("a",), 1, "i4", b"\x07\0\0\0"), INTS, True, 3),
    m.ClearedAt(3, 1, FRAME),
    m.PassStarted(3, 0, "backward", "f00d", "detail", "loss", 0.6871, b"\x02\0\0\0\x01\0\0\0", b"\x05\0\0\0"),
    m.GradientsMeasured(3, 0, FLOATS),
    m.ValuesMeasured(3, "f00d", FLOATS),
    m.PassEnded(3, 0, 0.25, "RuntimeError: shapes differ"),
    m.GradientsCleared(3),
    m.IterationEnded(
        3,
        "SGD",
        False,
        True,
        -math.inf,
        "f00d",
        ("forward",),
        (0.125,),
        FLOATS,
        0.1,
        (m.Figure("kl", "term", 0.25), m.Figure("w", "leaf", math.inf)),
    ),
    m.Paused("node", 3, "backward", 0, "f00d", 3, 8, 11, (FRAME,), "", 1, "norm 12"),
    m.Resumed(),
    m.VariablesTold(
        3,
        FRAME,
        (m.Variable("x", "Tensor", (64, 2), "float32", "cpu", False, True, "", "None", "[[0.1, ...]]", 11),),
    ),
    m.TensorTold(
        7,
        True,
        "",
        (1, 2),
        "float32",
        "cpu",
        (),
        1,
        1,
        1,
        2,
        b"\0\0\0\0\0\0\xf0?",
        m.Summary(2, math.nan, math.inf, 1.0, 0.0, 1.0, 1.0, 0, 1, 0),
        (1, 0),
        1.0,
        2.0,
    ),
    m.StackTold(7, (FRAME,)),
    m.FeatureLost("saved tensors", "_raw_saved_self is gone"),
    m.ScriptEnding(1, "ValueError: no", (FRAME,)),
    m.LeafGradients(3, 0, "update", FLOATS, ("clip_grad_norm_(model.parameters(), 1.0) (train.py:31)",)),
    m.ExceptionRaised(
        3,
        "backward",
        "RuntimeError",
        "modified",
        "backward",
        (LINE,),
        True,
        fingerprint="f00d",
        node=3,
        operands=(m.Operand("x", "Tensor", (4, 2), "int64", "cpu", low=0, high=9),),
        mutation=m.Mutation("h", (4, 2), 0, 1, 3, writes=(m.Write(LINE, "add_", 0, 1),)),
        reuse=m.Reuse(LINE, 2, 0, LINE, 1, b"\x03\0\0\0", "h"),
        lost=(m.GradientLost("detach", LINE, "h", True),),
    ),
    m.Welcome(1, "detail", True, True, 30, (BREAKPOINT,), 3, "uncaught", True),
    m.Step("node", 3, "f00d", "", 5, 0.5),
    m.RequestTensor(7, "gradient", 3, 1, "w", (0, 2), 64, 32, 10),
    m.RequestStack(7),
    m.SetLevel("light"),
    m.Detach(),
    m.SetBreakpoints((BREAKPOINT,)),
    m.BreakpointHit(1, 3, 2, "fc2.weight: NaN, 3 of 640 elements", True, 0, "f00d", 3),
    m.BreakpointsMatched("f00d", (1, 2), (1, 0)),
    m.HoldExceptions("raised"),
    m.OptimizersTold((OptimizerGroup(0, "SGD", 1, (OptimizerOption("lr", "0.1", ""),), 4),)),
    m.Changed(9, 3, True, "lr of SGD: 0.1 to 0.2", "gradient", "lr", True, True, True, 0, 3, "f00d"),
    m.UpdateTold(9, 3, True, "", "SGD", True, FLOATS, 2),
    m.NodeChecked(
        9, 3, True, "", "mul", "float64", (InputCheck("0", (2,), True, 2, 0, 0.5, 1.0, 2.0, (1,), 3.0, 4.0),)
    ),
    m.Change(9, "value", "noise", 3, 1, "fc.weight", 0.5, (1.0,), 1, 0, "lr", "0.2", True),
    m.UndoChange(9),
    m.RequestVariables(2),
    m.RequestUpdate(9),
    m.CheckNode(9, 3),
    m.LearnedTold(
        3, "pictures", "Net", "", 1, 1, 1, b"\0\0\x80?", b"\0\0\0@", b"\1\2\3", (0.0, 1.0), ("a",), "p", "t", 0.25
    ),
    m.WatchLearned(True, 1.5),
    m.OnnxTold(
        9,
        True,
        "net.onnx",
        "",
        "Net",
        "TorchScript",
        (m.OnnxArray("x", (1, 2), "int8", b"\1\2"),),
        (m.OnnxArray("output", (1,), "bfloat16", b"", "bfloat16"),),
        5782,
        0.5,
    ),
    m.ExportOnnx(9, "net.onnx"),
    m.KeepTensors(1024),
    m.TensorKept(3, "f00d", "gradient", 4, 0, (1, 2), "float32", "cpu", False, b"\x00\x00\x80\x3f\x00\x00\x00\x40"),
)

GOLDEN: dict[str, tuple[str, str]] = {
    **goldens_of_passes.GOLDEN,
    "Hello": (
        '{"type":"Hello","buffers":[],"fields":{"protocol":1,"pid":4242,"python":"3.11.7","torch":"2.13.0",'
        '"script":"train.py","arguments":["--lr","0.1"],"cwd":"/home/ada","rank":0,"world_size":1,'
        '"devices":["cpu","cuda:0"],"missing_features":["saved"]}}',
        "",
    ),
    "PhaseEntered": (
        '{"type":"PhaseEntered","buffers":[],"fields":{"iteration":3,"phase":"forward","time":1.5}}',
        "",
    ),
    "Progress": (
        '{"type":"Progress","buffers":[],"fields":{"iteration":3,"epoch":1,"epochs":10,'
        '"batch":13,"batches":20,"accuracy":0.875}}',
        "",
    ),
    "ParametersKnown": (
        '{"type":"ParametersKnown","buffers":[],"fields":{"parameters":[{"index":0,"name":"fc.weight",'
        '"shape":[16,2],"dtype":"float32","device":"cpu","requires_grad":true,"in_optimizer":true,'
        '"aliases":["head.weight"],"frozen_at":{"file":"train.py","line":31,"function":"<module>"}}]}}',
        "",
    ),
    "GraphCaptured": (
        '{"type":"GraphCaptured","buffers":[16,0,4,16,0,0,0,0,0],"fields":{"fingerprint":"f00d",'
        '"strings":["Gr\\u00f6\\u00dfe","64,10"],"nodes":{"columns":["kind","role"],"rows":2,"kind":"i4",'
        '"data":0},"outputs":{"columns":[],"rows":0,"kind":"i4","data":1},"edges":{"columns":["a"],"rows":1,'
        '"kind":"i4","data":2},"calls":{"columns":["kind","role"],"rows":2,"kind":"i4","data":3},'
        '"partial":true,"iteration":3,"saved":{"columns":[],"rows":0,"kind":"i4","data":4},'
        '"cuts":{"columns":[],"rows":0,"kind":"i4","data":5},"links":{"columns":[],"rows":0,"kind":"i4","data":6},'
        '"hooks":{"columns":[],"rows":0,"kind":"i4","data":7},'
        '"stacks":{"columns":[],"rows":0,"kind":"i4","data":8}}}',
        "0000000001000000ffffffff02000000070000000000000001000000ffffffff02000000",
    ),
    "ClearedAt": (
        '{"type":"ClearedAt","buffers":[],"fields":{"iteration":3,"passes":1,"place":{"file":"train.py","line":31,'
        '"function":"<module>"}}}',
        "",
    ),
    "PassStarted": (
        '{"type":"PassStarted","buffers":[8,4],"fields":{"iteration":3,"pass_index":0,"kind":"backward",'
        '"fingerprint":"f00d","level":"detail","root":"loss","loss":0.6871,"order":0,"old_gradients":1,"outer":-1}}',
        "020000000100000005000000",
    ),
    "GradientsMeasured": (
        '{"type":"GradientsMeasured","buffers":[16],"fields":{"iteration":3,"pass_index":0,'
        '"statistics":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0}}}',
        "0000000000000840000000000000e03f",
    ),
    "ValuesMeasured": (
        '{"type":"ValuesMeasured","buffers":[16],"fields":{"iteration":3,"fingerprint":"f00d",'
        '"statistics":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0}}}',
        "0000000000000840000000000000e03f",
    ),
    "PassEnded": (
        '{"type":"PassEnded","buffers":[],"fields":{"iteration":3,"pass_index":0,"seconds":0.25,'
        '"error":"RuntimeError: shapes differ"}}',
        "",
    ),
    "GradientsCleared": (
        '{"type":"GradientsCleared","buffers":[],"fields":{"iteration":3}}',
        "",
    ),
    "IterationEnded": (
        '{"type":"IterationEnded","buffers":[16],"fields":{"iteration":3,"label":"SGD","skipped":false,'
        '"cleared":true,"loss":"-inf","fingerprint":"f00d","phase_names":["forward"],"phase_seconds":[0.125],'
        '"parameters":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0},"learning_rate":0.1,'
        '"figures":[{"name":"kl","kind":"term","value":0.25},{"name":"w","kind":"leaf","value":"inf"}]}}',
        "0000000000000840000000000000e03f",
    ),
    "Paused": (
        '{"type":"Paused","buffers":[],"fields":{"point":"node","iteration":3,"phase":"backward",'
        '"pass_index":0,"fingerprint":"f00d","node":3,"position":8,"total":11,"frames":[{"file":"train.py",'
        '"line":31,"function":"<module>"}],"text":"","breakpoint":1,"reason":"norm 12"}}',
        "",
    ),
    "Resumed": (
        '{"type":"Resumed","buffers":[],"fields":{}}',
        "",
    ),
    "VariablesTold": (
        '{"type":"VariablesTold","buffers":[],"fields":{"iteration":3,"frame":{"file":"train.py","line":31,'
        '"function":"<module>"},"variables":[{"name":"x","type":"Tensor","shape":[64,2],"dtype":"float32",'
        '"device":"cpu","requires_grad":false,"is_leaf":true,"grad_fn":"","grad":"None","value":"[[0.1,'
        ' ...]]","node":11}],"depth":0}}',
        "",
    ),
    "TensorTold": (
        '{"type":"TensorTold","buffers":[8],"fields":{"request":7,"available":true,"why":"","shape":[1,2],'
        '"dtype":"float32","device":"cpu","plane":[],"rows":1,"columns":1,"row_step":1,"column_step":2,'
        '"data":0,"summary":{"count":2,"norm":"nan","max_abs":"inf","mean":1.0,"std":0.0,"minimum":1.0,'
        '"maximum":1.0,"zeros":0,"nan":1,"inf":0},"histogram":[1,0],"histogram_low":1.0,'
        '"histogram_high":2.0,"axes":[],"tiles":1,"channels":1}}',
        "000000000000f03f",
    ),
    "StackTold": (
        '{"type":"StackTold","buffers":[],"fields":{"request":7,"frames":[{"file":"train.py","line":31,'
        '"function":"<module>"}]}}',
        "",
    ),
    "FeatureLost": (
        '{"type":"FeatureLost","buffers":[],"fields":{"feature":"saved tensors","reason":"_raw_saved_self is gone"}}',
        "",
    ),
    "ScriptEnding": (
        '{"type":"ScriptEnding","buffers":[],"fields":{"exit_code":1,"error":"ValueError: no",'
        '"frames":[{"file":"train.py","line":31,"function":"<module>"}]}}',
        "",
    ),
    "LeafGradients": (
        '{"type":"LeafGradients","buffers":[16],"fields":{"iteration":3,"pass_index":0,"moment":"update",'
        '"norms":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0},'
        '"changed_by":["clip_grad_norm_(model.parameters(), 1.0) (train.py:31)"]}}',
        "0000000000000840000000000000e03f",
    ),
    "Welcome": (
        '{"type":"Welcome","buffers":[],"fields":{"protocol":1,"level":"detail","pause":true,'
        '"hold_at_end":true,"steps":30,"breakpoints":['
        '{"number":1,"kind":"node","call":"fc2#1","operation":"AddmmBackward0",'
        '"occurrence":0,"name":"","condition":"above","threshold":"inf","iteration":3,"every":2,"once":true,'
        '"log":true,"enabled":true,"message":"x"}],"detail_from":3,"hold_exceptions":"uncaught","keep_held":true}}',
        "",
    ),
    "Step": (
        '{"type":"Step","buffers":[],"fields":{"kind":"node","node":3,"fingerprint":"f00d","phase":"","count":5,'
        '"threshold":0.5,"place":null}}',
        "",
    ),
    "RequestTensor": (
        '{"type":"RequestTensor","buffers":[],"fields":{"request":7,"kind":"gradient","node":3,"output":1,'
        '"name":"w","plane":[0,2],"rows":64,"columns":32,"bins":10,"frame":0,"axes":[],'
        '"most":131072,"tiles":64}}',
        "",
    ),
    "RequestStack": (
        '{"type":"RequestStack","buffers":[],"fields":{"request":7}}',
        "",
    ),
    "SetLevel": (
        '{"type":"SetLevel","buffers":[],"fields":{"level":"light"}}',
        "",
    ),
    "Detach": (
        '{"type":"Detach","buffers":[],"fields":{}}',
        "",
    ),
    "SetBreakpoints": (
        '{"type":"SetBreakpoints","buffers":[],"fields":{"breakpoints":['
        '{"number":1,"kind":"node","call":"fc2#1","operation":"AddmmBackward0",'
        '"occurrence":0,"name":"","condition":"above","threshold":"inf","iteration":3,"every":2,"once":true,'
        '"log":true,"enabled":true,"message":"x"}]}}',
        "",
    ),
    "BreakpointHit": (
        '{"type":"BreakpointHit","buffers":[],"fields":{"number":1,"iteration":3,"hits":2,'
        '"text":"fc2.weight: NaN, 3 of 640 elements","held":true,"pass_index":0,"fingerprint":"f00d","node":3}}',
        "",
    ),
    "BreakpointsMatched": (
        '{"type":"BreakpointsMatched","buffers":[],"fields":{"fingerprint":"f00d","numbers":[1,2],"places":[1,0]}}',
        "",
    ),
    "ExceptionRaised": (
        '{"type":"ExceptionRaised","buffers":[4],"fields":{"iteration":3,"phase":"backward","type":"Runt'
        'imeError","message":"modified","place":"backward","frames":[{"file":"train.py","line":31,"funct'
        'ion":"<module>","source":"h += 1"}],"held":true,"caught":false,"unwound":false,"detail":false,"'
        'thread":"","pass_index":-1,"fingerprint":"f00d","node":3,"operation":"","module":"","expression'
        '":"","operands":[{"name":"x","type":"Tensor","shape":[4,2],"dtype":"int64","device":"cpu","requ'
        'ires_grad":false,"is_leaf":false,"grad_fn":"","low":0,"high":9,"node":-1,"text":""}],"mutation"'
        ':{"name":"h","shape":[4,2],"expected":0,"found":1,"saver":3,"saver_op":"","saved_as":"","saver_'
        'place":null,"maker":-1,"maker_op":"","maker_place":null,"writes":[{"place":{"file":"train.py","'
        'line":31,"function":"<module>","source":"h += 1"},"operation":"add_","before":0,"after":1,"gues'
        's":false}]},"reuse":{"first":{"file":"train.py","line":31,"function":"<module>","source":"h += '
        '1"},"first_iteration":2,"first_pass":0,"second":{"file":"train.py","line":31,"function":"<modul'
        'e>","source":"h += 1"},"shared":1,"nodes":0,"carried":"h","carried_op":"","carried_place":null,'
        '"same_root":false,"node":-1},"lost":[{"reason":"detach","place":{"file":"train.py","line":31,"function":"'
        '<module>","source":"h += 1"},"name":"h","guess":true}],"trained":-1,"frozen":-1,"grad_enabled":'
        'true,"cause":"","made":null}}',
        "03000000",
    ),
    "HoldExceptions": (
        '{"type":"HoldExceptions","buffers":[],"fields":{"holding":"raised"}}',
        "",
    ),
    "OptimizersTold": (
        '{"type":"OptimizersTold","buffers":[],"fields":{"groups":[{"optimizer":0,"type":"SGD","group":1,"opt'
        'ions":[{"name":"lr","value":"0.1","fixed":""}],"parameters":4}]}}',
        "",
    ),
    "Changed": (
        '{"type":"Changed","buffers":[],"fields":{"request":9,"iteration":3,"done":true,"text":"lr of SGD: 0.'
        '1 to 0.2","target":"gradient","name":"lr","undone":true,"waiting":true,"can_undo":true,"pass_index":'
        '0,"node":3,"fingerprint":"f00d"}}',
        "",
    ),
    "UpdateTold": (
        '{"type":"UpdateTold","buffers":[16],"fields":{"request":9,"iteration":3,"available":true,"why":"","o'
        'ptimizer":"SGD","done":true,"table":{"columns":["node","norm"],"rows":1,"kind":"f8","data":0},"since'
        '":2}}',
        "0000000000000840000000000000e03f",
    ),
    "NodeChecked": (
        '{"type":"NodeChecked","buffers":[],"fields":{"request":9,"node":3,"available":true,"why":"","functio'
        'n":"mul","dtype":"float64","inputs":[{"name":"0","shape":[2],"agrees":true,"checked":2,"kinks":0,"al'
        'ong":0.5,"max_abs":1.0,"max_rel":2.0,"worst":[1],"analytic":3.0,"numeric":4.0}]}}',
        "",
    ),
    "Change": (
        '{"type":"Change","buffers":[],"fields":{"request":9,"target":"value","how":"noise","node":3,"output"'
        ':1,"name":"fc.weight","number":0.5,"values":[1.0],"optimizer":1,"group":0,"option":"lr","text":"0.2"'
        ',"at_once":true}}',
        "",
    ),
    "UndoChange": (
        '{"type":"UndoChange","buffers":[],"fields":{"request":9}}',
        "",
    ),
    "RequestVariables": (
        '{"type":"RequestVariables","buffers":[],"fields":{"frame":2}}',
        "",
    ),
    "RequestUpdate": (
        '{"type":"RequestUpdate","buffers":[],"fields":{"request":9}}',
        "",
    ),
    "CheckNode": (
        '{"type":"CheckNode","buffers":[],"fields":{"request":9,"node":3}}',
        "",
    ),
    "LearnedTold": (
        '{"type":"LearnedTold","buffers":[4,4,3],"fields":{"iteration":3,"kind":"pictures","model":"Net","why":"",'
        '"rows":1,"columns":1,"count":1,"grid":0,"examples":1,"pictures":2,"bounds":[0.0,1.0],"names":["a"],'
        '"prompt":"p","text":"t","seconds":0.25}}',
        "0000803f00000040010203",
    ),
    "WatchLearned": (
        '{"type":"WatchLearned","buffers":[],"fields":{"on":true,"seconds":1.5}}',
        "",
    ),
    "OnnxTold": (
        '{"type":"OnnxTold","buffers":[2,0],"fields":{"request":9,"ok":true,"path":"net.onnx","why":"","model":"Net",'
        '"exporter":"TorchScript","inputs":[{"name":"x","shape":[1,2],"dtype":"int8","data":0,"left_out":""}],'
        '"outputs":[{"name":"output","shape":[1],"dtype":"bfloat16","data":1,"left_out":"bfloat16"}],"size":5782,'
        '"seconds":0.5}}',
        "0102",
    ),
    "KeepTensors": (
        '{"type":"KeepTensors","buffers":[],"fields":{"most":1024}}',
        "",
    ),
    "TensorKept": (
        '{"type":"TensorKept","buffers":[8],"fields":{"iteration":3,"fingerprint":"f00d","kind":"gradient","node":4,'
        '"output":0,"shape":[1,2],"dtype":"float32","device":"cpu","wide":false,"data":0}}',
        "0000803f00000040",
    ),
    "ExportOnnx": (
        '{"type":"ExportOnnx","buffers":[],"fields":{"request":9,"path":"net.onnx"}}',
        "",
    ),
}
