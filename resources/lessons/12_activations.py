# Activations bend the line. What each does to the gradient of the same number, -2.
import torch
from torch.nn import functional as F

for turn in range(3):
    at_relu = torch.tensor(-2.0, requires_grad=True)
    at_leaky = torch.tensor(-2.0, requires_grad=True)
    at_sigmoid = torch.tensor(-2.0, requires_grad=True)
    at_tanh = torch.tensor(-2.0, requires_grad=True)
    at_gelu = torch.tensor(-2.0, requires_grad=True)
    at_zero = torch.tensor(0.0, requires_grad=True)
    bent = F.relu(at_relu) + F.leaky_relu(at_leaky) + torch.sigmoid(at_sigmoid) + torch.tanh(at_tanh) + F.gelu(at_gelu)
    loss = bent + torch.sigmoid(at_zero)
    loss.backward()
print("relu", at_relu.grad.item(), " leaky", at_leaky.grad.item(), " sigmoid", at_sigmoid.grad.item())
