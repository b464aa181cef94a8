//! Arrays of recurrent layers whose time runs backwards.

use constrint::kernel::{Array, Case, Instance, recurrent::Cell};

/// The array of a recurrent layer, or its numbers, with the steps of each sequence in the opposite order; as it is where it has no
/// steps.
pub(crate) fn turned(name: &str, values: &[f64], instance: &Instance, case: &Case) -> Vec<f64> {
    let cell = Cell::find(instance.words["cell"]).unwrap();
    // Of [parts, B, T, N, D, …].
    let (parts, in_row) = match name {
        "input" | "of_input" => (1, cell.gates),
        "hidden" | "of_hidden" => (1, 1),
        "memory" | "of_memory" => (cell.states - 1, 1),
        "saved" => (cell.saved, 1),
        _ => return values.to_vec(),
    };
    let [batch, steps, heads] = ["batch", "sequence", "heads"].map(|size| case.sizes[size]);
    let row = in_row * heads * instance.sizes["head_dim"];
    assert!(values.is_empty() || i64::try_from(values.len()).unwrap() == parts * batch * steps * row, "{name}");
    let row = usize::try_from(row).unwrap();
    let sequences = values.chunks(usize::try_from(steps).unwrap() * row);
    sequences.flat_map(|sequence| sequence.chunks(row).rev().flatten().copied()).collect()
}

pub(crate) fn turned_arrays(arrays: &[Array], instance: &Instance, case: &Case) -> Vec<Array> {
    let turn = |array: &Array| Array { values: turned(array.name, &array.values, instance, case), ..array.clone() };
    arrays.iter().map(turn).collect()
}
