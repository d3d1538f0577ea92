"""What torch was found to do under a probe, and the tests that hold the probe to it: a table that stays complete."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

# A finding, and where it is tested: file and function.
FINDINGS: tuple[tuple[str, str], ...] = (
    (
        "Norms in batches equal torch's own; the largest element is looked for in turns",
        "probe/test_reductions.py::test_every_norm_equals_torchs_in_float64"
        " probe/test_reductions.py::test_rotation_measures_every_node_in_turn_and_norms_always",
    ),
    (
        "A kept gradient turns a stolen one into a copy, and a kept alias changes with it",
        "probe/test_manners.py::test_gradients_are_taken_over_not_copied"
        " probe/test_reductions.py::test_no_gradient_outlives_its_chunk",
    ),
    (
        "Reading a saved tensor unpacks it, which runs a checkpointed forward or hooks of the user's",
        "probe/test_hard_cases.py::test_packed_tensors_are_named_and_not_unpacked",
    ),
    (
        "In autograd.grad captured nodes never run, and gradients may be undefined",
        "probe/test_hard_cases.py::test_graph_and_gradients_are_torchs_own"
        " probe/test_reductions.py::test_undefined_empty_and_small_gradients",
    ),
    (
        "All ways into the engine meet in one place, and in the calling thread the run order is known beforehand",
        "probe/test_hard_cases.py::test_the_run_order_is_told_as_the_engine_then_takes_it",
    ),
    (
        "Transformed, meta and other odd tensors must not be computed with; low precision overflows",
        "probe/test_reductions.py::test_transformed_and_meta_gradients_are_left_alone_and_said_so"
        " probe/test_tensors.py::test_what_cannot_be_read_is_left_alone",
    ),
    (
        "Modes of the user's see what a careless probe computes and asks",
        "probe/test_manners.py::test_modes_of_the_users_see_nothing_of_ours",
    ),
    (
        "A compiler guards on the stack of modes: a mode left there breaks graphs up or compiles again",
        "probe/test_compiled.py::test_nothing_is_compiled_again_or_broken_up_because_of_us",
    ),
    (
        "A mode belongs to a thread and is stashed inside its own calls; backward is such a call",
        "probe/test_threads.py::test_each_operation_has_its_line_and_the_losses_are_its_own"
        " e2e/test_leaving.py::test_nothing_is_left_after_detach_at",
    ),
    (
        "Scripted code, custom functions and checkpoints are not seen by a mode as other calls are",
        "probe/test_hard_cases.py::test_every_node_stands_at_the_line_that_made_it",
    ),
    (
        "A forked worker inherits mode, hooks and socket",
        "probe/test_entering.py::test_workers_and_forked_children_stay_silent"
        " probe/test_threads.py::test_each_operation_has_its_line_and_the_losses_are_its_own",
    ),
    (
        "A step that a scaler leaves out calls no hook of an optimizer's, and still ends an iteration",
        "probe/test_between.py::test_a_skipped_step_ends_its_iteration_and_is_marked",
    ),
    (
        "A parameter written between its forward and its backward makes the user's backward fail",
        "e2e/test_changes.py::test_what_cannot_be_is_said_and_nothing_is_touched",
    ),
    (
        "An excepthook comes after finally; only where torch is under it an exception is met before",
        "e2e/test_held_exceptions.py::test_a_forward_is_held_before_finally_with_both_shapes_in_the_graph",
    ),
    (
        "After an exception inside backward the gradients are partial",
        "e2e/test_held_exceptions.py::test_inside_backward_gradients_are_partial_and_the_halo_is_at_the_fault",
    ),
    (
        "Which line changed a saved tensor is known in detail alone",
        "e2e/test_explanations.py::test_the_explanation_names_variable_and_line",
    ),
    (
        "Interpreters that take no environment stay without a probe; a folder called torch is not torch",
        "probe/test_entering.py::test_a_python_that_takes_no_environment_is_explained_at_its_end"
        " probe/test_entering.py::test_a_folder_called_torch_is_not_torch"
        " probe/test_entering.py::test_a_package_called_gradscope_is_the_users_own",
    ),
    (
        "The numbers of nodes tell which of them a node made while it ran",
        "probe/test_ties.py::test_second_order_nodes_are_linked_to_those_that_made_them"
        " probe/test_ties.py::test_what_a_checkpoint_computes_again_is_linked_to_its_node",
    ),
    (
        "A hook that holds its node is a cycle that no collector sees",
        "probe/test_manners.py::test_graphs_whose_backward_never_comes_are_let_go",
    ),
    (
        "A breakpoint on values is decided at each node, in the engine's order",
        "e2e/test_breakpoints.py::test_the_first_gradient_that_is_not_finite_is_stopped_at_once",
    ),
    (
        "Where gradient is lost there are more reasons than detach; numbers taken out have no identity",
        "probe/test_losing.py::test_each_parameter_without_gradient_is_shown_with_its_reason_and_its_line",
    ),
    (
        "What each use of a leaf brings is seen behind the nodes that use it",
        "probe/test_ties.py::test_each_use_of_a_leaf_has_its_part_in_the_gradient",
    ),
    (
        "Between the pass and the update gradients are unscaled, clipped, reduced",
        "probe/test_between.py::test_gradients_are_those_of_torch_after_the_pass_and_before_the_update",
    ),
    (
        "A pause asked for at the wrong moment is not lost, and nobody is held for ever",
        "probe/test_gate.py::test_a_pause_asked_for_while_the_thread_leaves_is_not_lost"
        " probe/test_gate.py::test_a_gate_that_is_released_holds_nobody",
    ),
    (
        "A failure of one feature must leave the others on and the training unharmed",
        "probe/test_manners.py::test_a_feature_that_fails_is_switched_off_and_training_goes_on",
    ),
)


@pytest.mark.parametrize(("finding", "tests"), FINDINGS)
def test_each_finding_has_its_tests(finding: str, tests: str) -> None:
    assert tests.split(), finding
    for place in tests.split():
        file, _, name = place.partition("::")
        tree = ast.parse((TESTS / file).read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{finding}: {place} is gone; name the test that holds it now"


def test_a_new_test_of_compiled_code_or_threads_names_its_finding() -> None:
    named = {place for _, tests in FINDINGS for place in tests.split()}
    for file in ("probe/test_compiled.py", "probe/test_threads.py"):
        tree = ast.parse((TESTS / file).read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert f"{file}::{node.name}" in named
