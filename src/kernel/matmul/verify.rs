//! The matrix product's reference, and the shapes on which it is run.

use super::{Matmul, Tile, Widths};
use crate::kernel::{Array, Case, Chosen, Element, Expected, Instance, SourceFile, Verify, source};
use crate::run::random::Random;
use indexmap::IndexMap;

/// Multiplications of which an emulator is not yet tired.
const FEW_PRODUCTS: i128 = 1 << 26;

impl Verify for Matmul {
    fn driver(&self) -> SourceFile {
        source!("matmul/matmul_driver.cu", "matmul_driver.cu")
    }

    fn cases(&self, instance: &Instance, values: &Chosen) -> Vec<Case> {
        let whole = ["m", "n", "k"].map(|name| (name, instance.sizes[name]));
        let products: i128 = whole.iter().map(|&(_, size)| i128::from(size)).product();
        if products <= FEW_PRODUCTS {
            return vec![case("the problem's shape", whole)];
        }
        let tile = Tile::of(values);
        // More tiles along k than there are stages, for each slice.
        let depth = (tile.stages + 2) * tile.split_k;
        let sizes = [("m", tile.block[0], 1), ("n", tile.block[1], 1), ("k", tile.block[2], depth)];
        let cut = sizes.map(|(name, tile, tiles)| (name, cut_down(instance.sizes[name], tile, tiles)));
        // The same with an edge on every side, where the vectors of a row allow it.
        let widths = Widths::of(instance);
        let vectors = [1, widths.b.max(widths.c), widths.a];
        let mut edge = cut;
        for ((_, size), vector) in edge.iter_mut().zip(vectors) {
            *size = (*size - vector).max(vector);
        }
        vec![case("a few tiles", cut), case("a few tiles, cut off at the edges", edge)]
    }

    fn inputs(&self, _: &Instance, case: &Case, random: &mut Random) -> Vec<Array> {
        [("a", ["m", "k"]), ("b", ["k", "n"])]
            .map(|(name, sides)| {
                let elements: usize = sides.iter().map(|side| size(case, side)).product();
                Array::rounded(name, Element::Bf16, (0..elements).map(|_| random.normal()))
            })
            .into()
    }

    fn expected(&self, instance: &Instance, case: &Case, inputs: &[Array]) -> Vec<Expected> {
        let element = if instance.words["output"] == "fp32" { Element::Fp32 } else { Element::Bf16 };
        let [m, n, k] = ["m", "n", "k"].map(|name| size(case, name));
        let (a, b) = (&inputs[0].values, &inputs[1].values);
        let (mut values, mut allowed) = (Vec::with_capacity(m * n), Vec::with_capacity(m * n));
        for row in 0..m {
            for column in 0..n {
                let products = (0..k).map(|depth| a[row * k + depth] * b[depth * n + column]);
                let (sum, magnitude) = products.fold((0.0, 0.0), |(sum, all), x| (sum + x, all + x.abs()));
                values.push(sum);
                allowed.push(allowed_error(element, k, sum, magnitude));
            }
        }
        vec![Expected { name: "c", element, values, allowed }]
    }
}

/// Each addition of fp32 sums is off by at most 2^-23 of what has been summed, the tensor cores' cut-off included, and what
/// has been summed never exceeds the sum of the magnitudes. The result is rounded once to its type.
fn allowed_error(element: Element, k: usize, sum: f64, magnitude: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)] // At most 2^26.
    let additions = k as f64 + 1.0;
    let summed = additions * 2.0f64.powi(-23) * magnitude;
    let rounding = 2.0f64.powi(-element.significant_bits()) * (sum.abs() + summed);
    // The smallest normal number, for a sum of nothing but zeros.
    summed + rounding + 2.0f64.powi(-126)
}

/// At most `tiles` whole tiles and one more, with the rest of the last tile as it is in the problem.
fn cut_down(size: i64, tile: i64, tiles: i64) -> i64 {
    let rest = if size % tile == 0 { tile } else { size % tile };
    size.min(tiles * tile + rest)
}

fn case(about: &str, sizes: [(&'static str, i64); 3]) -> Case {
    Case { about: about.to_owned(), sizes: IndexMap::from(sizes) }
}

fn size(case: &Case, name: &str) -> usize {
    usize::try_from(case.sizes[name]).expect("a positive size")
}
