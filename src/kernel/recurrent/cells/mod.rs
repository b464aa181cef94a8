//! The recurrent cells: what each adds to the tiling problem. The formulas are in `*.cuh` here, and again, in double
//! precision, in `../reference/`.

use crate::kernel::Instance;

/// A recurrent cell, by its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// As problems name it.
    pub name: &'static str,
    /// As the kernel's macro `CELL` has it.
    pub code: i64,
    /// Rows of R and of Wx for each unit.
    pub gates: i64,
    /// Rows of b for each unit.
    pub biases: i64,
    /// h, and what else passes from step to step.
    pub states: i64,
    /// Values of each unit and step that a backward pass needs beside the states.
    pub saved: i64,
    /// Whether the cell itself reads the last h, beside the product with R.
    pub(in crate::kernel::recurrent) reads_hidden: bool,
    /// Operations of the special function unit for one unit, with the functions for bf16 and with the more accurate ones.
    pub(in crate::kernel::recurrent) special: [i64; 2],
    /// Other instructions for one unit, likewise: counted in the machine code for 9.0, inference.
    pub(in crate::kernel::recurrent) instructions: [i64; 2],
    /// Clocks of a lone warp's pointwise part, likewise: once, for each slot of a lane, and beside that for each slot that is not
    /// among the first. Fitted, see `forward/cost.rs`.
    pub(in crate::kernel::recurrent) lone: [[i64; 3]; 2],
}

/// All cells, the default first.
pub const CELLS: [Cell; 4] = [
    Cell {
        name: "lstm",
        code: 1,
        gates: 4,
        biases: 4,
        states: 2,
        saved: 4,
        reads_hidden: false,
        special: [5, 10],
        instructions: [40, 80],
        lone: [[131, 38, 26], [20, 215, 180]],
    },
    Cell {
        name: "gru",
        code: 2,
        gates: 3,
        biases: 4,
        states: 1,
        saved: 4,
        reads_hidden: true,
        special: [3, 6],
        instructions: [38, 55],
        lone: [[90, 50, 45], [96, 103, 255]],
    },
    Cell {
        name: "slstm",
        code: 3,
        gates: 4,
        biases: 4,
        states: 4,
        saved: 4,
        reads_hidden: false,
        special: [7, 9],
        instructions: [65, 85],
        lone: [[117, 98, 140], [187, 153, 257]],
    },
    Cell {
        name: "elman",
        code: 0,
        gates: 1,
        biases: 1,
        states: 1,
        saved: 0,
        reads_hidden: false,
        special: [1, 2],
        instructions: [17, 36],
        lone: [[90, 50, 60], [120, 60, 110]],
    },
];

/// Their names, for the shape.
pub(in crate::kernel::recurrent) const NAMES: [&str; 4] = [CELLS[0].name, CELLS[1].name, CELLS[2].name, CELLS[3].name];

impl Cell {
    /// The cell of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        CELLS.iter().find(|cell| cell.name == name)
    }

    /// The cell that an instance asks for.
    pub(in crate::kernel::recurrent) fn of(instance: &Instance) -> &'static Self {
        Self::find(instance.words["cell"]).expect("a word of the shape")
    }

    /// Rows of an instruction's tile that belong to one unit: 2 where the gates come in pairs, else 1.
    pub(in crate::kernel::recurrent) fn rows_per_unit(&self) -> i64 {
        if self.gates % 2 == 0 { 2 } else { 1 }
    }

    /// Units whose gates fill whole tiles of 16 rows.
    pub(in crate::kernel::recurrent) fn units_per_group(&self) -> i64 {
        16 / self.rows_per_unit()
    }

    /// Tiles of 16 rows that hold the gates of such a group.
    pub(in crate::kernel::recurrent) fn tiles_per_group(&self) -> i64 {
        self.gates / self.rows_per_unit()
    }
}
