//! An exact solver for constraints over integers: sums, products, powers, quotients, remainders, divisibility,
//! minima, maxima, conditions, tables, list items and pairwise difference, in any combination.
//!
//! ```
//! use constrint_solver::{Model, Options, Values, language, solve};
//!
//! let mut model = Model::new();
//! model.add_variable("tile", Values::divisors_of(768)?)?;
//! model.add_variable("stages", Values::range(1, 8, 1)?)?;
//! let fits = language::parse("tile * stages * 64 * 2 <= 49152 and tile % 16 == 0", &model)?;
//! model.require(fits);
//! let wide = language::parse("tile * stages + stages", &model)?;
//! model.maximize(wide);
//! let (outcome, _) = solve(&model, &Options::default());
//! assert_eq!(outcome.solution().unwrap().values, [48, 8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//!
//! A [`Model`] is data. [`post`] turns it into propagators over a [`store`]; [`engine`] runs them to a fixpoint;
//! [`search`] decides, undoes and keeps the best.
//!
//! | module | holds |
//! | --- | --- |
//! | [`model`] | variables, expressions, constraints, objectives: data only |
//! | [`language`] | the native expression language and the `ConstrINT` dialect: text to [`Expr`] or [`Model`], with diagnostics |
//! | `display` | expressions as text; [`Model::require`], [`Model::minimize`], [`Model::maximize`] |
//! | [`arith`] | rounding division, roots, intervals that round outward |
//! | `total` | where an expression has a value |
//! | [`domain`] | the values that a variable can still take |
//! | `normal` | normal forms: linear forms, fractions of them, products of positive variables |
//! | `simplify` | models without factors that cancel, for posting and for spaces |
//! | [`store`], `trail`, `var` | all domains, what changed, and how to undo it; the only writer of domains |
//! | [`propagator`] | the trait of what cuts values off, and the consistency that it declares |
//! | `function` | `z = f(x, y)` as a propagator, for any function with an interval image |
//! | `propagators` | the constraints, one family a file |
//! | [`mod@post`] | expressions to propagators: the only place that knows both |
//! | [`engine`] | watchers, queues, fixpoint |
//! | `boxes` | interval branch and bound, for what is small enough to be looked at rather than propagated |
//! | [`brancher`] | what to try next |
//! | [`search`] | depth-first branch and bound, components that share no variable by themselves, limits, outcome, statistics |
//! | `relax` | linear relaxations, of sums and of exponents: bounds and proofs, floating point proposed, integers proven |
//! | [`explain`] | minimal conflicts, smallest relaxations, what binds |
//! | [`space`] | all solutions at once, as a decision diagram: counted, indexed, sampled, projected, optimised |
//! | [`trials`] | search with an outside test: proposes, learns from verdicts, bisects |
//! | [`checker`] | evaluates a model at an assignment with exact rationals |
//!
//! No two files import each other: the engine knows no constraint, a propagator no other propagator, the checker no
//! propagator (`tests/imports.rs` of the workspace holds them to it). [`mod@post`] also tells `relax` what it posts, and [`search`] asks it. `boxes` takes the interval
//! functions of propagators, and no state of theirs.
//!
//! # Invariants
//!
//! * A domain is never empty; emptying one is a [`store::Conflict`].
//! * Nothing cuts off a solution. Bounds round outward, and beyond 2^62 they are open (see [`arith`]).
//! * Auxiliary variables follow from the model's variables: the search branches on the latter alone. All but the literals
//!   of half-reified constraints are functions of them, and those are decided at each leaf.
//! * The answer, and the number of nodes, do not depend on the number of threads (see [`search`]).
//! * A leaf that propagation alone cannot settle (numbers beyond 2^62) is settled by the checker.
//! * An answer is a value, not an error: [`Outcome::Infeasible`] and [`Outcome::Unknown`] are outcomes.
//!
//! Absent on purpose: GPUs, files, JSON. Floating point is in `relax`, and orders what is tried in `boxes`; nothing rests on
//! its results. Propagators
//! keep no state between runs: on the problems of `benches/engine` a whole search takes about a millisecond, most of it the
//! first fixpoint, where there is nothing to be incremental over.

#![forbid(unsafe_code)]

/// The version of this crate: an answer that is kept for later holds for the solver that found it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub mod arith;
mod boxes;
pub mod brancher;
pub mod checker;
mod display;
pub mod domain;
pub mod engine;
pub mod explain;
mod function;
pub mod language;
pub mod model;
mod normal;
pub mod post;
pub mod propagator;
mod propagators;
mod relax;
pub mod search;
mod simplify;
pub mod space;
pub mod store;
mod total;
mod trail;
pub mod trials;
mod var;

pub use brancher::ValueOrder;
pub use model::{
    Comparison, Constraint, Expr, Goal, MemberSet, Model, ModelError, Objective, Rows, Values, VarId, Variable,
};
pub use search::{Bound, Branching, Limits, Observer, Options, Outcome, Progress, Search, Solution, Statistics, Step};
pub use search::{best_solutions, solve};
pub use space::{Exhausted, Neighbourhood, RowBlock, RowBlocks, RowEnds, SolutionSpace, SpaceError, SpaceRows};
