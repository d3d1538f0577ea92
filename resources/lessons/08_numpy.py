# From NumPy to a tensor and back: one shares its memory, the other copies.
import numpy as np
import torch

array = np.array([1.0, 2.0, 3.0], dtype=np.float32)
shared = torch.from_numpy(array)  # the same memory under another name
copied = torch.tensor(array)  # memory of its own
array[0] = 100.0
first_shared, first_copied = shared[0], copied[0]

scale = torch.tensor(2.0, requires_grad=True)
scaled = shared * scale
loss = scaled.sum()
loss.backward()
back = scaled.detach().numpy()  # detach first: NumPy knows nothing of gradients
print("shared", shared.tolist(), " copied", copied.tolist(), " back", back)
