"""Custom functions, checkpoints, hooks of the user's, a backward inside a forward."""

from typing import Any

import torch
from torch import nn
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return 3 * x * x * gradient


class Halves(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # type: ignore[override]
        half = len(x) // 2
        return x[:half].clone(), x[half:].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return torch.cat((first, second))


class Blind(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        return x + y

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:  # type: ignore[override]
        return gradient, None


class Gradual(torch.autograd.Function):
    """Differentiates inside its own forward."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            inner = x.detach().requires_grad_()
            (ctx.slope,) = torch.autograd.grad(inner.sin().sum(), inner)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        slope: torch.Tensor = ctx.slope
        return gradient * slope


def custom_function() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    cubed = Cube.apply(w * 2)
    loss = cubed.sum()
    loss.backward()


def custom_function_of_order_two() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = Cube.apply(w).sum()
    (first,) = torch.autograd.grad(loss, w, create_graph=True)
    first.sum().backward()


def custom_function_with_two_outputs() -> None:
    w = torch.arange(4.0).requires_grad_()
    first, second = Halves.apply(w)
    loss = (first * 2 + second.square()).sum()
    loss.backward()


def custom_function_without_a_gradient() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = v * 2
    loss = Blind.apply(w, hidden).sum()
    loss.backward()


def gradient_inside_a_forward() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = Gradual.apply(w).sum()
    loss.backward()


def _blocks() -> tuple[nn.Module, nn.Module]:
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh()), nn.Linear(4, 1)


def checkpoint_without_reentry() -> None:
    body, head = _blocks()
    hidden = checkpoint(body, torch.randn(2, 3), use_reentrant=False)
    head(hidden).mean().backward()


def checkpoint_with_reentry() -> None:
    body, head = _blocks()
    x = torch.randn(2, 3, requires_grad=True)
    hidden = checkpoint(body, x, use_reentrant=True)
    head(hidden).mean().backward()


def hooks_that_change_gradients() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = w * 2
    hidden.register_hook(lambda gradient: gradient * 10)
    w.register_hook(lambda gradient: gradient.clamp(max=30))
    hidden.retain_grad()
    loss = hidden.square().sum()
    loss.backward()


def module_hooks() -> None:
    body, head = _blocks()
    body.register_full_backward_hook(lambda module, inner, outer: None)
    body.register_forward_hook(lambda module, args, result: result * 2)
    head(body(torch.randn(2, 3, requires_grad=True))).mean().backward()


def saved_tensors_on_disk() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
        loss = (w.exp() * w).sum()
    loss.backward()


CASES = (
    custom_function,
    custom_function_of_order_two,
    custom_function_with_two_outputs,
    custom_function_without_a_gradient,
    gradient_inside_a_forward,
    checkpoint_without_reentry,
    checkpoint_with_reentry,
    hooks_that_change_gradients,
    module_hooks,
    saved_tensors_on_disk,
)
