//! The derivative of each cell's step.
//!
//! Names are those of the formulas at the head of `cells/*.cuh`; `d_x` is the gradient of x: what the loss changes by with x,
//! all else held that does not follow from x.

use super::super::uncertain::{Functions, Uncertain};

/// A unit's step, and the gradient of what it returned.
pub(super) struct Step<'a> {
    /// What forward saved.
    pub(super) saved: &'a [Uncertain],
    /// The states before, h first.
    pub(super) before: &'a [Uncertain],
    /// The states after, h first.
    pub(super) after: &'a [Uncertain],
    /// The gradient of the states after, h first and as it was before its clip.
    pub(super) gradient: &'a [Uncertain],
}

/// The gradient of what a unit's step read.
pub(super) struct Derivative {
    /// Of R h, for each gate: the factors of the products.
    pub(super) recurrent: Vec<Uncertain>,
    /// Of Wx, for each gate.
    pub(super) input: Vec<Uncertain>,
    /// Of b.
    pub(super) bias: Vec<Uncertain>,
    /// Of the states before, without what comes through R.
    pub(super) states: Vec<Uncertain>,
}

impl Derivative {
    /// Of a cell whose gates are R h + Wx + b.
    fn of_gates(gates: Vec<Uncertain>, states: Vec<Uncertain>) -> Self {
        Self { recurrent: gates.clone(), input: gates.clone(), bias: gates, states }
    }
}

fn one() -> Uncertain {
    Uncertain::exact(1.0)
}

fn zero() -> Uncertain {
    Uncertain::exact(0.0)
}

/// The slope of a sigmoid that is `value`.
fn slope_of_sigmoid(value: Uncertain) -> Uncertain {
    value * (one() - value)
}

/// The slope of a tanh that is `value`.
fn slope_of_tanh(value: Uncertain) -> Uncertain {
    one() - value.square()
}

/// At the clip the output is not the tanh, but there the gradient is zero.
pub(super) fn elman(step: &Step) -> Derivative {
    Derivative::of_gates(vec![slope_of_tanh(step.after[0]) * step.gradient[0]], vec![zero()])
}

pub(super) fn lstm(step: &Step, functions: Functions) -> Derivative {
    let &[i, f, z, o] = step.saved else { unreachable!("lstm saves four") };
    let (c, d_h) = (step.before[1], step.gradient[0]);
    let tanh_c = functions.tanh(step.after[1]);
    let d_c = step.gradient[1] + o * slope_of_tanh(tanh_c) * d_h;
    let gates = vec![
        slope_of_sigmoid(i) * z * d_c,
        slope_of_sigmoid(f) * c * d_c,
        slope_of_tanh(z) * i * d_c,
        slope_of_sigmoid(o) * tanh_c * d_h,
    ];
    Derivative::of_gates(gates, vec![zero(), f * d_c])
}

/// R h of the candidate stands behind the reset gate: its gradient is not that of Wx. `of_h` is R h + b, n's recurrent part.
pub(super) fn gru(step: &Step) -> Derivative {
    let &[r, z, n, of_h] = step.saved else { unreachable!("gru saves four") };
    let (h, d_h) = (step.before[0], step.gradient[0]);
    let d_n = (one() - z) * slope_of_tanh(n) * d_h;
    let d_of_h = r * d_n;
    let d_r = slope_of_sigmoid(r) * of_h * d_n;
    let d_z = slope_of_sigmoid(z) * (h - n) * d_h;
    Derivative {
        recurrent: vec![d_r, d_z, d_of_h],
        input: vec![d_r, d_z, d_n],
        bias: vec![d_r, d_z, d_of_h, d_n],
        states: vec![z * d_h],
    }
}

/// With k = log sigmoid(f) + m and s = f' n + i', so that m' = max(i, k) and n' = max(s, 1):
///
/// 1. Of i' and f' the one that m' was taken from is 1; the exponent of the other one falls with m'.
/// 2. What m' gets is what comes from later, less i' times the gradient of i' and f' times that of f'.
/// 3. It goes to i where i > k, else to k: where they are equal to k alone, as forward's code has it. Added to the exponent's
///    own part, which is the same with the other sign, it leaves what comes from later less the part of the other one.
/// 4. n' passes its gradient to s from s = 1 on. Where n >= 1, as forward leaves it, s is below 1 by rounding alone; where
///    m' is i, s = f' n + 1 is not either.
/// 5. Where n = 0, m' = i and f' = 0: nothing comes through c, n, m and f.
pub(super) fn slstm(step: &Step, functions: Functions) -> Derivative {
    let &[i, f, z, o] = step.saved else { unreachable!("slstm saves four") };
    let &[_, c, n, m] = step.before else { unreachable!("slstm has four states") };
    let &[_, next_c, next_n, next_m] = step.after else { unreachable!("slstm has four states") };
    let &[d_h, of_c, of_n, of_m] = step.gradient else { unreachable!("slstm has four states") };
    let is_empty = n.value == 0.0;
    let kept = functions.log_sigmoid(f) + m;
    let lead = i - kept;
    let takes_i = is_empty || lead.value > 0.0;
    // Near a tie either may be the kernel's.
    let is_near = !is_empty && lead.is_near_zero();
    let choose = |if_i: Uncertain, if_kept: Uncertain| {
        let [chosen, other] = if takes_i { [if_i, if_kept] } else { [if_kept, if_i] };
        if is_near { chosen.or(other) } else { chosen }
    };
    // Saved values are rounded, and may put the smaller one beyond 1.
    let below_one = |exponent: Uncertain| functions.exp(Uncertain { value: exponent.value.min(0.0), ..exponent });
    let scaled_i = choose(one(), below_one(i - next_m));
    let scaled_f = if is_empty { zero() } else { choose(below_one(kept - next_m), one()) };

    let per_n = next_n.reciprocal();
    let of_h = next_c * per_n; // h / o
    let d_c = of_c + o * per_n * d_h;
    let d_next_n = of_n - o * of_h * per_n * d_h;
    let passes = takes_i || n.value >= 1.0 || (n + scaled_i).value >= 1.0;
    let d_n = if passes { d_next_n } else { zero() };

    let through_i = scaled_i * (z * d_c + d_n);
    let through_f = scaled_f * (c * d_c + n * d_n);
    let d_i = choose(of_m - through_f, through_i);
    let d_kept = choose(through_f, of_m - through_i);
    let gates = vec![
        d_i,
        (one() - functions.sigmoid(f)) * d_kept,
        slope_of_tanh(z) * scaled_i * d_c,
        slope_of_sigmoid(o) * of_h * d_h,
    ];
    Derivative::of_gates(gates, vec![zero(), scaled_f * d_c, scaled_f * d_n, d_kept])
}
