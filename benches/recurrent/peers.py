"""Checks and times one peer of the recurrent layer on some layers: run.py calls it.

    python3 benches/recurrent/peers.py PEER DEVICE LAYER...

LAYER is CELL:HEAD_DIMxHEADSxBATCHxSTEPS. Prints a line of JSON for each layer, in their order: {"forward_ms": …, "both_ms": …},
medians of up to 10 passes after a fifth of a second to warm up, or {"note": …} where it fails or its numbers are wrong. forward is a
pass without gradients, both one with them and the backward pass, from the gradient of h to those of Wx, R and b. All is bf16;
nn.LSTM, which has an input product of its own and its gradients, also fp16, and the faster counts. Device cpu checks and times what
runs there.
"""
import json
import statistics
import sys
import time

import numpy as np
import torch

import reference
from layers import Layer

BACKENDS = {"flashrnn-fused": "cuda_fused", "flashrnn-triton": "triton_fused", "flashrnn-alternating": "cuda"}
CHECKED_STEPS = 16
# Times what a kernel may be off that keeps sums and c in fp32: peers keep them, and add up gradients, in 16 bits. The loop needs 1.9.
ALLOWED = 4
WARM_UP_S, PASSES, LONGEST_S = 0.2, 10, 3.0


class Wrong(Exception):
    """Numbers that are farther from the reference than rounding explains."""


class Tensors:
    """The layer's arrays on a device, those that have gradients as leaves."""

    def __init__(self, layer, arrays, device):
        self.layer = layer
        self.input, self.weights, self.bias = (
            torch.tensor(arrays[name], device=device, dtype=torch.bfloat16, requires_grad=True)
            for name in ("input", "weights", "bias"))
        self.of_hidden = torch.tensor(arrays["of_hidden"], device=device, dtype=torch.bfloat16)

    def gradients(self):
        return {"of_input": self.input.grad, "of_weights": self.weights.grad, "of_bias": self.bias.grad}

    def forget(self):
        for leaf in (self.input, self.weights, self.bias):
            leaf.grad = None


def loop(tensors):
    """h of every step [B, T, N, D], a few PyTorch calls a step."""
    batch, sequence, gates, heads, head_dim = tensors.input.shape
    # [N, D, G D], so that a step is one batched product.
    weights = tensors.weights.permute(1, 3, 0, 2).reshape(heads, head_dim, gates * head_dim)
    hidden = torch.zeros(batch, heads, head_dim, dtype=weights.dtype, device=weights.device)
    cell, bias, steps = torch.zeros_like(hidden), tensors.bias, []
    normal = largest = cell
    for now in range(sequence):
        product = torch.bmm(hidden.transpose(0, 1), weights).view(heads, batch, gates, head_dim).permute(2, 1, 0, 3)
        x = tensors.input[:, now].transpose(0, 1)
        if tensors.layer.cell == "lstm":
            enter, forget, value, out = (product + (x + bias[:, None])).unbind(0)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(value)
            hidden = torch.sigmoid(out) * torch.tanh(cell)
        elif tensors.layer.cell == "gru":
            reset, keep = torch.sigmoid(product[:2] + (x[:2] + bias[:2, None])).unbind(0)
            new = torch.tanh(x[2] + bias[3] + reset * (product[2] + bias[2]))
            hidden = keep * hidden + (1 - keep) * new
        elif tensors.layer.cell == "slstm":
            enter, forget, value, out = (product + (x + bias[:, None])).unbind(0)
            kept = torch.nn.functional.logsigmoid(forget) + largest
            next_largest = torch.maximum(enter, kept) if now else enter
            enter = torch.exp(enter - next_largest)
            forget = torch.exp(kept - next_largest) if now else torch.zeros_like(kept)
            cell, normal = forget * cell + enter * torch.tanh(value), (forget * normal + enter).clamp(min=1)
            largest, hidden = next_largest, torch.sigmoid(out) * cell / normal
        else:
            hidden = torch.tanh(product[0] + (x[0] + bias[0]))
        steps.append(hidden)
    return torch.stack(steps, 1)


def flashrnn(tensors, backend):
    from flashrnn import flashrnn as published

    states, _ = published(tensors.input, tensors.weights, tensors.bias, function=tensors.layer.cell, backend=backend, dtype="bfloat16")
    return states[0]


class Library:
    """torch's own layer, which is cuDNN's on a GPU, with R and b of ours, and an input product."""

    def __init__(self, layer, arrays, device, dtype):
        size = layer.head_dim
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "elman": torch.nn.RNN}[layer.cell]
        torch.manual_seed(1)
        self.module = kind(size, size, batch_first=True)
        bias = torch.tensor(arrays["bias"])[:, 0]
        with torch.no_grad():
            self.module.weight_hh_l0.copy_(torch.tensor(arrays["weights"]).reshape(-1, size))
            self.module.bias_ih_l0.zero_()
            if layer.cell == "gru":
                self.module.bias_hh_l0.copy_(bias[:3].reshape(-1))
                self.module.bias_ih_l0[2 * size:] = bias[3]
            else:
                self.module.bias_hh_l0.copy_(bias.reshape(-1))
        self.module.to(device, dtype).flatten_parameters()
        self.source = torch.tensor(arrays["input"][:, :, 0, 0], device=device, dtype=dtype, requires_grad=True)
        self.of_hidden = torch.tensor(arrays["of_hidden"][:, :, 0], device=device, dtype=dtype)

    def products(self):
        """Wx as its own product makes it, in double precision [B, T, G, 1, D]."""
        batch, steps, size = self.source.shape
        product = self.source.detach().double() @ self.module.weight_ih_l0.detach().double().T
        return product.view(batch, steps, -1, 1, size).cpu().numpy()

    def forward(self):
        return self.module(self.source)[0]

    def gradients(self):
        """Those that the reference has too; b of gru's candidate lies in another array."""
        size = self.source.shape[2]
        recurrent, bias = self.module.weight_hh_l0.grad, self.module.bias_hh_l0.grad
        return {"of_weights": recurrent.view(-1, 1, size, size), "of_bias": bias.view(-1, 1, size)}

    def forget(self):
        self.module.zero_grad(set_to_none=True)
        self.source.grad = None


def require(layer, arrays, hidden, gradients):
    """Holds numbers to the reference; NaN is wrong too."""
    deviations = reference.deviations(layer, arrays)
    for name, tensor in {"hidden": hidden, **gradients}.items():
        found = tensor.detach().double().cpu().numpy()
        exact, allowed = deviations[name]
        exact = exact[: len(found)] if name == "of_bias" else exact
        error = float(np.abs(found - exact).max())
        if not error <= ALLOWED * allowed:
            raise Wrong(f"wrong numbers: {name} is off by {error:.3g}, allowed is {ALLOWED * allowed:.3g}")


def check_library(layer, device, dtype):
    short = layer.short(CHECKED_STEPS)
    arrays = short.arrays()
    library = Library(short, arrays, device, dtype)
    hidden = library.forward()
    hidden.backward(library.of_hidden)
    require(short, {**arrays, "input": library.products()}, hidden.unsqueeze(2), library.gradients())


def check(layer, device, pass_of):
    short = layer.short(CHECKED_STEPS)
    arrays = short.arrays()
    tensors = Tensors(short, arrays, device)
    hidden = pass_of(tensors)
    hidden.backward(tensors.of_hidden)
    require(short, arrays, hidden, tensors.gradients())


def milliseconds(run, device):
    first = timed(run, device)
    # An idle GPU needs a while to raise its clocks.
    began = time.perf_counter()
    while time.perf_counter() - began < WARM_UP_S:
        timed(run, device)
    passes = max(3, min(PASSES, int(LONGEST_S * 1000 / max(first, 1e-3))))
    return statistics.median(timed(run, device) for _ in range(passes))


def timed(run, device):
    if device == "cuda":
        start, stop = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        run()
        stop.record()
        stop.synchronize()
        return start.elapsed_time(stop)
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1000


def times(forward, of_hidden, forget, device):
    def without_gradients():
        with torch.no_grad():
            forward()

    def both():
        forget()
        forward().backward(of_hidden)

    return {"forward_ms": milliseconds(without_gradients, device), "both_ms": milliseconds(both, device)}


def measure(peer, device, layer):
    """The times of a layer, or a note."""
    arrays = layer.arrays()
    if peer != "cudnn":
        pass_of = loop if peer == "loop" else lambda tensors: flashrnn(tensors, BACKENDS[peer])
        check(layer, device, pass_of)
        tensors = Tensors(layer, arrays, device)
        return times(lambda: pass_of(tensors), tensors.of_hidden, tensors.forget, device)
    found = []
    for dtype in (torch.bfloat16, torch.float16):
        check_library(layer, device, dtype)
        library = Library(layer, arrays, device, dtype)
        found.append(times(library.forward, library.of_hidden, library.forget, device))
    return {name: min(one[name] for one in found) for name in found[0]}


def main():
    peer, device, *words = sys.argv[1:]
    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch sees no GPU")
    for layer in map(Layer.read, words):
        try:
            said = measure(peer, device, layer)
        except Exception as error:  # A peer may fail in any way; its other layers may not.
            said = {"note": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
