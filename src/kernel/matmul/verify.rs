//! The matrix product's reference, and the shapes on which it is run.

use super::matmul::Matmul;
use super::plan;
use super::tile::{Tile, Widths};
use crate::kernel::{Array, Case, Chosen, Element, Expected, Instance, Plan, Random, SourceFile, Verify, source};
use indexmap::IndexMap;

/// Multiplications of which an emulator is not yet tired.
const FEW_PRODUCTS: i128 = 1 << 26;

impl Verify for Matmul {
    fn driver(&self) -> SourceFile {
        source!("matmul/matmul_driver.cu", "matmul_driver.cu")
    }

    fn cases(&self, instance: &Instance, values: &Chosen) -> Vec<Case> {
        let whole = self.whole(instance, values);
        let products: i128 = whole.sizes.values().map(|&size| i128::from(size)).product();
        if products <= FEW_PRODUCTS {
            return vec![whole];
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

    fn whole(&self, instance: &Instance, _: &Chosen) -> Case {
        case("the problem's shape", ["m", "n", "k"].map(|name| (name, instance.sizes[name])))
    }

    fn plan(&self, instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
        plan::plan(instance, values, sizes)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::find;
    use crate::kernel::ShapeValue;

    fn instance(sizes: [i64; 3]) -> Instance {
        let shape = ["m", "n", "k"].iter().zip(sizes);
        let shape = shape.map(|(&name, size)| (name.to_owned(), ShapeValue::Integer(size))).collect();
        Instance::new(&Matmul, find("A100 SXM4 80GB").unwrap().clone(), &shape, None).unwrap()
    }

    /// Whatever the shape: few products, no size beyond the problem's, rows that vectors divide as they do the problem's.
    #[test]
    fn cases_are_small_and_keep_the_vectors_aligned() {
        let chosen = [("block_m", 128), ("block_n", 256), ("block_k", 64), ("stages", 4), ("split_k", 3)];
        let values: Chosen = chosen.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
        for sizes in [[4096; 3], [1 << 30, 1, 1], [1, 1 << 30, 8], [1, 1, 1 << 30], [1000, 2002, 4001], [64, 64, 64]] {
            let instance = instance(sizes);
            let widths = Widths::of(&instance);
            for case in Matmul.cases(&instance, &values) {
                let [m, n, k] = ["m", "n", "k"].map(|name| case.sizes[name]);
                assert!(m * n * k <= 1 << 28 && m >= 1 && n >= 1 && k >= 1, "{case:?}");
                assert!(m <= sizes[0] && n <= sizes[1] && k <= sizes[2], "{case:?} of {sizes:?}");
                assert!(k % widths.a == 0 && n % widths.b == 0 && n % widths.c == 0, "{case:?} of {sizes:?}");
            }
        }
    }

    /// Rows of A against columns of B, by hand.
    #[test]
    fn the_reference_multiplies() {
        let case = case("by hand", [("m", 2), ("n", 2), ("k", 3)]);
        let a = Array::rounded("a", Element::Bf16, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let b = Array::rounded("b", Element::Bf16, [1.0, -1.0, 0.5, 2.0, -2.0, 0.0]);
        let expected = &Matmul.expected(&instance([2, 2, 3]), &case, &[a, b])[0];
        assert_eq!(expected.values, [-4.0, 3.0, -5.5, 6.0]);
        // Half a unit in the last of 8 bits of 4, and little for the additions.
        assert!((expected.allowed[0] - 4.0 / 256.0).abs() < 1e-4, "{:?}", expected.allowed);
    }
}
