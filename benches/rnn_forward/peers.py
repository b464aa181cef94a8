"""Checks and times one peer of the recurrent layer on one shape: run.py calls it.

    python3 benches/rnn_forward/peers.py PEER HEAD_DIM HEADS BATCH SEQUENCE [DEVICE]

Prints {"ms": …}, the median of 10 passes after a fifth of a second to warm up, or {"note": …} where the numbers are wrong.
lstm, bf16, without gradients. Device cpu checks the plain ones where there is no GPU, and times them by the clock.
"""
import json
import statistics
import sys
import time

import torch

BACKENDS = {"flashrnn-fused": "cuda_fused", "flashrnn-triton": "triton_fused", "flashrnn-alternating": "cuda"}
CHECKED_STEPS = 16
# Of h, which lies within ±1: some steps of bf16.
LARGEST_DIFFERENCE = 0.05
WARM_UP_S, PASSES = 0.2, 10


class Layer:
    """Wx [B, T, 4, N, D], R [4, N, D, D], b [4, N, D]; gates i, f, z, o; states from zeros."""

    def __init__(self, head_dim, heads, batch, sequence, device):
        torch.manual_seed(1)
        self.device = device
        spread = lambda largest, *sizes: ((2 * torch.rand(sizes) - 1) * largest).to(device, torch.bfloat16)
        self.input = spread(1.0, batch, sequence, 4, heads, head_dim)
        self.weights = spread(head_dim ** -0.5, 4, heads, head_dim, head_dim)
        self.bias = spread(0.5, 4, heads, head_dim)

    def short(self, dtype):
        """The first steps in another type."""
        part = Layer.__new__(Layer)
        part.device, part.input = self.device, self.input[:, :CHECKED_STEPS].to(dtype)
        part.weights, part.bias = self.weights.to(dtype), self.bias.to(dtype)
        return part


def loop(layer):
    """h of every step [B, T, N, D], a few PyTorch calls a step."""
    batch, sequence, _, heads, head_dim = layer.input.shape
    # [N, D, 4 D], so that a step is one batched product.
    weights = layer.weights.permute(1, 3, 0, 2).reshape(heads, head_dim, 4 * head_dim).contiguous()
    biased = layer.input + layer.bias
    hidden = torch.zeros(heads, batch, head_dim, dtype=weights.dtype, device=layer.device)
    cell = torch.zeros(batch, heads, head_dim, dtype=weights.dtype, device=layer.device)
    steps = []
    for now in range(sequence):
        recurrent = torch.bmm(hidden, weights).view(heads, batch, 4, head_dim).permute(1, 2, 0, 3)
        enter, forget, value, out = (recurrent + biased[:, now]).unbind(1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(enter) * torch.tanh(value)
        steps.append(torch.sigmoid(out) * torch.tanh(cell))
        hidden = steps[-1].transpose(0, 1)
    return torch.stack(steps, 1)


def flashrnn(layer, backend):
    from flashrnn import flashrnn as published

    states, _ = published(layer.input, layer.weights, layer.bias, function="lstm", backend=backend, dtype="bfloat16")
    return states[0]


def nn_lstm(layer, dtype):
    """torch's LSTM with R and b of the layer, and an input product of its own. Its gates are i, f, z, o too."""
    _, _, _, _, size = layer.input.shape
    lstm = torch.nn.LSTM(size, size, batch_first=True).to(layer.device, dtype)
    with torch.no_grad():
        lstm.weight_hh_l0.copy_(layer.weights.reshape(4 * size, size))
        lstm.bias_hh_l0.copy_(layer.bias.reshape(-1))
        lstm.bias_ih_l0.zero_()
    lstm.flatten_parameters()
    return lstm


def cudnn(layer):
    """Passes of nn.LSTM in bf16 and in fp16, as functions; wrong numbers end the program."""
    batch, sequence, _, _, size = layer.input.shape
    source = layer.input[:, :, 0, 0]
    passes = []
    for dtype in (torch.bfloat16, torch.float16):
        lstm, operand = nn_lstm(layer, dtype), source.to(dtype)
        part = layer.short(torch.float32)
        products = source[:, :CHECKED_STEPS].float() @ lstm.weight_ih_l0.float().T
        part.input = products.view(batch, min(sequence, CHECKED_STEPS), 4, 1, size)
        require(lstm(operand)[0].unsqueeze(2), loop(part))
        passes.append(lambda lstm=lstm, operand=operand: lstm(operand)[0])
    return passes


def require(found, exact):
    steps = exact.shape[1]
    difference = (found[:, :steps].float() - exact).abs().max().item()
    # Written so that NaN is wrong too.
    if not difference <= LARGEST_DIFFERENCE:
        print(json.dumps({"note": f"wrong numbers, off by {difference:.3g}"}))
        sys.exit(0)


def milliseconds(run, device):
    timed(run, device)
    # An idle GPU needs a while to raise its clocks.
    began = time.perf_counter()
    while time.perf_counter() - began < WARM_UP_S:
        timed(run, device)
    return statistics.median(timed(run, device) for _ in range(PASSES))


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


@torch.no_grad()
def main():
    peer, *sizes = sys.argv[1:6]
    device = sys.argv[6] if len(sys.argv) > 6 else "cuda"
    layer = Layer(*map(int, sizes), device)
    if peer == "cudnn":
        passes = cudnn(layer)
    else:
        pass_of = loop if peer == "loop" else lambda layer: flashrnn(layer, BACKENDS[peer])
        require(pass_of(layer), loop(layer.short(torch.float32)))
        passes = [lambda: pass_of(layer)]
    print(json.dumps({"ms": min(milliseconds(run, device) for run in passes)}))


if __name__ == "__main__":
    main()
