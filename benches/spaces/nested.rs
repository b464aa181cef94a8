//! Hotspot by nested loops, written by hand for it alone, beside its diagram: both in memory, in one process.

use crate::clock::{milliseconds, timed};
use crate::{build, model, walk};
use constrint_solver::{Model, RowBlock, SolutionSpace};
use serde_json::json;
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

/// Runs of each, one after the other in turn.
const RUNS: usize = 15;

const BLOCK_ROWS: u32 = 1 << 8;

/// In the order of the variables in `problems/spaces/hotspot.json`.
type Row = [i64; 9];

/// One line of JSON. Each of ours begins at the model, as the loops begin at the constraints.
pub(crate) fn run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces/hotspot.json");
    let model = model(&std::fs::read_to_string(path).expect("a space of this repository"));
    check(&model);
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..RUNS {
        times[0].push(timed(loops).1);
        times[1].push(timed(|| build(&model)).1);
        times[2].push(timed(|| walk(&build(&model))).1);
        times[3].push(timed(|| list(&build(&model))).1);
    }
    let [loops, build, walk, list] = times.map(median_ms);
    println!("{}", json!({"loops_ms": loops, "build_ms": build, "walk_ms": walk, "list_ms": list}));
}

/// # Panics
/// Where the two do not find the same rows: such times are worth nothing.
fn check(model: &Model) {
    let (mut by_hand, mut ours) = (loops(), list(&build(model)));
    by_hand.sort_unstable();
    ours.sort_unstable();
    assert!(by_hand == ours, "{} rows by hand, {} of ours", by_hand.len(), ours.len());
}

fn median_ms(mut times: Vec<Duration>) -> f64 {
    times.sort();
    milliseconds(times[times.len() / 2])
}

/// The rows of the diagram, in the same form: what ends many of them is gone through once.
fn list(space: &SolutionSpace) -> Vec<Row> {
    let (mut blocks, mut found, mut ends) = (space.blocks(BLOCK_ROWS), Vec::new(), HashMap::new());
    while let Some(block) = blocks.next_block() {
        let known = ends.entry(block.part()).or_insert_with(|| rows_of(&block));
        let (start, first) = (block.start(), block.start().len());
        let row = |end: &Row| {
            let mut row = *end;
            row[..first].copy_from_slice(start);
            row
        };
        found.extend(known.iter().map(row));
    }
    found
}

fn rows_of(block: &RowBlock<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    let visited = block.visit_rows(&mut Vec::new(), |_, row| {
        rows.push(<Row>::try_from(row).expect("nine variables"));
        Ok::<(), Infallible>(())
    });
    visited.expect("nothing fails");
    rows
}

const BLOCK_SIZES_X: [i64; 37] = [
    1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 480, 512, 544, 576, 608, 640,
    672, 704, 736, 768, 800, 832, 864, 896, 928, 960, 992, 1024,
];
const BLOCK_SIZES_Y: [i64; 6] = [1, 2, 4, 8, 16, 32];

/// Each constraint as soon as its variables are known; a loop ends at the first value that is too large, as all that
/// follow are too.
fn loops() -> Vec<Row> {
    let mut rows = Vec::new();
    for block_x in BLOCK_SIZES_X {
        for block_y in BLOCK_SIZES_Y {
            if block_x * block_y > 1024 {
                break;
            }
            if block_x * block_y >= 32 {
                tiles(block_x, block_y, &mut rows);
            }
        }
    }
    rows
}

fn tiles(block_x: i64, block_y: i64, rows: &mut Vec<Row>) {
    for power in 0..=1 {
        for time_steps in 1..=10 {
            for tile_x in 1..=10 {
                let width = (block_x * tile_x + time_steps * 2) * (2 + power) * 4;
                for tile_y in 1..=10 {
                    let bytes = width * (block_y * tile_y + time_steps * 2);
                    if bytes > 49_152 {
                        break;
                    }
                    let tile = [block_x, block_y, tile_x, tile_y, time_steps, 10, 1, power, 0];
                    unrolled(tile, bytes, rows);
                }
            }
        }
    }
}

/// All factors of unrolling and all numbers of blocks of a tile.
fn unrolled(tile: Row, bytes: i64, rows: &mut Vec<Row>) {
    let time_steps = tile[4];
    for unroll in 1..=time_steps {
        if time_steps % unroll != 0 {
            continue;
        }
        for blocks in 0..=4 {
            if bytes * blocks > 102_400 {
                break;
            }
            let mut row = tile;
            (row[6], row[8]) = (unroll, blocks);
            rows.push(row);
        }
    }
}
