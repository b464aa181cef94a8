//! From a model to its diagram, or to the number of its solutions; nothing here reads rows or asks a finished space.
//!
//! | file | holds |
//! | --- | --- |
//! | `space` | a model, and a space or a number of it |
//! | `root`, `imply` | the problem before the first variable is known: domains, order, constraints |
//! | `eliminate` | variables that an equation defines by others, which counting leaves out |
//! | `arrange` | orders of the variables in which a count meets few residual problems |
//! | `count` | the number of solutions, in the order that gets on best |
//! | `parts` | what residual problems become: nodes, or counts |
//! | `builder`, `components` | residual problems to nodes; their independent parts |
//! | `pairs` | the last two variables of a count |
//! | `wide` | variables with too many values to list |

mod arrange;
mod builder;
mod components;
mod count;
mod eliminate;
mod imply;
mod pairs;
mod parts;
mod root;
mod space;
mod wide;
