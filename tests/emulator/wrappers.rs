//! The wrappers of `src/kernel/device` on the emulator (`wrappers.cu`), against rounding, products and functions computed here.

use crate::program::{Folder, Program, compile, compiler_is_there};
use constrint::kernel::Element;
use constrint::kernel::Random;
use std::sync::OnceLock;

const NUMBERS: i64 = 0;
const PRODUCTS: i64 = 1;
const LOADS: i64 = 2;
const FUNCTIONS: i64 = 3;
const EXCHANGE: i64 = 4;

/// Compiled once for all tests.
fn with_program(test: impl FnOnce(&Folder, &Program)) {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    if compiler_is_there() {
        test(&Folder::new(), PROGRAM.get_or_init(|| compile("wrappers.cu")));
    }
}

/// Rounds to tf32: 11 significant bits, ties away from zero.
fn tf32(value: f32) -> f32 {
    if value.is_nan() {
        return value;
    }
    let exact = f64::from(value);
    // One ulp of tf32 is 2^13 ulps of fp32, also for subnormal numbers.
    let low = f32::from_bits(value.to_bits() & !0x1fff);
    let high = f32::from_bits((value.to_bits() & !0x1fff).wrapping_add(0x2000));
    if !value.is_finite() || low.to_bits() == value.to_bits() {
        return value;
    }
    // Beyond the largest number, the next one would be 2^128.
    let high_exact = if high.is_finite() { f64::from(high) } else { 2.0f64.powi(128).copysign(exact) };
    if (high_exact - exact).abs() <= (exact - f64::from(low)).abs() { high } else { low }
}

fn same(found: f64, expected: f64) -> bool {
    found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan())
}

/// All numbers of 16 bits, the points midway between neighbours and beside these, and random bits.
fn interesting_numbers() -> Vec<f32> {
    let mut numbers = Vec::new();
    for element in [Element::Bf16, Element::Fp16] {
        let bits: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let values = element.decode(&bits).unwrap();
        for pair in values.windows(2) {
            #[allow(clippy::cast_possible_truncation)] // Exact: one bit more than 11, or than 8.
            let middle = f64::midpoint(pair[0], pair[1]) as f32;
            #[allow(clippy::cast_possible_truncation)]
            numbers.extend([pair[0] as f32, middle, middle.next_up(), middle.next_down()]);
        }
    }
    let mut random = Random::new(11);
    #[allow(clippy::cast_possible_truncation)] // The lower bits are as random.
    numbers.extend((0..200_000).map(|_| f32::from_bits(random.bits() as u32)));
    // Midway between numbers of tf32, and beside.
    #[allow(clippy::cast_possible_truncation)]
    numbers.extend((0..50_000u32).map(|index| f32::from_bits((random.bits() as u32 & !0x1fff) | (0x0fff + index % 3))));
    numbers.extend([f32::MAX, f32::MIN, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 65_519.99, 65_520.0, 1e-45]);
    numbers
}

#[test]
fn conversions_round_as_documented() {
    with_program(|folder, program| {
        let numbers = interesting_numbers();
        folder.write_words("in", numbers.iter().map(|number| number.to_bits()));
        program.run(folder, &[("part", NUMBERS)], 1).unwrap();
        for (name, element) in [("bf16", Element::Bf16), ("fp16", Element::Fp16)] {
            let halves = element.decode(&folder.read(name)).unwrap();
            for (&number, halves) in numbers.iter().zip(halves.chunks_exact(2)) {
                let exact = element.round(f64::from(number));
                assert!(same(halves[0], exact), "{name} {number:e}: {:e}, not {exact:e}", halves[0]);
                assert!(same(halves[1], -exact), "{name} -{number:e}");
            }
        }
        for (&number, bits) in numbers.iter().zip(folder.read_words("tf32")) {
            let exact = tf32(number);
            assert!(same(f32::from_bits(bits).into(), exact.into()), "{number:e}: {bits:#x}, not {exact:e}");
            assert_eq!(bits & 0x1fff, 0);
        }
        let all_bits: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        for (name, element) in [("from_bf16", Element::Bf16), ("from_fp16", Element::Fp16)] {
            let found = Element::Fp32.decode(&folder.read(name)).unwrap();
            let exact = element.decode(&all_bits).unwrap();
            assert!(found.iter().zip(&exact).all(|(&found, &exact)| same(found, exact)), "{name}");
        }
    });
}

/// Each product against sums in double precision, within the bound that `mma.cuh` states.
#[test]
fn products_as_exact_as_stated() {
    with_program(|folder, program| {
        let mut random = Random::new(5);
        let types = [("bf16", Element::Bf16, 16), ("fp16", Element::Fp16, 16), ("tf32", Element::Fp32, 8)];
        let inputs = types.map(|(name, element, depth)| {
            let mut matrix =
                |elements: usize| -> Vec<f64> { (0..elements).map(|_| element.round(random.normal())).collect() };
            let (a, b, d) = (matrix(16 * depth), matrix(8 * depth), matrix(16 * 8));
            let d: Vec<f64> = d.iter().map(|&value| Element::Fp32.round(value)).collect();
            folder.write(&format!("a_{name}"), &element.encode(&a));
            folder.write(&format!("b_{name}"), &element.encode(&b));
            folder.write(&format!("d_{name}"), &Element::Fp32.encode(&d));
            (a, b, d)
        });
        program.run(folder, &[("part", PRODUCTS)], 1).unwrap();
        for ((name, _, depth), (a, b, d)) in types.into_iter().zip(inputs) {
            let found = Element::Fp32.decode(&folder.read(&format!("d_{name}"))).unwrap();
            #[allow(clippy::cast_possible_truncation)] // Exact: they are of the type already.
            let operand = |value: f64| if name == "tf32" { f64::from(tf32(value as f32)) } else { value };
            for index in 0..16 * 8 {
                let (row, column) = (index / 8, index % 8);
                let products = (0..depth).map(|k| operand(a[row * depth + k]) * operand(b[column * depth + k]));
                let terms: Vec<f64> = products.chain([d[index]]).collect();
                let (exact, magnitude) = (terms.iter().sum::<f64>(), terms.iter().map(|term| term.abs()).sum::<f64>());
                #[allow(clippy::cast_precision_loss)]
                let allowed = (depth + 1) as f64 * 2.0f64.powi(-23) * magnitude;
                assert!((found[index] - exact).abs() <= allowed, "{name} [{row}][{column}]: {} {exact}", found[index]);
            }
        }
    });
}

/// Element (row, column) of matrix i is 64 i + 8 row + column: what each register of each lane holds is in the PTX ISA.
#[test]
fn matrices_land_in_the_documented_registers() {
    with_program(|folder, program| {
        let halves: Vec<u16> = (0..256).collect();
        folder.write("in", &halves.iter().flat_map(|half| half.to_le_bytes()).collect::<Vec<u8>>());
        program.run(folder, &[("part", LOADS)], 1).unwrap();
        let found = folder.read_words("out");
        let plain = |lane: u32| (8 * (lane / 4) + 2 * (lane % 4), 8 * (lane / 4) + 2 * (lane % 4) + 1);
        let transposed = |lane: u32| (16 * (lane % 4) + lane / 4, 16 * (lane % 4) + 8 + lane / 4);
        let forms = [(0, 4, false), (4, 4, true), (8, 2, false), (10, 2, true), (12, 1, false), (13, 1, true)];
        for (first, matrices, is_transposed) in forms {
            for (matrix, lane) in (0..matrices).flat_map(|matrix| (0..32).map(move |lane| (matrix, lane))) {
                let (low, high) = if is_transposed { transposed(lane) } else { plain(lane) };
                // The last eight elements were filled with zeros.
                let element = |place: u32| if matrix * 64 + place >= 248 { 0 } else { matrix * 64 + place };
                let word = found[usize::try_from((first + matrix) * 32 + lane).unwrap()];
                assert_eq!(word, element(high) << 16 | element(low), "form {first}, matrix {matrix}, lane {lane}");
            }
        }
    });
}

/// The errors that the table in `math.cuh` allows, beside one rounding to fp32.
fn allowed(function: usize, x: f64, exact: f64) -> f64 {
    let relative = |power: i32| exact.abs() * 2.0f64.powi(power);
    let absolute = |power: i32| 2.0f64.powi(power);
    match function {
        0 => relative(-11),
        1 => absolute(-12),
        3 => absolute(-21).min(relative(-16).max(absolute(-126))),
        4 => (2.0 + x.abs()) * relative(-22) + absolute(-126),
        5 if (0.5..=2.0).contains(&x.abs()) => absolute(-22),
        2 | 5 => relative(-21),
        _ => absolute(-21) + relative(-22),
    }
}

fn exact(function: usize, x: f64) -> f64 {
    match function {
        0 | 2 => x.tanh(),
        1 | 3 => 1.0 / (1.0 + (-x).exp()),
        4 => x.exp(),
        5 => x.abs().ln(),
        _ => x.min(0.0) - (-x.abs()).exp().ln_1p(),
    }
}

#[test]
fn functions_as_exact_as_stated() {
    with_program(|folder, program| {
        let mut random = Random::new(9);
        let mut numbers: Vec<f32> = (-4000..4000i16).map(|step| f32::from(step) / 300.0).collect();
        #[allow(clippy::cast_possible_truncation)]
        numbers.extend((0..8000).map(|_| (random.normal() * 4.0) as f32));
        // Small ones, of all sizes; large ones, where everything saturates.
        #[allow(clippy::cast_possible_truncation)]
        numbers.extend((0..1000).map(|_| ((random.uniform() * -60.0).exp2() * random.normal().signum()) as f32));
        numbers.extend([
            0.6f32.next_down(),
            0.6,
            0.6f32.next_up(),
            20.0,
            -20.0,
            87.0,
            -87.0,
            100.0,
            -100.0,
            1000.0,
            -1000.0,
        ]);
        numbers.retain(|number| *number != 0.0);
        folder.write_words("in", numbers.iter().map(|number| number.to_bits()));
        program.run(folder, &[("part", FUNCTIONS)], 1).unwrap();
        let found = Element::Fp32.decode(&folder.read("out")).unwrap();
        for (function, values) in found.chunks_exact(numbers.len()).enumerate() {
            for (&number, &value) in numbers.iter().zip(values) {
                let x = f64::from(number);
                let exact = exact(function, x);
                let rounding = exact.abs() * 2.0f64.powi(-24);
                let within = (value - exact).abs() <= allowed(function, x, exact) + rounding;
                let overflows = exact > f64::from(f32::MAX) && value == f64::INFINITY;
                assert!(within || overflows, "function {function} of {x:e}: {value:e}, not {exact:e}");
            }
        }
    });
}

/// What all threads of all blocks exchange, in several orders: the sums come out, and nothing is reported.
#[test]
fn everything_that_orders_threads() {
    with_program(|folder, program| {
        let (blocks, threads, rounds) = (5, 128, 6);
        for seed in 1..=10 {
            let sizes = [("part", EXCHANGE), ("blocks", blocks), ("threads", threads), ("rounds", rounds)];
            program.run(folder, &sizes, seed).unwrap_or_else(|said| panic!("seed {seed}: {said}"));
            check_exchange(folder, blocks, threads, rounds);
        }
    });
}

fn check_exchange(folder: &Folder, blocks: i64, threads: i64, rounds: i64) {
    let out = Element::Fp32.decode(&folder.read("out")).unwrap();
    let (mut total, mut place) = (0.0, 0);
    for block in 0..blocks {
        // The ring's last number of the mirrored block: it and those to its left, one a round.
        let mirrored = blocks - 1 - block;
        let passed: i64 = (0..rounds).map(|step| (mirrored - step).rem_euclid(blocks)).sum();
        #[allow(clippy::cast_precision_loss)]
        let value = |thread: i64| (passed + (thread ^ 31)) as f64;
        for thread in 0..threads {
            let (warp, lane) = (thread / 32 * 32, thread % 32);
            let sum: f64 = (warp..warp + 32).map(value).sum();
            let down = |lane: i64| value(warp + if lane + 3 < 32 { lane + 3 } else { lane });
            let shifted = down(if lane > 0 { lane - 1 } else { 0 }) + value(warp + lane * 5 % 32);
            assert_eq!(out[place..place + 2], [sum, shifted], "block {block}, thread {thread}");
            total += value(thread);
            place += 2;
        }
    }
    assert_eq!(Element::Fp32.decode(&folder.read("total")).unwrap(), [total]);
    let mut ranks = folder.read_words("ranks");
    ranks.sort_unstable();
    assert!(ranks.iter().zip(0..).all(|(&rank, index)| rank == index), "ranks are not a permutation");
    assert!(folder.read_words("hand").iter().all(|&handed| handed == 77));
}
