//! What is counted in machine code is what an author would state: loads that several taps share are done once.

use super::{capability, compiler};
use constrint::{Config, Problem, nvcc, tiling};
use constrint_solver::Limits;
use std::collections::BTreeMap;

const SOURCE: &str = "
extern \"C\" __global__ void taps(float *out, const float *in) {
    __shared__ float rows[(TILE + TAPS - 1) * THREADS];
    const unsigned thread = threadIdx.x, first = blockIdx.x * TILE * THREADS;
#pragma unroll
    for (int row = 0; row < TILE + TAPS - 1; ++row) rows[row * THREADS + thread] = in[first + row * THREADS + thread];
    __syncthreads();
    float sums[TILE] = {};
#pragma unroll
    for (int tap = 0; tap < TAPS; ++tap)
#pragma unroll
        for (int i = 0; i < TILE; ++i)
            sums[i] = fmaf(rows[(i + tap) * THREADS + (thread ^ 1)], 1.5f + tap, sums[i]);
#pragma unroll
    for (int i = 0; i < TILE; ++i) out[first + i * THREADS + thread] = sums[i];
}
";

#[test]
fn machine_code_does_what_the_formulas_say() {
    let Some(nvcc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("taps.cu"), SOURCE).unwrap();
    for gpu in ["RTX 2080 Ti", "RTX A4000", "H100 SXM5 80GB"] {
        let mut problem = Problem::from_json(&format!(
            r#"{{"version": 1, "gpu": "{gpu}", "shape": {{"n": 1048576}},
                "kernel": {{
                    "name": "taps", "source": "taps.cu", "macros": {{"prefix": ""}},
                    "block": ["threads"], "grid": ["n // (threads * tile)"], "registers_per_thread": 64,
                    "static_shared_memory_bytes": "4 * threads * (tile + taps - 1)",
                    "definitions": {{"loads": "tile + taps - 1", "multiply_adds": "tile * taps"}}
                }},
                "variables": {{"threads": {{"values": [64]}}, "tile": {{"min": 1, "max": 8}}, "taps": {{"min": 1, "max": 9}}}}
            }}"#
        ))
        .unwrap();
        problem.relative_to(folder.path());
        let tiling = tiling::lower(&problem).unwrap();
        for (tile, taps) in [(1, 3), (4, 5), (8, 9)] {
            let config = Config::new(&tiling, &[64, tile, taps], Vec::new()).unwrap();
            let work = nvcc::machine_work(&nvcc, &config, capability(&config), &Limits::default()).unwrap();
            let (loads, context) = (tile + taps - 1, format!("{gpu}, tile {tile}, taps {taps}: {work:?}"));
            assert_eq!(work.once.fp32, tile * taps, "{context}");
            assert_eq!(work.once.shared, BTreeMap::from([(4, 2 * loads)]), "{context}");
            assert_eq!(work.once.global, BTreeMap::from([(4, loads + tile)]), "{context}");
            assert_eq!((work.once.barriers, work.once.spills, work.loops.len()), (1, 0, 0), "{context}");
        }
    }
}
