# Modules, containers and three kinds of layers: Linear, Conv2d and LSTM.
import torch
from torch import nn

torch.manual_seed(0)


class Reader(nn.Module):
    """Looks at a picture, reads a sentence, and gives two scores."""

    def __init__(self):
        super().__init__()
        self.picture = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )
        self.sentence = nn.LSTM(input_size=5, hidden_size=6, batch_first=True)
        self.heads = nn.ModuleList([nn.Linear(4, 2), nn.Linear(6, 2)])

    def forward(self, image, words):
        seen = self.picture(image)  # (8, 4)
        read, _ = self.sentence(words)  # (8, 7, 6)
        return self.heads[0](seen) + self.heads[1](read[:, -1])


model = Reader()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
image, words = torch.randn(8, 3, 16, 16), torch.randn(8, 7, 5)
target = torch.randint(2, (8,))

for epoch in range(20):
    optimizer.zero_grad()
    scores = model(image, words)
    loss = criterion(scores, target)
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch:2d}  loss {loss.item():.4f}")
