"""Random tiling problems from a seed, as native JSON: variables of a tiled kernel, its usual limits, an objective.

A limit is kept where some of the sampled configurations are left. Every `OPEN_EVERY`th problem takes its limits as they
come, so that some problems have no solution.
"""

import math
import random

from tiling_meaning import compiled

SHAPES = [384, 768, 1000, 1024, 2048, 3000, 4096, 5120, 11008, 12288, 14336]
SHARED_MEMORY = [49152, 101376, 166912, 232448]
MULTIPROCESSORS = [60, 84, 108, 132, 148]
SAMPLES = 1500
OPEN_EVERY = 5

# How many problems of 480 have an objective of the family.
FAMILIES = {
    "waves x work": 110,
    "intensity": 70,
    "occupancy": 60,
    "balance": 90,
    "bytes": 50,
    "area": 40,
    "lexicographic": 60,
}


def span(low, high, step=1):
    domain = {"min": low, "max": high}
    return domain if step == 1 else {**domain, "step": step}


def powers(high):
    return {"powers_of": 2, "max": high}


def values(*numbers):
    return {"values": list(numbers)}


def divisors_of(number):
    return {"divisors_of": number}


def tiles(size):
    """Domains of a tile of a dimension of this size; ranges are as frequent as all the others."""
    return [
        span(1, 256),
        span(1, 256),
        span(1, 512),
        span(8, 256, 8),
        span(16, 512, 16),
        powers(256),
        values(16, 32, 48, 64, 96, 128, 160, 192, 256),
        divisors_of(size),
    ]


def domains(draw, m, n, k):
    warps = [span(1, 1), span(1, 4), span(1, 8), span(1, 16), powers(16)]
    micro = [span(1, 1), span(1, 8), span(1, 16), powers(16), values(1, 2, 4, 8), values(2, 4, 6, 8, 12, 16)]
    choices = {
        "bm": tiles(m),
        "bn": tiles(n),
        "bk": [span(8, 256, 8), span(1, 128), powers(128), values(16, 32, 64, 128), divisors_of(k)],
        "wm": warps,
        "wn": warps,
        "tm": micro,
        "tn": micro,
        "st": [span(1, 4), span(2, 6), span(1, 8)],
        "split": [span(1, 1), span(1, 16), span(1, 32), powers(16)],
        "unroll": [span(1, 8), powers(8), divisors_of(16)],
        "pad": [span(0, 4), span(0, 8), values(0, 8, 16)],
        "vec": [values(1, 2, 4, 8), powers(16), span(1, 8)],
    }
    return {name: draw.choice(domain) for name, domain in choices.items()}


def members(domain):
    if "values" in domain:
        return domain["values"]
    if "powers_of" in domain:
        return [1 << e for e in range(domain["max"].bit_length())]
    if "divisors_of" in domain:
        number = domain["divisors_of"]
        return [d for d in range(1, number + 1) if number % d == 0]
    return list(range(domain["min"], domain["max"] + 1, domain.get("step", 1)))


class Drawn:
    """The sizes and constants of one problem; its limits and objectives are texts in them."""

    def __init__(self, draw):
        self.draw = draw
        self.m, self.n, self.k = (draw.choice(SHAPES) for _ in range(3))
        self.sms = draw.choice(MULTIPROCESSORS)
        self.bytes = draw.choice([1, 2, 2, 4])
        self.blocks = f"ceil_div({self.m},bm)*ceil_div({self.n},bn)*split"
        self.depth = f"ceil_div({self.k},split)"
        self.shared = f"(bm*(bk+pad) + bn*(bk+pad))*{self.bytes}*st"
        self.threads = "wm*wn*32"
        self.registers = f"(tm*tn + {draw.choice([1, 2])}*(tm+tn) + {draw.choice([16, 24, 32, 40])})"
        self.shared_limit = draw.choice(SHARED_MEMORY)
        self.waves = f"ceil_div({self.blocks},{self.sms})"
        self.occupancy = (
            f"min(65536//({self.threads}*{self.registers}), {self.shared_limit}//({self.shared}), 2048//({self.threads}))"
        )

    def limits(self):
        """One of each kind, in random order."""
        pick = self.draw.choice
        kinds = [
            f"{self.threads} <= {pick([256, 512, 1024])}",
            f"{self.threads} >= {pick([64, 128, 256])}",
            f"{self.shared} <= {self.shared_limit}",
            f"{self.registers} <= {pick([128, 168, 255])}",
            f"unroll*tm*tn <= {pick([64, 128, 512])}",
            "bm % (wm*tm) == 0",
            "bn % (wn*tn) == 0",
            "bm*bn == wm*wn*32*tm*tn",
            f"{self.depth} % bk == 0",
            f"{self.m} % bm == 0",
            f"{self.n} % bn == 0",
            f"{self.waves} <= {pick([4, 8, 16])}",
            f"{self.blocks} >= {self.sms}",
            f"bk*{self.bytes} % 16 == 0",
            f"bk % (vec*{pick([1, 2, 4])}) == 0",
            f"bm*bk % ({self.threads}*vec) == 0",
            f"{self.occupancy} >= {pick([1, 2, 2, 3])}",
            f"65536 // ({self.threads}*{self.registers}) >= 2",
            f"max(bm,bn) <= {pick([2, 4, 8])}*min(bm,bn)",
            f"(bm//(wm*tm))*(bn//(wn*tn)) {pick(['==', '<=', '>='])} {pick([4, 8, 16, 32])}",
            f"(bm//tm) % wm == {pick([0, 0, 1])}",
            f"({self.k}//bk) % st == {pick([0, 0, 1])}",
            f"({self.m}//bm) % split <= 1",
            f"(bm*bn//({self.threads})) % (tm*tn) == 0",
            f"abs(bm - bn) <= {pick([32, 64, 100])}",
            "bk % unroll == 0",
            f"tm <= 4 or tn <= {pick([2, 4])}",
            f"st * bk >= {pick([32, 64])} if split > 1 else st <= {pick([2, 4])}",
            f"{pick(['bm', 'bn'])} in {{{', '.join(map(str, sorted(self.draw.sample(range(16, 257, 16), 9))))}}}",
        ]
        self.draw.shuffle(kinds)
        return kinds

    def work(self):
        return f"bm*bn*{self.depth}//256 + (bm+bn)*{self.depth}//16 + {self.draw.choice([100, 1000, 4000])}*split"

    def objective(self, family):
        return getattr(self, family.replace(" ", "_"))()

    def waves_x_work(self):
        return {"minimize": f"{self.waves} * ({self.work()})"}

    def intensity(self):
        weighted = [
            "bm*bn/(bm+bn)",
            f"2*bm*bn*bk/((bm+bn)*bk*{self.bytes} + {self.draw.choice([256, 1024])}*st)",
            "wm*tm*wn*tn/(wm*tm + wn*tn + unroll)",
        ]
        return {"maximize": self.draw.choice(weighted)}

    def occupancy_family(self):
        tail = self.draw.choice([f"{self.threads}", "tm*tn", "bm*bn // 64 - st", "unroll*4 - pad"])
        return {"maximize": f"{self.occupancy} * 1000 + {tail}"}

    def balance(self):
        target = self.draw.choice([1024, 4096, 8192])
        return {
            "minimize": self.draw.choice(
                [
                    f"abs(bm*bk - bn*tm*8) + abs(bn*bk - {target}) + pad",
                    f"abs(bm - bn*2) + abs(bk*st - {self.draw.choice([100, 128, 300])}) + unroll",
                    f"abs({self.m}//bm - {self.n}//bn) + abs(wm*tm - wn*tn) + abs(bm*bn - {target})",
                    f"abs(bm*bn - {target}*wm) + abs(tm*tn*unroll - bk) + abs(wm - wn)",
                    f"abs({self.waves}*{self.sms} - {self.blocks}) + abs(bm*bk - bn*bk) + st",
                ]
            )
        }

    def bytes_moved(self):
        return {
            "minimize": self.draw.choice(
                [
                    f"ceil_div({self.m},bm)*{self.n} + ceil_div({self.n},bn)*{self.m} + split*{self.m}*{self.n}//1024",
                    f"{self.blocks}*(bm+bn)*{self.depth}*{self.bytes}//1024 + pad*st",
                    f"ceil_div({self.m},bm)*ceil_div({self.n},bn)*((bm+bn)*{self.k}//64 + bm*bn//16)",
                ]
            )
        }

    def area(self):
        return {
            "maximize": self.draw.choice(
                ["bm*bn", "bm*bn*bk*st", "bm*bn - pad*64 + st*tm*tn", "bm*bn*st // (1 + pad)", "min(bm,bn)*16 + bm*bn//256"]
            )
        }

    def lexicographic(self):
        firsts = [
            {"minimize": self.waves},
            {"maximize": "bm*bn"},
            {"maximize": self.occupancy},
            {"minimize": "abs(bm - bn)"},
        ]
        seconds = [self.intensity(), {"minimize": "st*bk + pad"}, {"maximize": "wm*wn*tm*tn"}, {"minimize": f"{self.shared}"}]
        return {"lexicographic": [self.draw.choice(firsts), self.draw.choice(seconds), {"maximize": "bm"}]}


METHODS = {"occupancy": "occupancy_family", "bytes": "bytes_moved"}


def problem(seed, number, family):
    """The problem of this number: limits are taken in random order where samples are left that satisfy them."""
    draw = random.Random(f"{seed} {number}")
    drawn = Drawn(draw)
    objective = drawn.objective(METHODS.get(family, family))
    domain = domains(draw, drawn.m, drawn.n, drawn.k)
    wanted = draw.randint(6, 13)
    open_ended = number % OPEN_EVERY == 0
    numbers = {name: members(of) for name, of in domain.items()}
    left = [sampled(draw, numbers) for _ in range(SAMPLES)]
    limits = []
    for text in drawn.limits():
        if len(limits) == wanted:
            break
        holds = compiled(text)
        kept = [values for values in left if holds(values)]
        if kept or open_ended:
            limits.append(text)
            left = kept
    used = names_in([*limits, *map(str, objective.values())], domain)
    return {
        "version": 1,
        "name": f"{number:03} {family}",
        "variables": {name: domain[name] for name in used},
        "constraints": limits,
        "objective": objective,
    }


def sampled(draw, numbers):
    """A configuration, mostly of powers of two: equalities seldom hold elsewhere."""
    if draw.random() < 0.7:
        numbers = {name: [v for v in of if v.bit_count() <= 1] or of for name, of in numbers.items()}
    return {name: draw.choice(of) for name, of in numbers.items()}


def names_in(texts, domain):
    words = set("".join(c if c.isalnum() else " " for c in " ".join(texts)).split())
    return [name for name in domain if name in words]


def problems(seed, count):
    """Families take turns in proportion to their share."""
    total = sum(FAMILIES.values())
    taken = dict.fromkeys(FAMILIES, 0)
    for number in range(count):
        family = max(FAMILIES, key=lambda f: FAMILIES[f] * (number + 1) / total - taken[f])
        taken[family] += 1
        yield family, problem(seed, number, family)


def size(problem):
    return math.prod(len(members(domain)) for domain in problem["variables"].values())
