# Losses: one number for how wrong an answer is, and the gradient that it sends back.
import torch
from torch.nn import functional as F

for turn in range(3):
    for_mse = torch.tensor(3.0, requires_grad=True)
    for_l1 = torch.tensor(3.0, requires_grad=True)
    mse = F.mse_loss(for_mse, torch.tensor(5.0))
    l1 = F.l1_loss(for_l1, torch.tensor(5.0))

    logits = torch.zeros(1, 2, requires_grad=True)  # two classes, no preference yet
    cross_entropy = F.cross_entropy(logits, torch.tensor([0]))
    nll_logits = torch.zeros(1, 2, requires_grad=True)
    nll = F.nll_loss(F.log_softmax(nll_logits, dim=1), torch.tensor([0]))
    score = torch.tensor(0.0, requires_grad=True)
    bce = F.binary_cross_entropy_with_logits(score, torch.tensor(1.0))

    loss = mse + l1 + cross_entropy + nll + bce
    loss.backward()
print("mse", for_mse.grad.item(), " l1", for_l1.grad.item(), " cross entropy", logits.grad.tolist())
