//! Families of spaces that grow with a parameter, as problems in JSON.

use serde_json::{Map, Value, json};
use std::path::Path;

/// A family of spaces.
#[derive(Clone, Copy)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// What its sizes count.
    pub(crate) sizes: &'static [u32],
    /// The member of a size, in JSON.
    pub(crate) member: fn(u32) -> Value,
}

/// Each at sizes up to about ten times what is usual.
pub(crate) const FAMILIES: [Family; 3] = [
    // Rows and columns of the table to be linked. Past 1,024 is what nobody has published.
    Family { name: "record linkage", sizes: &[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096], member: linkage },
    // How many times the memory, and the largest tile, are those of the published space.
    Family { name: "hotspot", sizes: &[1, 2, 3, 4, 6, 8], member: hotspot },
    // Dimensions of the tensors.
    Family { name: "tensor contraction", sizes: &[1, 2, 3, 4, 5, 6, 7, 8], member: contraction },
];

fn published(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems/spaces").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The published space of 1,024 × 1,024 at another size.
fn linkage(size: u32) -> Value {
    let mut problem = published("prl_1024x1024.json");
    for (name, values) in problem["variables"].as_object_mut().expect("variables") {
        if name.starts_with("INPUT_SIZE") {
            *values = json!({"values": [size]});
        } else if values["max"] == 1024 {
            values["max"] = json!(size);
        }
    }
    problem
}

/// The published space with larger tiles and unrolling, on a GPU with as many times the memory.
fn hotspot(times: u32) -> Value {
    let mut problem = published("hotspot.json");
    for name in ["tile_size_x", "tile_size_y", "temporal_tiling_factor", "loop_unroll_factor_t"] {
        problem["variables"][name]["max"] = json!(10 * times);
    }
    for constraint in problem["constraints"].as_array_mut().expect("constraints") {
        let text = constraint.as_str().expect("a text");
        let scale = |text: &str, bytes: u32| text.replace(&bytes.to_string(), &(times * bytes).to_string());
        *constraint = scale(&scale(text, 49_152), 102_400).into();
    }
    problem
}

/// The published space with fewer dimensions, or one more.
fn contraction(dimensions: u32) -> Value {
    let mut variables = Map::new();
    let mut constraints = Vec::new();
    let dimension = |index: u32| char::from_u32(u32::from('A') + index).expect("a letter");
    for (index, size) in (0..dimensions).zip([24, 16, 16, 24, 16, 16, 24, 16]) {
        let d = dimension(index);
        variables.insert(format!("OCL_DIM_{d}"), json!({"min": 0, "max": dimensions - 1}));
        for name in ["L_CB_SIZE", "P_CB_SIZE", "NUM_WG", "NUM_WI"] {
            variables.insert(format!("{name}_{d}"), json!({"min": 1, "max": size}));
        }
        constraints.extend([
            format!("{size} % L_CB_SIZE_{d} == 0"),
            format!("L_CB_SIZE_{d} % P_CB_SIZE_{d} == 0"),
            format!("({size} // L_CB_SIZE_{d}) % NUM_WG_{d} == 0"),
            format!("(L_CB_SIZE_{d} // P_CB_SIZE_{d}) % NUM_WI_{d} == 0"),
            format!("NUM_WI_{d} <= ({size} + NUM_WG_{d} - 1) // NUM_WG_{d}"),
        ]);
    }
    let order: Vec<String> = (0..dimensions).map(|index| format!("OCL_DIM_{}", dimension(index))).collect();
    constraints.push(format!("all_different({})", order.join(", ")));
    json!({"version": 1, "variables": variables, "constraints": constraints})
}
