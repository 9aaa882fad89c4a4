"""Training and sampling speed of the four recipes in PyTorch eager: one JSON line a recipe.

Usage: torch_train.py [THREADS]. What a user of PyTorch would write: drawing points, timesteps and noise,
forward, backward and a fused Adam are all inside the timing.
"""

import json
import math
import sys
import time

import torch
from torch import nn

if len(sys.argv) > 1:
    torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
SAMPLES, ROUNDS, SECONDS = 10_000, 3, 0.4


def sinusoidal(x, dim, scale=1.0):
    half = dim // 2
    frequencies = torch.exp(-math.log(10_000) * torch.arange(half) / (half - 1))
    phase = (x * scale).unsqueeze(-1) * frequencies
    return torch.cat([phase.sin(), phase.cos()], -1)


class Tutorial(nn.Module):
    """Time features beside x, plain ReLU layers."""

    def __init__(self, width=128, layers=3, features=32):
        super().__init__()
        self.features = features
        parts = [nn.Linear(1 + features, width), nn.ReLU()]
        for _ in range(layers - 1):
            parts += [nn.Linear(width, width), nn.ReLU()]
        self.net = nn.Sequential(*parts, nn.Linear(width, 1))

    def forward(self, x, t):
        return self.net(torch.cat([x, sinusoidal(t.float(), self.features)], -1))


class Notebook(nn.Module):
    """A time MLP, added in three residual GELU blocks of two layers."""

    def __init__(self, width=128, timesteps=1000):
        super().__init__()
        self.timesteps = timesteps
        self.time = nn.Sequential(nn.Linear(1, width), nn.GELU(), nn.Linear(width, width))
        self.input = nn.Sequential(nn.Linear(1, width), nn.GELU())
        block = lambda: nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.blocks = nn.ModuleList([block() for _ in range(3)])
        self.output = nn.Linear(width, 1)

    def forward(self, x, t):
        time = self.time((t.float() / self.timesteps).unsqueeze(-1))
        h = self.input(x) + time
        for block in self.blocks:
            h = (block(h) + h + time) / math.sqrt(2)
        return self.output(h)


class Tiny(nn.Module):
    """Sinusoidal features of x and t, residual GELU layers."""

    def __init__(self, width=128, features=128, layers=3):
        super().__init__()
        self.features = features
        self.input = nn.Linear(2 * features, width)
        self.blocks = nn.ModuleList([nn.Linear(width, width) for _ in range(layers)])
        self.output = nn.Linear(width, 1)
        self.act = nn.GELU()

    def forward(self, x, t):
        x = sinusoidal(x[:, 0], self.features, 25.0)
        h = self.act(self.input(torch.cat([x, sinusoidal(t.float(), self.features)], -1)))
        for block in self.blocks:
            h = h + self.act(block(h))
        return self.output(h)


RECIPES = {
    "tutorial-b256": (Tutorial, 256, 1000),
    "notebook-b128": (Notebook, 128, 1000),
    "tiny-b32": (Tiny, 32, 50),
    "tutorial64-b2048": (lambda: Tutorial(width=64, layers=5), 2048, 40),
}


def rate(work):
    """Median calls a second over some rounds, after a warm-up."""
    rates = []
    for _ in range(ROUNDS + 1):
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < SECONDS:
            work()
            count += 1
        rates.append(count / (time.perf_counter() - begun))
    return sorted(rates[1:])[ROUNDS // 2]


for name, (make, batch, timesteps) in RECIPES.items():
    model = make()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, timesteps), 0)
    signal, noise_level = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
    data = torch.randn(100_000, 1)

    def step():
        x0 = data[torch.randint(0, data.shape[0], (batch,))]
        t, noise = torch.randint(0, timesteps, (batch,)), torch.randn_like(x0)
        x_t = signal[t].unsqueeze(-1) * x0 + noise_level[t].unsqueeze(-1) * noise
        loss = ((model(x_t, t) - noise) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    x = torch.randn(SAMPLES, 1)

    @torch.no_grad()
    def reverse():
        global x
        predicted = model(x, torch.full((SAMPLES,), 5))
        x = (x - 0.01 * predicted) / 0.999 + 0.01 * torch.randn_like(x)

    print(json.dumps({"recipe": name, "train": rate(step), "reverse": rate(reverse)}), flush=True)
