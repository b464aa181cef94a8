"""Gradients of recurrent layers by PyTorch's automatic differentiation, in double precision.

Reads a JSON list of layers from standard input, as the test in src/kernel/recurrent/reference/backward/tests/torch.rs writes
them, and writes the gradients of each to standard output. lstm, gru and elman are PyTorch's own cells, which have the same
gates in the same order; gru without the gradient through R, and slstm, are written out.
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch  # noqa: E402

COUNTS = {"elman": (1, 1, 1), "lstm": (4, 4, 2), "gru": (3, 4, 1), "slstm": (4, 4, 4)}


class Clip(torch.autograd.Function):
    """Passes a tensor on and keeps its gradient within a limit."""

    @staticmethod
    def forward(context, tensor, limit):
        context.limit = limit
        return tensor.view_as(tensor)

    @staticmethod
    def backward(context, gradient):
        return gradient.clamp(-context.limit, context.limit), None


def recurrent(weights, hidden):
    """R h of all gates [G, B, N, D]."""
    return torch.einsum("gnij,bnj->gbni", weights, hidden)


def own_cell(cell, x, states, weights, bias):
    """A step by PyTorch's cell of that name, head by head. x [G, B, N, D]."""
    gates, batch, heads, dim = x.shape
    identity = torch.eye(gates * dim, dtype=x.dtype)
    nothing = torch.zeros(gates * dim, dtype=x.dtype)
    after = []
    for head in range(heads):
        inputs = x[:, :, head].transpose(0, 1).reshape(batch, gates * dim)
        of_h = weights[:, head].reshape(gates * dim, dim)
        own = [state[:, head] for state in states]
        if cell == "gru":
            b = bias[:, head]
            of_x = torch.cat([torch.zeros(2 * dim, dtype=x.dtype), b[3]])
            after.append((torch.gru_cell(inputs, own[0], identity, of_h, of_x, b[:3].reshape(-1)),))
        elif cell == "lstm":
            after.append(torch.lstm_cell(inputs, own, identity, of_h, nothing, bias[:, head].reshape(-1)))
        else:
            after.append((torch.rnn_tanh_cell(inputs, own[0], identity, of_h, nothing, bias[:, head].reshape(-1)),))
    return [torch.stack(state, dim=1) for state in zip(*after)]


def gru(x, hidden, for_product, weights, bias):
    of_h = recurrent(weights, for_product)
    r = torch.sigmoid(x[0] + of_h[0] + bias[0])
    z = torch.sigmoid(x[1] + of_h[1] + bias[1])
    n = torch.tanh(x[2] + bias[3] + r * (of_h[2] + bias[2]))
    return [z * hidden + (1 - z) * n]


def slstm(x, states, for_product, weights, bias):
    _, c, n, m = states
    i, f, z, o = x + recurrent(weights, for_product) + bias[:, None]
    kept = torch.nn.functional.logsigmoid(f) + m
    empty = n == 0
    next_m = torch.where(empty, i, torch.maximum(i, kept))
    scaled_i = torch.exp(i - next_m)
    scaled_f = torch.where(empty, torch.zeros_like(f), torch.exp(kept - next_m))
    c = scaled_f * c + scaled_i * torch.tanh(z)
    # torch.maximum would halve the gradient where the sum is 1.
    n = (scaled_f * n + scaled_i).clamp(min=1)
    return [torch.sigmoid(o) * c / n, c, n, next_m]


def gradients(layer):
    cell = layer["cell"]
    gates, biases, count = COUNTS[cell]
    batch, steps, heads, dim = layer["sizes"]

    def leaf(name, *shape):
        values = layer[name]
        tensor = torch.zeros(shape, dtype=torch.float64) if values is None else torch.tensor(values, dtype=torch.float64)
        return tensor.reshape(shape).requires_grad_()

    x = leaf("input", batch, steps, gates, heads, dim)
    weights = leaf("weights", gates, heads, dim, dim)
    bias = leaf("bias", biases, heads, dim)
    initial = leaf("initial", count, batch, heads, dim)
    states = list(initial)
    of_hidden = torch.tensor(layer["of_hidden"], dtype=torch.float64).reshape(batch, steps, heads, dim)
    of_memory = torch.tensor(layer["of_memory"], dtype=torch.float64).reshape(count - 1, batch, steps, heads, dim)
    of_last = torch.tensor(layer["of_last"], dtype=torch.float64).reshape(count, batch, heads, dim)
    loss = 0
    for step, time in enumerate(reversed(range(steps)) if layer["reverse"] else range(steps)):
        if layer["gradient_clip"] is not None and step > 0:
            states[0] = Clip.apply(states[0], layer["gradient_clip"])
        for_product = states[0].detach() if layer["gradient_cut"] else states[0]
        inputs = x[:, time].transpose(0, 1)
        if cell == "slstm":
            states = slstm(inputs, states, for_product, weights, bias)
        elif cell == "gru" and layer["gradient_cut"]:
            states = gru(inputs, states[0], for_product, weights, bias)
        else:
            states = own_cell(cell, inputs, [for_product, *states[1:]], weights, bias)
        if layer["clip"] is not None:
            states[0] = states[0].clamp(-layer["clip"], layer["clip"])
        loss = loss + (states[0] * of_hidden[:, time]).sum()
        for state in range(1, count):
            loss = loss + (states[state] * of_memory[state - 1, :, time]).sum()
    loss = loss + (torch.stack(states) * of_last).sum()
    read = {"input": x, "weights": weights, "bias": bias, "initial": initial}
    found = torch.autograd.grad(loss, list(read.values()), allow_unused=True)
    zeros = [torch.zeros_like(tensor) if one is None else one for one, tensor in zip(found, read.values())]
    return {name: gradient.flatten().tolist() for name, gradient in zip(read, zeros)}


if __name__ == "__main__":
    json.dump([gradients(layer) for layer in json.load(sys.stdin)], sys.stdout)
