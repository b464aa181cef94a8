//! The count of bytes from memory of `matmul`, held against a simulation of the L2 cache tile by tile.
//!
//! Blocks run in rounds, in the order of `schedule.cuh`, and those of a round go through K together. Each reads a tile of A
//! and one of B at every step, and leaves its tile of C at the end; all pass through a cache that replaces what was used
//! longest ago.

use constrint::Problem;
use constrint::tiling::lower;
use constrint_solver::checker;
use std::collections::{BTreeMap, HashMap};

/// A tile of A, B or C, by its row and column in units of tiles.
type Tile = (char, i64, i64);

/// A cache of whole tiles that replaces the one used longest ago.
struct Cache {
    capacity_bytes: i64,
    held_bytes: i64,
    clock: i64,
    tiles: HashMap<Tile, (i64, i64)>,
    by_age: BTreeMap<i64, Tile>,
}

impl Cache {
    fn new(capacity_bytes: i64) -> Self {
        Self { capacity_bytes, held_bytes: 0, clock: 0, tiles: HashMap::new(), by_age: BTreeMap::new() }
    }

    /// Uses a tile; the bytes that come from memory for it.
    fn touch(&mut self, tile: Tile, bytes: i64) -> i64 {
        self.clock += 1;
        let before = self.tiles.insert(tile, (self.clock, bytes));
        if let Some((age, _)) = before {
            self.by_age.remove(&age);
        }
        self.by_age.insert(self.clock, tile);
        if before.is_some() {
            return 0;
        }
        self.held_bytes += bytes;
        while self.held_bytes > self.capacity_bytes {
            let (_, oldest) = self.by_age.pop_first().expect("more than nothing is held");
            self.held_bytes -= self.tiles.remove(&oldest).expect("each has an age").1;
        }
        bytes
    }
}

/// What decides the traffic.
struct Case {
    sizes: [i64; 3],
    block: [i64; 3],
    swizzle: i64,
    sms: i64,
    l2_bytes: i64,
}

impl Case {
    fn grid(&self) -> [i64; 3] {
        [0, 1, 2].map(|axis| (self.sizes[axis] + self.block[axis] - 1) / self.block[axis])
    }

    /// As `schedule.cuh` has it: groups of `swizzle` columns of tiles, row after row within a group.
    fn order(&self) -> Vec<(i64, i64)> {
        let [rows, columns, _] = self.grid();
        let mut order = Vec::new();
        for first in (0..columns).step_by(usize::try_from(self.swizzle).unwrap()) {
            for row in 0..rows {
                order.extend((first..columns.min(first + self.swizzle)).map(|column| (row, column)));
            }
        }
        order
    }

    fn simulated_bytes(&self) -> i64 {
        let extent = |axis: usize, index: i64| (self.sizes[axis] - index * self.block[axis]).min(self.block[axis]);
        let mut cache = Cache::new(self.l2_bytes);
        let mut bytes = 0;
        for round in self.order().chunks(usize::try_from(self.sms).unwrap()) {
            for depth in 0..self.grid()[2] {
                for &(row, column) in round {
                    bytes += cache.touch(('A', row, depth), 2 * extent(0, row) * extent(2, depth));
                    bytes += cache.touch(('B', depth, column), 2 * extent(2, depth) * extent(1, column));
                }
            }
            for &(row, column) in round {
                cache.touch(('C', row, column), 2 * extent(0, row) * extent(1, column));
            }
        }
        bytes
    }

    /// `memory_bytes` of the statement, on a GPU with this many SMs and this L2.
    fn counted_bytes(&self) -> i64 {
        let [m, n, k] = self.sizes;
        let [block_m, block_n, block_k] = self.block;
        let text = format!(
            r#"{{"version": 1, "kernel": "matmul", "shape": {{"m": {m}, "n": {n}, "k": {k}}},
                "gpu": {{"base": "RTX 3090", "sms": {}, "l2_bytes": {}}}}}"#,
            self.sms, self.l2_bytes
        );
        let tiling = lower(&Problem::from_json(&text).unwrap()).unwrap();
        let chosen = |name: &str| match name {
            "block_m" => block_m,
            "block_n" => block_n,
            "block_k" => block_k,
            "warp_m" | "warp_n" => 32,
            "swizzle" => self.swizzle,
            "stages" => 2,
            "padding_a" | "padding_b" => 8,
            _ => 1,
        };
        let row: Vec<i64> = tiling.model.variables().iter().map(|variable| chosen(&variable.name)).collect();
        let value = checker::evaluate(&tiling.definitions["memory_bytes"].expr, &row).unwrap().unwrap();
        i64::try_from(value.to_integer()).unwrap()
    }
}

/// A small linear congruential generator.
fn draw(state: &mut u64, values: &[i64]) -> i64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    values[usize::try_from(*state >> 33).unwrap() % values.len()]
}

#[test]
fn nineteen_in_twenty_counts_are_within_a_fifth_of_a_simulated_cache() {
    let mut state = 3;
    let (mut close, mut cases) = (0, 0);
    for _ in 0..120 {
        let case = Case {
            sizes: [0; 3].map(|_| draw(&mut state, &[256, 512, 1000, 1536, 2048])),
            block: [draw(&mut state, &[64, 128, 256]), draw(&mut state, &[64, 128, 256]), 64],
            swizzle: draw(&mut state, &[1, 2, 4, 8]),
            sms: draw(&mut state, &[8, 20, 40, 82]),
            l2_bytes: draw(&mut state, &[1 << 20, 2 << 20, 4 << 20, 8 << 20]),
        };
        let (simulated, counted) = (case.simulated_bytes(), case.counted_bytes());
        let said = format!("{:?} {:?} {} {} {}", case.sizes, case.block, case.swizzle, case.sms, case.l2_bytes);
        assert!(5 * counted >= 2 * simulated && 2 * counted <= 5 * simulated, "{said}: {counted} for {simulated}");
        close += usize::from(6 * counted >= 5 * simulated && 5 * counted <= 6 * simulated);
        cases += 1;
    }
    println!("within a fifth: {close} of {cases}");
    assert!(20 * close >= 19 * cases, "{close} of {cases}");
}
