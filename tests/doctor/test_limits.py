"""Numbers out of range, memory and workers: what an explanation says to count and to change must be right."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from gradscope.doctor.registry import explain
from gradscope.doctor.report import MOST_KEPT, Report
from gradscope.graph.fault import Fault, Operand, TraceLine
from gradscope.graph.snapshot import Saved
from tests.samples import spiral_state

from .test_rules import raised

INDICES = Operand("tokens", "Tensor", (4, 12), "int64", "cpu", low=0, high=10)
WEIGHT = Operand("embed.weight", "Parameter", (10, 8), "float32", "cpu")


def told(message: str, **more: Any) -> Any:
    return explain(raised(message, **more), spiral_state())


def test_an_embedding_says_how_many_rows_it_has_and_how_many_it_needs() -> None:
    found = told("index out of range in self", operands=(INDICES, WEIGHT), module="embed")
    assert "tokens holds 0 to 10; embed has 10 rows, 0 to 9." in found.sentence
    assert "num_embeddings=11" in found.fix
    assert not found.detail_helps


def test_a_target_counted_from_one_is_told_from_a_last_layer_that_is_too_narrow() -> None:
    scores = Operand("logits", "Tensor", (4, 3), "float32", "cpu")
    for low, high, out, fix in (
        (1, 3, 3, "Count from 0: y - 1."),
        (0, 3, 3, "Make the last layer 4 wide, or correct y."),
    ):
        target = Operand("y", "Tensor", (4,), "int64", "cpu", low=low, high=high)
        found = told(f"Target {out} is out of bounds.", operands=(scores, target))
        assert found.fix == fix
        assert "logits has 3 columns, for classes 0 to 2" in found.sentence


def test_out_of_memory_names_who_holds_most_counted_once() -> None:
    saved = tuple(
        Saved(node, "self", (4,), "float32", held, memory, held, leaf, False)
        for node, memory, held, leaf in (
            (3, 1, 5_000_000, -1),
            (4, 1, 5_000_000, -1),
            (8, 2, 70_000_000, -1),
            (9, 3, 900_000_000, 5),
            (9, 4, 8_000, -1),
        )
    )
    state = spiral_state()
    graph = replace(state.graphs["spiral"], saved=saved)
    state = replace(state, graphs=MappingProxyType({"spiral": graph}))
    found = explain(raised("CUDA out of memory. Tried to allocate 2 GiB"), state)
    assert found.evidence[:3] == (
        ("logits (AddmmBackward0)", "holds 70.0 MB"),
        ("linear (AddmmBackward0)", "holds 5.0 MB"),
        ("log_softmax (LogSoftmaxBackward0)", "holds 8.0 kB"),
    )


def test_what_raised_in_a_worker_is_placed_in_the_users_own_lines() -> None:
    trace = (
        "Caught ValueError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
        '  File "/usr/lib/python3/site-packages/torch/utils/data/worker.py", line 349, in _worker_loop\n'
        "    data = fetcher.fetch(index)\n"
        '  File "/home/ada/data.py", line 7, in __getitem__\n    raise ValueError("no picture")\n'
        "ValueError: no picture\n"
    )
    found = told(trace, frames=(TraceLine("/home/ada/train.py", 20, "main", "for batch in loader:"),))
    assert found.title == "The dataset raised in a worker: ValueError: no picture"
    assert [(one.short, one.function) for one in found.places[:1]] == [("data.py, line 7", "__getitem__")]
    assert not any("site-packages" in one.file for one in found.places)


def test_a_report_counts_iterations_keeps_the_newest_figures_and_puts_the_worst_first() -> None:
    fault: Fault = raised("the moon is full")
    error = explain(fault, spiral_state())
    note = replace(error, rule="small", severity="note", sentence="at first")
    report = Report().with_findings([note], 3)
    report = report.with_findings([error, replace(note, sentence="now")], 3).with_findings([error], 4)
    assert [(kept.finding.rule, kept.count, kept.last) for kept in report.ordered()] == [
        (error.rule, 2, 4),
        ("small", 1, 3),
    ]
    assert report.ordered()[1].finding.sentence == "now"
    many = Report().with_findings([replace(note, subject=str(at)) for at in range(MOST_KEPT + 5)], 0)
    assert len(many.kept) == MOST_KEPT
    again = many.with_findings([replace(note, subject="0", sentence="later")], 1)
    assert again.kept[("small", "0")].finding.sentence == "later"
