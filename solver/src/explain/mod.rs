//! Why there is no solution and what would help, and what a solution is bound by.
//!
//! ```
//! use constrint_solver::explain::{Clash, minimal_conflict, relaxations};
//! use constrint_solver::{Model, Options, Values, language};
//!
//! let mut model = Model::new();
//! model.add_variable("tile", Values::divisors_of(96)?)?;
//! model.add_variable("stages", Values::range(2, 8, 1)?)?;
//! for text in ["tile * stages <= 100", "tile % 16 == 0", "stages >= 3", "tile >= 40"] {
//!     let constraint = language::parse(text, &model)?;
//!     model.require(constraint);
//! }
//! let Clash::Between(conflict) = minimal_conflict(&model, &Options::default()) else { panic!() };
//! assert_eq!(conflict, [0, 2, 3]);
//! let changes = relaxations(&model, &conflict, &Options::default());
//! let needed: Vec<String> = changes.found.iter().map(|change| format!("{}: {}", change.text, change.needed)).collect();
//! assert_eq!(needed, ["tile * stages <= 100: 144", "stages >= 3: 2", "tile >= 40: 32"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! | file | holds |
//! | --- | --- |
//! | `conflict.rs` | a minimal set of constraints that cannot hold together |
//! | `oracle.rs` | whether some constraints have a solution, answered from memory where possible |
//! | `relaxation.rs` | for each limit in a conflict the smallest change that helps |
//! | `limit.rs` | which numbers of a constraint are limits |
//! | `binding.rs` | what is left of each inequality at a solution |
//! | `sides.rs` | a comparison at a solution: its two sides, its slack |
//! | `budget.rs` | limits that several searches share |
//!
//! The values that a variable may take are no limits here: only constraints are blamed, and only theirs are moved.

mod binding;
mod budget;
mod conflict;
mod limit;
mod oracle;
mod relaxation;
mod sides;

pub use binding::{Binding, bindings};
pub use conflict::{Clash, minimal_conflict};
pub use relaxation::{Relaxation, Relaxations, relaxations, relaxations_of};
pub use sides::{Side, Sides, comparisons};

use crate::model::Expr;

/// The operands that an expression joins by `and`, nested ones opened up; itself if it joins none.
fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::And(operands) => operands.iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}
