"""Training and sampling speed of the four recipes in JAX (jit and scan): one JSON line a recipe.

Whole stretches of training are one compiled loop, so that what is timed is XLA's code alone; drawing
points, timesteps and noise and Adam are inside.
"""

import json
import math
import time
from functools import partial

import jax
import jax.numpy as jnp

SAMPLES, ROUNDS = 10_000, 3


def sinusoidal(x, dim, scale=1.0):
    half = dim // 2
    frequencies = jnp.exp(-math.log(10_000) * jnp.arange(half) / (half - 1))
    phase = (x * scale)[..., None] * frequencies
    return jnp.concatenate([jnp.sin(phase), jnp.cos(phase)], -1)


def linear(key, inputs, outputs):
    bound = 1 / math.sqrt(inputs)
    weight, bias = jax.random.split(key)
    draw = partial(jax.random.uniform, minval=-bound, maxval=bound)
    return draw(weight, (inputs, outputs)), draw(bias, (outputs,))


def apply(layer, x):
    return x @ layer[0] + layer[1]


gelu = partial(jax.nn.gelu, approximate=False)


def stack(key, sizes):
    return [linear(k, *size) for k, size in zip(jax.random.split(key, len(sizes)), sizes)]


def tutorial_init(key, width=128, layers=3, features=32):
    return stack(key, [(1 + features, width)] + [(width, width)] * (layers - 1) + [(width, 1)])


def tutorial(p, x, t, timesteps, features=32):
    h = jnp.concatenate([x, sinusoidal(t.astype(jnp.float32), features)], -1)
    for layer in p[:-1]:
        h = jax.nn.relu(apply(layer, h))
    return apply(p[-1], h)


def notebook_init(key, width=128):
    square = (width, width)
    return stack(key, [(1, width), square, (1, width)] + [square] * 6 + [(width, 1)])


def notebook(p, x, t, timesteps):
    scaled = (t.astype(jnp.float32) / timesteps)[:, None]
    embedding = apply(p[1], gelu(apply(p[0], scaled)))
    h = gelu(apply(p[2], x)) + embedding
    for first, second in zip(p[3:9:2], p[4:9:2]):
        h = (gelu(apply(second, gelu(apply(first, h)))) + h + embedding) / math.sqrt(2)
    return apply(p[9], h)


def tiny_init(key, width=128, features=128, layers=3):
    return stack(key, [(2 * features, width)] + [(width, width)] * layers + [(width, 1)])


def tiny(p, x, t, timesteps, features=128):
    x = sinusoidal(x[:, 0], features, 25.0)
    h = jnp.concatenate([x, sinusoidal(t.astype(jnp.float32), features)], -1)
    h = gelu(apply(p[0], h))
    for layer in p[1:-1]:
        h = h + gelu(apply(layer, h))
    return apply(p[-1], h)


RECIPES = {
    "tutorial-b256": (tutorial_init, tutorial, 256, 1000),
    "notebook-b128": (notebook_init, notebook, 128, 1000),
    "tiny-b32": (tiny_init, tiny, 32, 50),
    "tutorial64-b2048": (partial(tutorial_init, width=64, layers=5), tutorial, 2048, 40),
}


def rate(work, count):
    """Median steps a second over some rounds of `count` steps, after one that compiles."""
    rates = []
    for _ in range(ROUNDS + 1):
        begun = time.perf_counter()
        jax.block_until_ready(work())
        rates.append(count / (time.perf_counter() - begun))
    return sorted(rates[1:])[ROUNDS // 2]


for name, (init, network, batch, timesteps) in RECIPES.items():
    alpha_bar = jnp.cumprod(1 - jnp.linspace(1e-4, 0.02, timesteps))
    signal, noise_level = jnp.sqrt(alpha_bar), jnp.sqrt(1 - alpha_bar)
    data = jax.random.normal(jax.random.PRNGKey(1), (100_000, 1))

    def loss(p, x0, t, noise):
        x_t = signal[t][:, None] * x0 + noise_level[t][:, None] * noise
        return jnp.mean((network(p, x_t, t, timesteps) - noise) ** 2)

    def step(carry, _):
        p, m, v, i, key = carry
        key, a, b, c = jax.random.split(key, 4)
        x0 = data[jax.random.randint(a, (batch,), 0, 100_000)]
        t, noise = jax.random.randint(b, (batch,), 0, timesteps), jax.random.normal(c, (batch, 1))
        value, g = jax.value_and_grad(loss)(p, x0, t, noise)
        i = i + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        update = lambda p, m, v: p - 1e-3 * (m / (1 - 0.9**i)) / (jnp.sqrt(v / (1 - 0.999**i)) + 1e-8)
        return (jax.tree.map(update, p, m, v), m, v, i, key), value

    count = 400
    parameters = init(jax.random.PRNGKey(0))
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    carry = (parameters, zeros, zeros, jnp.float32(0), jax.random.PRNGKey(3))
    train = jax.jit(lambda carry: jax.lax.scan(step, carry, None, length=count))

    def reverse(x, key):
        predicted = network(parameters, x, jnp.full((SAMPLES,), 5), timesteps)
        return (x - 0.01 * predicted) / 0.999 + 0.01 * jax.random.normal(key, x.shape), None

    keys = jax.random.split(jax.random.PRNGKey(4), 20)
    x = jax.random.normal(jax.random.PRNGKey(5), (SAMPLES, 1))
    sample = jax.jit(lambda x: jax.lax.scan(reverse, x, keys)[0])
    speeds = {"train": rate(lambda: train(carry), count), "reverse": rate(lambda: sample(x), len(keys))}
    print(json.dumps({"recipe": name, **speeds}), flush=True)
