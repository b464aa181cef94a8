"""The layer in double precision, forward and backward: what the kernels and the peers are held to.

    python3 benches/recurrent/reference.py

holds its gradients to finite differences. `deviations` says how far a kernel that computes in bf16 may be off.
"""
import numpy as np

from layers import CELLS, Layer, to_bf16

# A kernel rounds, to bf16, what the rounded run below rounds, and its functions err by some 2^-10. Errors go from step to step
# through R and are of random sign: four times what one such run shows is wide enough for any of them. Wrong code is off by as much as
# the numbers are large.
SPREAD = 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


def recurrent(weights, hidden):
    """R h [G, N, B, D], from h [N, B, D]."""
    return np.matmul(hidden, weights.transpose(0, 1, 3, 2))


def step(cell, rh, x, b, states):
    """A step's states, h first, and saved values; R h and Wx [G, N, B, D], b [biases, N, 1, D]."""
    if cell == "elman":
        return [np.tanh(rh[0] + x[0] + b[0])], []
    if cell == "lstm":
        i, f, o = (sigmoid(rh[gate] + x[gate] + b[gate]) for gate in (0, 1, 3))
        z = np.tanh(rh[2] + x[2] + b[2])
        c = f * states[1] + i * z
        return [o * np.tanh(c), c], [i, f, z, o]
    if cell == "slstm":
        _, c, n, m = states
        i, f = (rh[gate] + x[gate] + b[gate] for gate in (0, 1))
        z, o = np.tanh(rh[2] + x[2] + b[2]), sigmoid(rh[3] + x[3] + b[3])
        _, scaled_i, scaled_f, after_m = exponentials(i, f, n, m)
        c, n = scaled_f * c + scaled_i * z, np.maximum(scaled_f * n + scaled_i, 1)
        return [o * c / n, c, n, after_m], [i, f, z, o]
    r, z = (sigmoid(rh[gate] + x[gate] + b[gate]) for gate in (0, 1))
    q = rh[2] + b[2]
    n = np.tanh(x[2] + b[3] + r * q)
    return [z * states[0] + (1 - z) * n], [r, z, n, q]


def exponentials(i, f, n, m):
    """slstm's gates: whether m after the step is i, both scaled by it, and m. Before the first step, where n is 0, it is i."""
    kept = log_sigmoid(f) + m
    takes_i = (n == 0) | (i > kept)
    after = np.where(takes_i, i, kept)
    return takes_i, np.exp(i - after), np.where(n == 0, 0, np.exp(kept - after)), after


def back(cell, d, before, after, saved):
    """From the gradient of the states after a step, h first: those of R h, of Wx, of b [.., N, B, D], and of the states before,
    without what comes through R."""
    if cell == "elman":
        of = [(1 - after[0] ** 2) * d[0]]
        return of, of, of, [0 * d[0]]
    if cell == "lstm":
        i, f, z, o = saved
        t = np.tanh(after[1])
        d_c = d[1] + o * (1 - t * t) * d[0]
        of = [i * (1 - i) * z * d_c, f * (1 - f) * before[1] * d_c, (1 - z * z) * i * d_c, o * (1 - o) * t * d[0]]
        return of, of, of, [0 * d[0], f * d_c]
    if cell == "slstm":
        i, f, z, o = saved
        _, c, n, m = before
        takes_i, scaled_i, scaled_f, _ = exponentials(i, f, n, m)
        of_h = after[1] / after[2]
        d_c = d[1] + o / after[2] * d[0]
        d_n = np.where(scaled_f * n + scaled_i >= 1, d[2] - o * of_h / after[2] * d[0], 0)
        through_i, through_f = scaled_i * (z * d_c + d_n), scaled_f * (c * d_c + n * d_n)
        d_i = np.where(takes_i, d[3] - through_f, through_i)
        d_kept = np.where(takes_i, through_f, d[3] - through_i)
        of = [d_i, sigmoid(-f) * d_kept, (1 - z * z) * scaled_i * d_c, o * (1 - o) * of_h * d[0]]
        return of, of, of, [0 * d[0], scaled_f * d_c, scaled_f * d_n, d_kept]
    r, z, n, q = saved
    d_n = (1 - z) * (1 - n * n) * d[0]
    d_r, d_z = r * (1 - r) * q * d_n, z * (1 - z) * (before[0] - n) * d[0]
    return [d_r, d_z, r * d_n], [d_r, d_z, d_n], [d_r, d_z, r * d_n, d_n], [z * d[0]]


def run(layer, arrays, rounded=lambda numbers: numbers):
    """h of every step and all gradients, by name; `rounded` is applied to what a kernel stores in 16 bits."""
    gates, biases, states, _ = CELLS[layer.cell]
    weights, x, of_hidden = (arrays[name].astype(np.float64) for name in ("weights", "input", "of_hidden"))
    bias = arrays["bias"].astype(np.float64)[:, :, None, :]
    # [T, G, N, B, D] and [T, N, B, D].
    x, of_hidden = x.transpose(1, 2, 3, 0, 4), of_hidden.transpose(1, 2, 0, 3)
    now = [np.zeros((layer.heads, layer.batch, layer.head_dim)) for _ in range(states)]
    steps = []
    for time in range(layer.sequence):
        after, saved = step(layer.cell, recurrent(weights, now[0]), x[time], bias, now)
        after[0] = rounded(after[0])
        steps.append((now, after, [rounded(value) for value in saved]))
        now = after
    d = [np.zeros_like(state) for state in now]
    of_weights, of_bias = np.zeros_like(weights), np.zeros((biases, layer.heads, layer.head_dim))
    of_input = np.zeros_like(x)
    for time in reversed(range(layer.sequence)):
        before, after, saved = steps[time]
        d[0] = d[0] + of_hidden[time]
        of_rh, of_x, of_b, d = back(layer.cell, d, before, after, saved)
        of_rh, of_input[time] = rounded(np.stack(of_rh)), rounded(np.stack(of_x))
        of_bias += np.stack(of_b).sum(2)
        of_weights += np.matmul(of_rh.transpose(0, 1, 3, 2), before[0])
        d[0] = d[0] + np.matmul(of_rh, weights).sum(0)
    hidden = np.stack([after[0] for _, after, _ in steps])
    return {"hidden": hidden.transpose(2, 0, 1, 3), "of_input": of_input.transpose(3, 0, 1, 2, 4), "of_weights": of_weights,
            "of_bias": of_bias, "of_initial": np.stack(d).transpose(0, 2, 1, 3)}


def deviations(layer, arrays):
    """For each output its exact numbers, and how far the farthest of them may be off."""
    exact, coarse = run(layer, arrays), run(layer, arrays, to_bf16)
    return {name: (exact[name], SPREAD * np.abs(coarse[name] - exact[name]).max() + 2.0 ** -10) for name in exact}


def compare(deviations, found):
    """The error of each array found, in units of what it may be; more than 1 is wrong, and so is NaN."""
    return {name: float(np.abs(numbers - deviations[name][0]).max() / deviations[name][1]) for name, numbers in found.items()}


def check_by_differences():
    """Some entries of each gradient against central differences of the loss, the sum of of_hidden times h."""
    for cell, (_, biases, _, _) in CELLS.items():
        layer = Layer(cell, 5, 2, 3, 4)
        arrays = {name: numbers.astype(np.float64) for name, numbers in layer.arrays(3).items()}
        loss = lambda arrays: float((run(layer, arrays)["hidden"] * arrays["of_hidden"]).sum())
        gradients, random = run(layer, arrays), np.random.default_rng(4)
        for name in ("input", "weights", "bias"):
            for index in random.integers(arrays[name].size, size=12):
                sides = []
                for way in (1e-5, -1e-5):
                    moved = {**arrays, name: arrays[name].copy()}
                    moved[name].flat[index] += way
                    sides.append(loss(moved))
                slope, gradient = (sides[0] - sides[1]) / 2e-5, gradients["of_" + name].flat[index]
                # The differences' own error: third derivatives times 1e-10, and 1e-16 / 1e-5 of rounding.
                if not abs(slope - gradient) <= 1e-7 * (1 + abs(slope)):
                    raise AssertionError(f"{cell}: of_{name} {index} is {gradient}, by differences {slope}")


if __name__ == "__main__":
    check_by_differences()
