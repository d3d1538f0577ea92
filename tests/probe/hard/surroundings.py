"""What may lie around a training step: modes, transforms and hooks of the user's, other threads, parametrisations."""

import threading
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, grad, jvp, vmap
from torch.overrides import TorchFunctionMode


class Unsure(torch.autograd.Function):
    """Its backward gives a gradient to only one of two inputs, depending on what it was asked for."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, None]:  # type: ignore[override]
        _, y = ctx.saved_tensors
        return (gradient * y if ctx.needs_input_grad[0] else None), None


class Inward(torch.autograd.Function):
    """Calls ``backward()``, which accumulates, inside its own backward."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        with torch.enable_grad():
            inner = x.detach().requires_grad_()
            inner.exp().sum().backward()
        assert inner.grad is not None
        return gradient * inner.grad


class Doubling(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        return result * 2 if getattr(func, "__name__", "") == "relu" else result


def function_mode_of_the_users() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    with Doubling():
        model(torch.randn(2, 3)).mean().backward()


def undefined_gradients() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    (Unsure.apply(w.exp(), v.exp()) + w).sum().backward()


def backward_inside_a_backward() -> None:
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    (Inward.apply(w * 2) * 3).sum().backward()


def backward_inside_a_forward() -> None:
    class Inner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.energy = nn.Linear(2, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = x.detach().requires_grad_()
            (force,) = torch.autograd.grad(self.energy(x).tanh().sum(), x, create_graph=True)
            return force

    model = Inner()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.randn(3, 2)).square().sum().backward()
        optimizer.step()


def hooks_at_every_place() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    hidden = model[1](model[0](torch.randn(4, 2)))
    hidden.grad_fn.register_prehook(lambda gradients: (gradients[0] * 2,))
    hidden.grad_fn.register_hook(lambda inner, outer: None)
    model[0].weight.register_post_accumulate_grad_hook(lambda leaf: None)
    model[2].bias.register_hook(lambda gradient: gradient + 1)
    model[2](hidden).sum().backward()


def functional_model() -> None:
    model = nn.Linear(2, 2)
    weights = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
    functional_call(model, weights, (torch.ones(1, 2),)).sum().backward()


def gradients_of_each_sample() -> None:
    model = nn.Linear(3, 1)
    weights = {name: p.detach() for name, p in model.named_parameters()}

    def loss(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return functional_call(model, parameters, (x,)).square().sum()

    vmap(grad(loss), in_dims=(None, 0))(weights, torch.randn(4, 3))
    model(torch.randn(4, 3)).mean().backward()


def forward_mode() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    _, tangent = jvp(lambda x: x.sin(), (w.detach(),), (torch.ones(2),))
    (w * tangent).sum().backward()


def parametrised_weight() -> None:
    model = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        model(torch.randn(2, 3)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()


def evaluated_in_another_thread() -> None:
    model, other = nn.Linear(3, 1), nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(2):
        started, done = threading.Event(), threading.Event()

        def evaluate(started: threading.Event = started, done: threading.Event = done) -> None:
            with torch.no_grad():
                other(torch.ones(2, 3))
            other(torch.ones(2, 3)).sum()
            started.set()
            done.wait(10)
            other(torch.ones(2, 3)).sum()

        thread = threading.Thread(target=evaluate)
        thread.start()
        started.wait(10)
        loss = model(torch.ones(2, 3)).mean()
        done.set()
        thread.join()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()


def scripted_function() -> None:
    @torch.jit.script
    def swish(x: torch.Tensor) -> torch.Tensor:
        return x * torch.sigmoid(x)

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    swish(w * 2).sum().backward()


CASES = (
    function_mode_of_the_users,
    undefined_gradients,
    backward_inside_a_backward,
    backward_inside_a_forward,
    hooks_at_every_place,
    functional_model,
    gradients_of_each_sample,
    forward_mode,
    parametrised_weight,
    evaluated_in_another_thread,
    scripted_function,
)
