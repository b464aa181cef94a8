//! The engine as a whole, held against brute force, against itself and against evaluators of their own.

mod brute_force;
mod edges;
#[path = "../random/mod.rs"]
mod random;
mod reference;
