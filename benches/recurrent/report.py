"""What was found, as a Markdown table and as JSON."""
import datetime
import json
import re

from tools import ROOT

PEERS = {"cudnn": "cuDNN", "loop": "PyTorch loop", "flashrnn-triton": "FlashRNN Triton", "flashrnn-fused": "FlashRNN fused",
         "flashrnn-alternating": "FlashRNN alternating"}
# H100 SXM, bf16, batch 16, 1,024 steps, ms of forward and of forward and backward, of FlashRNN's paper; cuDNN's LSTM in fp16, with
# its input product. By head_dim and heads.
PUBLISHED = {
    (16, 48): {"flashrnn-triton": (1.97, 3.47), "flashrnn-fused": (3.56, 8.22), "flashrnn-alternating": (7.84, 17.9),
               "loop": (150, 480)},
    (32, 24): {"flashrnn-triton": (1.44, 4.10), "flashrnn-fused": (2.90, 8.20), "flashrnn-alternating": (8.12, 18.8),
               "loop": (150, 496)},
    (64, 12): {"flashrnn-triton": (1.99, 18.9), "flashrnn-fused": (3.10, 8.64), "flashrnn-alternating": (8.19, 20.5),
               "loop": (152, 500)},
    (128, 6): {"flashrnn-triton": (3.23, None), "flashrnn-fused": (3.22, 9.02), "flashrnn-alternating": (8.80, 21.7),
               "loop": (147, 486)},
    (256, 3): {"flashrnn-fused": (3.62, 11.3), "flashrnn-alternating": (10.5, 33.5), "loop": (154, 542)},
    (768, 1): {"cudnn": (2.01, 5.19), "flashrnn-fused": (4.87, 13.6), "flashrnn-alternating": (10.8, 26.5),
               "loop": (147, 484)},
}
PASSES = ("forward", "forward, saving", "backward", "forward + backward")


def number(value):
    return "–" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def published_of(layer):
    is_theirs = (layer.cell, layer.batch, layer.sequence) == ("lstm", 16, 1024)
    return PUBLISHED.get((layer.head_dim, layer.heads), {}) if is_theirs else {}


def rows_of(layer, found, peers):
    """A line for each pass; peers and what is published have forward, and both."""
    inference, training, backward = found["inference"], found["training"], found["backward"]
    tile = lambda one: f"{one['variant']}, {one['blocks']} × {one['threads']}"
    predicted = [inference["predicted_ms"], training["predicted_ms"], backward["predicted_ms"],
                 training["predicted_ms"] + backward["predicted_ms"]]
    measured = [found.get("measured_ms", {}).get(name) for name in ("inference", "training", "backward", "both")]
    both = ("forward_ms", None, None, "both_ms")
    for index, name in enumerate(PASSES):
        line = [layer.name() if index == 0 else "", name, [*map(tile, (inference, training, backward)), ""][index],
                number(predicted[index])]
        if peers is not None:
            steps = measured[index] and measured[index] * 1000 / layer.sequence
            line += [number(measured[index]), number(steps)]
            line += [number(found["peers"].get(peer, {}).get(both[index])) if both[index] else "" for peer in peers]
        line += [number(published_of(layer).get(peer, (None, None))[index // 3]) if both[index] else "" for peer in PEERS]
        yield line


def table(rows, peers):
    """`peers` is None where nothing was measured."""
    heads = ["head_dim × heads", "pass", "variant, blocks × threads", "predicted"]
    if peers is not None:
        heads += ["measured", "µs a step", *(PEERS[peer] for peer in peers)]
    heads += [f"{name}, published" for name in PEERS.values()]
    lines = [line for layer, found in rows.items() for line in rows_of(layer, found, peers)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ["---"] * len(heads), *lines])


def version():
    return re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)


def clocks(rows):
    """What the SM clocks were, in a sentence."""
    seen = [found["measured_ms"]["clock_mhz"] for found in rows.values() if "measured_ms" in found]
    if not seen or any(one is None for both in seen for one in both.values()):
        return "nvidia-smi did not tell the SM clock."
    span = lambda when: "{} to {}".format(*(end(both[when]["now"] for both in seen) for end in (min, max)))
    return (f"SM clock {span('before')} MHz before a layer was timed, {span('after')} MHz right after; "
            f"the most is {seen[0]['before']['most']} MHz.")


def markdown(device, command, rows, peers, notes):
    is_measured = peers is not None
    state = "Measured with CUDA events" if is_measured else "**Predicted, not measured**: no kernel ran on a GPU"
    about = (f"{device}, bf16, 16 sequences of 1,024 steps and lstm unless said, ms, medians. Forward is inference; saving is what "
             "training adds. cuDNN is torch's own layer, which has one head, the faster of bf16 and fp16, input product included. "
             "Published: H100 SXM, FlashRNN's paper, cuDNN in fp16.")
    said = "\n".join(f"- {note}" for note in notes)
    return (f"# Training steps of recurrent layers\n\n{datetime.date.today()}, constrint {version()}. {state}.\n\n"
            f"```\n{command}\n```\n\n{about}{' ' + clocks(rows) if is_measured else ''}\n\n{table(rows, peers)}\n"
            + (f"\n{said}\n" if said else ""))


def as_json(device, command, rows, peers, notes):
    without = lambda one: {name: value for name, value in one.items() if name not in ("flags", "programs")}
    passes = ("inference", "training", "backward")
    layers = [{name: without(value) if name in passes else value for name, value in without(found).items()}
              | {"published_ms": published_of(layer)} for layer, found in rows.items()]
    return json.dumps({"date": str(datetime.date.today()), "constrint": version(), "device": device, "command": command,
                       "is_measured": peers is not None, "notes": notes, "layers": layers}, indent=1) + "\n"
