//! The engine as a whole, held against brute force, against itself and against evaluators of their own.

mod brute_force;
mod cliffs;
mod dialects;
mod edges;
mod metamorphic;
mod parallel;
mod queries;
#[path = "../random/mod.rs"]
mod random;
mod reference;
mod rewrite;
mod spaces;
mod trail;
