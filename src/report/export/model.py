"""A network that truescore trained, as a plain torch.nn.Module.

    from model import load, sample
    network = load()                  # the folder of this file
    points = sample(network, 1000)    # in the units of the data

`network(x, t)` answers in the parameterisation `network.prediction`; `network.noise(x, t)` and `network.x0(x, t)` are
what that says of the noise and of the data. x is in standardised units, `(data - shift) / scale`, and t is a whole
number from 1 to T for each point. Labels are whole numbers from 0; the number of classes stands for none.
"""

import json
import struct
from pathlib import Path

import torch
from torch import nn

ACTIVATIONS = {
    "relu": torch.relu,
    "leaky_relu": nn.functional.leaky_relu,
    "gelu": nn.functional.gelu,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
}


def features(facts, x):
    """What a network sees of every number in x, `[n, k]`: the number, or sines and cosines of it."""
    if facts["kind"] == "none":
        return x[:, :0]
    if facts["kind"] == "raw":
        return x * facts["factor"]
    half = facts["dim"] // 2
    exponent = torch.arange(half, dtype=torch.float64, device=x.device) / (half - 1)
    angle = x.double()[:, :, None] * facts["scale"] * 10000.0**-exponent
    return torch.cat([angle.sin(), angle.cos()], dim=2).flatten(1).float()


class Network(nn.Module):
    """The network that model.json describes."""

    def __init__(self, facts):
        super().__init__()
        self.facts, self.prediction = facts, facts["network"]["prediction"]
        network = facts["network"]
        for layer in network["time_mlp"] + network["layers"]:
            parent, (*path, last) = self, layer["name"].split(".")
            for name in path:
                if not hasattr(parent, name):
                    parent.add_module(name, nn.Module())
                parent = getattr(parent, name)
            parent.add_module(last, nn.Linear(layer["inputs"], layer["outputs"]))
        if network["class_embedding"]:
            self.class_embedding = nn.Embedding(*network["class_embedding"])
        for name, values in facts["process"].items():
            self.register_buffer(name, torch.tensor(values), persistent=False)
        for name, values in facts["data"].items():
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(self, x, t, labels=None):
        network = self.facts["network"]
        if network["scales_input"]:
            a, s = self.level(t)
            x = x / torch.hypot(a, s)
        time = features(network["time"], t[:, None].float())
        for layer in network["time_mlp"]:
            time = self.step(layer, time)
        label = self.class_embedding(labels) if network["class_embedding"] else None
        values = [features(network["input"], x)]
        for layer in network["layers"]:
            h = values[-1]
            if layer["sees_time"]:
                h = torch.cat([h, time], 1)
            if layer["sees_class"]:
                h = torch.cat([h, label], 1)
            h = self.step(layer, h)
            if layer["skip"] is not None:
                h = h + values[layer["skip"]]
            if layer["adds_time"]:
                h = h + time
            if layer["adds_class"]:
                h = h + label
            values.append(h * layer["scale"])
        return values[-1]

    def step(self, layer, h):
        """A linear layer and its nonlinearity."""
        h = self.get_submodule(layer["name"])(h)
        return ACTIVATIONS[layer["activation"]](h) if layer["activation"] else h

    def level(self, t):
        """a and s of x_t = a x0 + s noise, `[n, 1]` each."""
        return self.a[t][:, None], self.s[t][:, None]

    def noise(self, x, t, labels=None):
        """What the answer says of the noise."""
        y, (a, s) = self(x, t, labels), self.level(t)
        if self.prediction == "noise":
            return y
        if self.prediction == "x0":
            return (x - a * y) / s
        if self.prediction == "velocity":
            return (x + a * y) / (a + s)
        return (a * y * torch.hypot(a, s) + s * x) / (a * a + s * s)

    def x0(self, x, t, labels=None):
        """What the answer says of the data."""
        y, (a, s) = self(x, t, labels), self.level(t)
        if self.prediction == "noise":
            return (x - s * y) / a
        if self.prediction == "x0":
            return y
        if self.prediction == "velocity":
            return (x - s * y) / (a + s)
        return (a * x - s * y * torch.hypot(a, s)) / (a * a + s * s)


@torch.no_grad()
def sample(network, n, labels=None):
    """n points in the units of the data, by DDIM without noise (Song et al. 2021) through every timestep."""
    x = network.start * torch.randn(n, len(network.shift), device=network.shift.device)
    for i in range(len(network.a) - 1, 0, -1):
        t = torch.full((n,), i, device=x.device)
        x0 = network.x0(x, t, labels)
        (a, s), (a_next, s_next) = network.level(t), network.level(t - 1)
        x = a_next * x0 + s_next * (x - a * x0) / s
    return x * network.scale + network.shift


def load(folder=Path(__file__).parent):
    """The network with its trained weights."""
    folder = Path(folder)
    network = Network(json.loads((folder / "model.json").read_text()))
    data = (folder / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    weights = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + at for at in entry["data_offsets"])
            values = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32)
            weights[name] = values.reshape(entry["shape"])
    network.load_state_dict(weights)
    return network.eval()
