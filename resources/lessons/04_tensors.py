# Tensors from 0 to 5 dimensions, and what each of them stands for. Pictures have their channels last here.
import torch

torch.manual_seed(0)
loss_value = torch.tensor(0.25)  # 0 dimensions: one number
features = torch.tensor([5.1, 3.5, 1.4, 0.2])  # 1: a feature vector, four measurements of a flower
grey_image = torch.rand(28, 28)  # 2: rows, columns
rgb_image = torch.rand(256, 256, 3)  # 3: rows, columns, channels
image_batch = torch.rand(32, 128, 128, 3)  # 4: images, rows, columns, channels
video_clips = torch.rand(10, 16, 64, 64, 3)  # 5: clips, frames, rows, columns, channels

brightness = torch.tensor(1.0, requires_grad=True)  # one number to learn, so that there is a graph to see
dim0 = loss_value * brightness
dim1 = features * brightness
dim2 = grey_image * brightness
dim3 = rgb_image * brightness
dim4 = image_batch * brightness
dim5 = video_clips * brightness
loss = dim0 + dim1.mean() + dim2.mean() + dim3.mean() + dim4.mean() + dim5.mean()
loss.backward()
print(f"brightness.grad {brightness.grad.item():.3f}")
