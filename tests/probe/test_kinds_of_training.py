"""What training may be like, and the cases and tests that hold capture to each kind: a table that stays complete."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .test_hard_cases import CASES

TESTS = Path(__file__).parents[1]
FAR = "probe/test_hard_cases.py::"

# A kind of training, its hard cases (run in both levels against torch), and further tests by file and function.
KINDS: tuple[tuple[str, str, str], ...] = (
    ("a parameter used twice", "leaf_used_twice one_module_called_twice no_path_through_an_argument", ""),
    ("tied weights", "tied_weights gpt", ""),
    ("several roots, a tuple, one root twice, a leaf as root", "several_roots one_root_twice a_leaf_is_the_root", ""),
    (
        "autograd.grad, also imported by name before; captured nodes get what it returned",
        "grad_imported_by_name grad_of_an_intermediate grad_that_is_unused",
        "",
    ),
    ("backward(gradient=...)", "backward_with_a_gradient one_of_several_outputs_is_the_root", ""),
    ("backward(inputs=...)", "backward_to_some_inputs", ""),
    ("several passes in an iteration: accumulation, real and fake halves", "accumulation_in_three_passes gan", ""),
    (
        "updates by hand, by .data, of replaced leaves, fused, inside backward, by a wrapper",
        "update_by_hand update_through_data leaf_replaced fused_update optimizer_in_backward wrapper_optimizer",
        "",
    ),
    (
        "several optimizers",
        "gan",
        "probe/test_odd_runs.py::test_of_two_parameters_used_by_turns_each_keeps_what_it_has",
    ),
    ("closures of L-BFGS", "lbfgs_closure", ""),
    ("retain_graph", "graph_retained", ""),
    (
        "double backward and higher order, gradient penalty, MAML: nodes carry their order",
        "double_backward third_order gradient_penalty maml custom_function_of_order_two",
        f"{FAR}test_every_node_carries_its_order"
        " probe/test_ties.py::test_second_order_nodes_are_linked_to_those_that_made_them",
    ),
    ("nodes with several outputs", "several_outputs lstm custom_function_with_two_outputs", ""),
    ("in-place chains, views of views, CopySlices", "in_place_chain views_of_views", ""),
    (
        "custom functions: name, line, saved tensors; once_differentiable",
        "custom_function custom_function_with_two_outputs custom_function_without_a_gradient",
        f"{FAR}test_what_a_custom_function_saved_is_shown",
    ),
    (
        "checkpoints, reentrant and not; what is computed again is linked",
        "checkpoint_with_reentry checkpoint_without_reentry saved_tensors_on_disk",
        f"{FAR}test_packed_tensors_are_named_and_not_unpacked"
        " probe/test_ties.py::test_what_a_checkpoint_computes_again_is_linked_to_its_node",
    ),
    (
        "hooks that the user registered, shown as such",
        "hooks_that_change_gradients module_hooks hooks_at_every_place",
        "probe/test_ties.py::test_hooks_of_the_users_are_named_and_those_removed_are_not",
    ),
    (
        "whole networks",
        "resnet18 gpt recurrent convolution attention transformer_encoder model_that_returns_a_record"
        " model_that_returns_a_dict",
        "",
    ),
    ("nn.LSTM, nn.MultiheadAttention, nn.TransformerEncoder", "lstm attention transformer_encoder recurrent", ""),
    (
        "embedding, dense, sparse and in bags; sparse matmul",
        "tied_weights embedding_sparse embedding_bag sparse_product",
        "",
    ),
    ("complex, empty and 0-d tensors", "complex_numbers empty_and_scalar a_leaf_is_the_root", ""),
    ("float64, bfloat16, float16", "number_types a_model_in_bfloat16 a_model_in_float16", ""),
    ("gradients that are not finite", "not_finite", ""),
    (
        "autocast with GradScaler: scaled and unscaled gradient, skipped step",
        "autocast autocast_to_bfloat16 scaled_loss scaled_loss_with_a_step_skipped unscaled_and_clipped",
        "probe/test_between.py::test_a_skipped_step_ends_its_iteration_and_is_marked"
        " probe/test_between.py::test_gradients_are_those_of_torch_after_the_pass_and_before_the_update",
    ),
    (
        "torch.compile: an opaque node, no graph break, no recompile",
        "",
        "probe/test_compiled.py::test_nothing_is_compiled_again_or_broken_up_because_of_us",
    ),
    ("scripted code", "scripted scripted_function", ""),
    (
        "torch.func: what is not visible is left alone",
        "functional_transforms gradients_of_each_sample forward_mode functional_model maml",
        "probe/test_reductions.py::test_transformed_and_meta_gradients_are_left_alone_and_said_so",
    ),
    ("undefined gradients", "undefined_gradients custom_function_without_a_gradient", ""),
    (
        "wrappers and their prefixes",
        "data_parallel distributed adapter held_by_a_compiled_module parametrised_weight",
        "probe/test_odd_runs.py::test_wrappers_are_taken_out_of_names_and_are_kept_beside_them"
        " app/panels/test_inspector.py::test_a_name_inside_of_a_wrapper_is_in_the_tooltip",
    ),
    ("evaluation between, also in another thread", "evaluation_between evaluated_in_another_thread", ""),
    (
        "DataLoader workers; training in a thread",
        "",
        "probe/test_threads.py::test_each_operation_has_its_line_and_the_losses_are_its_own"
        " e2e/test_thread_stepping.py::test_phases_and_nodes_are_stepped_in_the_thread_that_trains",
    ),
    (
        "a backward inside a forward, or inside a backward",
        "backward_inside_a_forward gradient_inside_a_forward backward_inside_a_backward",
        "",
    ),
    ("deep graphs: ten thousand nodes in a chain", "deep_chain", ""),
    (
        "modes of the user's",
        "function_mode_of_the_users",
        "probe/test_manners.py::test_modes_of_the_users_see_nothing_of_ours",
    ),
    (
        "a script that never updates",
        "",
        "probe/test_odd_runs.py::test_a_script_that_never_updates_leaves_detail_and_does_not_grow",
    ),
)


@pytest.mark.parametrize(("kind", "cases", "tests"), KINDS)
def test_each_kind_has_its_cases_and_tests(kind: str, cases: str, tests: str) -> None:
    assert cases or tests, kind
    assert [case for case in cases.split() if case not in CASES] == []
    for place in tests.split():
        file, _, name = place.partition("::")
        tree = ast.parse((TESTS / file).read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{kind}: {place} is gone; name the test that holds it now"


def test_each_hard_case_stands_for_a_kind() -> None:
    named = {case for _, cases, _ in KINDS for case in cases.split()}
    assert sorted(set(CASES) - named) == []
