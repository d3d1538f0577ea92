"""Ways into the engine: ``autograd.grad``, several passes, higher order, and updates that no optimizer announces."""

import torch
from torch import nn
from torch.autograd import grad


def grad_imported_by_name() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    loss = (w.square() + b).sum()
    grad(loss, (w, b))


def grad_of_an_intermediate() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    hidden = w * 3
    loss = hidden.square().sum()
    torch.autograd.grad(loss, [hidden, w])


def grad_that_is_unused() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    other = torch.tensor(1.0, requires_grad=True)
    torch.autograd.grad(w.sum(), [w, other], allow_unused=True)


def backward_with_a_gradient() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.square().backward(gradient=torch.tensor([1.0, -1.0]))


def backward_to_some_inputs() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * b).sum().backward(inputs=[w])


def graph_retained() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = w.square().sum()
    loss.backward(retain_graph=True)
    loss.backward()


def double_backward() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w**3).sum()
    (first,) = torch.autograd.grad(loss, w, create_graph=True)
    first.square().sum().backward()


def third_order() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(x**4, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    second.backward()


def gradient_penalty() -> None:
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(critic.parameters(), lr=0.1)
    x = torch.randn(5, 2, requires_grad=True)
    score = critic(x).sum()
    (slope,) = torch.autograd.grad(score, x, create_graph=True)
    loss = (slope.norm(dim=1) - 1).square().mean() - score
    loss.backward()
    optimizer.step()


def maml() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(4, 3), torch.randn(4, 1)
    inner = (model(x) - y).square().mean()
    gradients = torch.autograd.grad(inner, list(model.parameters()), create_graph=True)
    fast = {name: p - 0.1 * g for (name, p), g in zip(model.named_parameters(), gradients, strict=True)}
    outer = (torch.func.functional_call(model, fast, (x,)) - y).square().mean()
    outer.backward()
    optimizer.step()


def accumulation_in_three_passes() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        model(torch.randn(4, 3)).mean().backward()
    optimizer.step()


def lbfgs_closure() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([w], lr=0.1, max_iter=3)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = (w - 3).square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)


def optimizer_in_backward() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
    optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in model.parameters()}
    handles = [
        p.register_post_accumulate_grad_hook(lambda leaf: (optimizers[leaf].step(), optimizers[leaf].zero_grad())[0])
        for p in model.parameters()
    ]
    model(torch.randn(4, 3)).mean().backward()
    for handle in handles:
        handle.remove()


def update_by_hand() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(2):
        loss = w.square().sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None


def update_through_data() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(2):
        loss = w.square().sum()
        loss.backward()
        w.data -= 0.1 * w.grad
        w.grad.zero_()


def leaf_replaced() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(3):
        loss = w.square().sum()
        loss.backward()
        w = (w - 0.1 * w.grad).detach().requires_grad_()


def fused_update() -> None:
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(4, 3)).mean().backward()
        optimizer.step()


def wrapper_optimizer() -> None:
    class Lookahead(torch.optim.Optimizer):
        def __init__(self, inner: torch.optim.Optimizer) -> None:
            self.inner = inner
            super().__init__(inner.param_groups, {})

        def step(self) -> None:  # type: ignore[override]
            self.inner.step()

    model = nn.Linear(3, 1)
    optimizer = Lookahead(torch.optim.SGD(model.parameters(), lr=0.1))
    for _ in range(2):
        optimizer.zero_grad()
        model(torch.ones(4, 3)).mean().backward()
        optimizer.step()


CASES = (
    grad_imported_by_name,
    grad_of_an_intermediate,
    grad_that_is_unused,
    backward_with_a_gradient,
    backward_to_some_inputs,
    graph_retained,
    double_backward,
    third_order,
    gradient_penalty,
    maml,
    accumulation_in_three_passes,
    lbfgs_closure,
    optimizer_in_backward,
    update_by_hand,
    update_through_data,
    leaf_replaced,
    fused_update,
    wrapper_optimizer,
)
