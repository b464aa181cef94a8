//! Terms: expressions over variables and what is known of them; nothing here knows a diagram or a space.
//!
//! Terms are stored once and in normal form, so that equal residual problems have equal terms.
//!
//! | file | holds |
//! | --- | --- |
//! | `exact` | rational numbers of any size |
//! | `ids`, `relation` | what variables and terms are called by; how a number is compared with 0 |
//! | `term`, `facts`, `scopes`, `sets` | terms stored once, with what is known of them; sets of variables, of values |
//! | `linear`, `apply`, `truth` | normal forms of sums and comparisons, of operations, of truths |
//! | `lower` | expressions to terms; terms to what is left of them once a variable is known |
//! | `extremes` | inequalities of minima, maxima and absolute values as conjunctions and alternatives |
//! | `shapes`, `polynomial`, `expand` | monomials, stored once; comparisons of polynomials in machine integers; from terms to those |
//! | `membership` | truths of one variable as sets of its values |
//! | `machine` | terms of one or two variables in machine integers: which values make a truth true |
//! | `column` | terms for all values of a variable at once |
//! | `table`, `left` | what values of a variable leave of truths, kept and looked up |
//! | `enclose` | what intervals of values say of a term |
//! | `line`, `lines`, `last/` | values of a variable by index; the values of the last variable that make truths true, as intervals, residues and divisors |

mod apply;
mod column;
mod enclose;
pub(super) mod exact;
pub(super) mod expand;
pub(super) mod extremes;
mod facts;
mod ids;
pub(super) mod last;
pub(super) mod left;
pub(super) mod line;
mod linear;
mod lines;
pub(super) mod lower;
pub(super) mod machine;
mod membership;
mod polynomial;
mod relation;
mod scopes;
pub(super) mod sets;
mod shapes;
mod table;
pub(super) mod term;
mod truth;
