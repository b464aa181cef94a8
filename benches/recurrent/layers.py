"""Layers, their numbers from a seed, and bf16 as bits: what our programs and the peers are given alike."""
import re
from dataclasses import asdict, dataclass, replace

import numpy as np

# Gates, biases, states, saved values.
CELLS = {"elman": (1, 1, 1, 0), "lstm": (4, 4, 2, 4), "gru": (3, 4, 1, 4), "slstm": (4, 4, 4, 4)}
FORM = re.compile(r"(?:(elman|lstm|gru|slstm):)?(\d+)x(\d+)(?:x(\d+)x(\d+))?")


@dataclass(frozen=True)
class Layer:
    """B sequences of T steps, N heads of D units."""

    cell: str
    head_dim: int
    heads: int
    batch: int = 16
    sequence: int = 1024

    @classmethod
    def read(cls, text):
        """`[CELL:]HEAD_DIMxHEADS[xBATCHxSTEPS]`; None where it is not of this form."""
        found = FORM.fullmatch(text)
        if not found or not all(int(size) for size in found.groups()[1:] if size):
            return None
        cell, *sizes = found.groups()
        return cls(cell or "lstm", *(int(size) for size in sizes if size))

    def name(self):
        usual = (self.batch, self.sequence) == (16, 1024)
        cell = "" if self.cell == "lstm" else f"{self.cell} "
        return f"{cell}{self.head_dim} × {self.heads}" + ("" if usual else f", {self.batch} × {self.sequence:,}")

    def word(self):
        return f"{self.cell}:{self.head_dim}x{self.heads}x{self.batch}x{self.sequence}"

    def shape(self):
        """As a problem has it."""
        return asdict(self)

    def short(self, steps):
        return replace(self, sequence=min(steps, self.sequence))

    def arrays(self, seed=1):
        """Wx [B, T, G, N, D], R [G, N, D, D], b [biases, N, D] and the gradient of h [B, T, N, D], all of them numbers that bf16
        holds, as fp32. Rows of R are such that sums stay around 1, and the gradient such that a mean over all would have it."""
        gates, biases, _, _ = CELLS[self.cell]
        random = np.random.default_rng(seed)
        spread = lambda largest, *sizes: to_bf16((2 * random.random(sizes, np.float32) - 1) * np.float32(largest))
        dim, heads = self.head_dim, self.heads
        return {"input": spread(1.0, self.batch, self.sequence, gates, heads, dim),
                "weights": spread(dim ** -0.5, gates, heads, dim, dim),
                "bias": spread(0.5, biases, heads, dim),
                "of_hidden": spread(1.0, self.batch, self.sequence, heads, dim)}


def to_bf16(numbers):
    """The nearest numbers with 8 significant bits, ties to even, in their own type. Finite numbers only."""
    bits = np.asarray(numbers, np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    return (rounded & np.uint32(0xFFFF0000)).view(np.float32).astype(np.asarray(numbers).dtype)


def bits_of_bf16(numbers):
    """The 16 bits of numbers that bf16 holds."""
    return (np.ascontiguousarray(numbers, np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def from_bf16(bits):
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32)
