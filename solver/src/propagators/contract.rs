//! One contract for every propagator, tested by enumeration.
//!
//! For random small domains, and for every way in which places of the scope can share a variable:
//! 1. no solution is cut off;
//! 2. a conflict means that there is no solution, and fixed variables are accepted exactly if they are one;
//! 3. the declared consistency is reached (all variables different);
//! 4. `Fixpoint` means that running again changes nothing, `Entailed` that every assignment left is a solution.

mod monomials;
mod tuples;

use super::{
    absolute::Absolute, bitwise::BitAnd, choice::Choice, divides::Divides, division::Division, division::Round,
    extremum::Extremum, gcd, linear::Linear,
};
use super::{
    linear::Relation, logic::AnyOf, member::Member, power::Power, product::Product, remainder::Remainder,
    rounded::Rounded,
};
use crate::arith::{Interval, floor_div, floor_mod};
use crate::domain::Domain;
use crate::function::{Function, Functional};
use crate::model::MemberSet;
use crate::propagator::{Consistency, Propagator, Status};
use crate::store::{Conflict, Literal, Store, Var};
use itertools::Itertools;

type Build = Box<dyn Fn(&[Var]) -> Box<dyn Propagator>>;
type Accepts = Box<dyn Fn(&[i64]) -> bool>;
/// Whether a value of one place is supported, when every place may take any integer of its hull.
type Supports = Box<dyn Fn(&[Interval], usize, i64) -> bool>;

struct Case {
    name: String,
    /// For each place, whether it is a literal's variable.
    places: Vec<bool>,
    build: Build,
    accepts: Accepts,
    supports: Supports,
}

/// A small linear congruential generator: the same cases on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn between(&mut self, lo: i64, hi: i64) -> i64 {
        lo + i64::try_from(self.below((hi - lo + 1).unsigned_abs())).expect("small")
    }

    fn domain(&mut self, literal: bool) -> Domain {
        if literal {
            return [
                Domain::singleton(0),
                Domain::singleton(1),
                Domain::progression(0, 1, 1),
                Domain::progression(0, 1, 1),
            ][usize::try_from(self.below(4)).expect("small")]
            .clone();
        }
        let lo = self.between(-6, 6);
        match self.below(4) {
            0 => Domain::progression(lo, lo + self.between(0, 7), 1),
            1 => Domain::progression(lo, lo + self.between(0, 12), self.between(2, 3)),
            2 => Domain::singleton(lo),
            _ => {
                let values = (0..self.between(1, 5)).map(|_| self.between(-6, 9)).sorted().dedup().collect_vec();
                Domain::from_sorted(values)
            }
        }
    }
}

/// The hull of `f` over all integers of the hulls, where it is defined.
fn image(f: &dyn Fn(&[i64]) -> Option<i64>, hulls: &[Interval]) -> Interval {
    hulls
        .iter()
        .map(|hull| hull.lo..=hull.hi)
        .multi_cartesian_product()
        .filter_map(|operands| f(&operands))
        .fold(Interval::new(1, 0), |hull, value| hull.hull(Interval::point(value)))
}

fn functional(
    name: &str,
    operands: usize,
    f: impl Fn(&[i64]) -> Option<i64> + Copy + 'static,
    build: impl Fn(&[Var]) -> Box<dyn Propagator> + 'static,
) -> Case {
    Case {
        name: name.into(),
        places: vec![false; operands + 1],
        build: Box::new(build),
        accepts: Box::new(move |v| f(&v[..operands]) == Some(v[operands])),
        supports: Box::new(move |hulls, place, value| {
            let mut fixed = hulls.to_vec();
            fixed[place] = Interval::point(value);
            !image(&f, &fixed[..operands]).intersect(fixed[operands]).is_empty()
        }),
    }
}

fn binary<F: Function + 'static>(name: &str, f: fn(i64, i64) -> Option<i64>, function: fn() -> F, pairs: bool) -> Case {
    functional(
        name,
        2,
        move |v| f(v[0], v[1]),
        move |v| Box::new(Functional { pairs, ..Functional::new(function(), v[0], v[1], v[2]) }),
    )
}

fn wide(f: fn(i128, i128) -> i128, x: i64, y: i64) -> i64 {
    i64::try_from(f(x.into(), y.into())).expect("small")
}

fn binary_cases(pairs: bool) -> Vec<Case> {
    vec![
        binary("product", |x, y| Some(x * y), || Product, pairs),
        binary("floor division", |x, y| (y != 0).then(|| wide(floor_div, x, y)), || Division(Round::Down), pairs),
        binary("ceiling division", |x, y| (y != 0).then(|| -wide(floor_div, -x, y)), || Division(Round::Up), pairs),
        binary("remainder", |x, y| (y != 0).then(|| wide(floor_mod, x, y)), || Remainder, pairs),
        binary("power", |x, y| u32::try_from(y).ok().and_then(|y| x.checked_pow(y)), || Power, pairs),
        binary(
            "root",
            |x, y| {
                let degree = u32::try_from(y).ok().filter(|&degree| degree > 0 && x >= 0)?;
                (0..=x).find(|root| (root + 1).pow(degree) > x)
            },
            || Rounded::Root,
            pairs,
        ),
        binary(
            "logarithm",
            |x, y| if x < 1 || y < 2 { None } else { (0..64).find(|&e| y.pow(e + 1) > x).map(i64::from) },
            || Rounded::Logarithm,
            pairs,
        ),
        binary("and of bits", |x, y| Some(x & y), || BitAnd, pairs),
        binary(
            "gcd",
            |x, y| Some((1..=40).filter(|d| x % d == 0 && y % d == 0).max().filter(|_| (x, y) != (0, 0)).unwrap_or(0)),
            || gcd::Gcd,
            pairs,
        ),
        binary(
            "lcm",
            |x, y| Some((1..=1000).find(|m| x != 0 && y != 0 && m % x == 0 && m % y == 0).unwrap_or(0)),
            || gcd::Lcm,
            pairs,
        ),
    ]
}

fn extremum(smallest: bool) -> Case {
    let f = move |v: &[i64]| if smallest { v.iter().min().copied() } else { v.iter().max().copied() };
    functional(if smallest { "minimum" } else { "maximum" }, 3, f, move |v| {
        Box::new(Extremum { operands: v[..3].to_vec(), result: v[3], smallest })
    })
}

fn relation_holds(relation: Relation, sum: i64, constant: i64) -> bool {
    match relation {
        Relation::AtMost => sum <= constant,
        Relation::Equal => sum == constant,
        Relation::NotEqual => sum != constant,
    }
}

/// Whether some sum between two bounds stands in the relation to the constant, or in none if `truth` is false.
fn relation_possible(relation: Relation, truth: bool, sums: Interval, constant: i64) -> bool {
    match (relation, truth) {
        (Relation::AtMost, true) => sums.lo <= constant,
        (Relation::AtMost, false) => sums.hi > constant,
        (Relation::Equal, true) | (Relation::NotEqual, false) => sums.contains(constant),
        (Relation::Equal, false) | (Relation::NotEqual, true) => sums != Interval::point(constant),
    }
}

fn linear(coefficients: &'static [i64], relation: Relation, constant: i64, reified: Option<bool>) -> Case {
    let arity = coefficients.len();
    let sum = move |v: &[i64]| v.iter().zip(coefficients).map(|(v, c)| v * c).sum::<i64>();
    let truth_of = move |v: i64| reified.is_none_or(|positive| (v == 1) == positive);
    let literal_of = move |v: &[i64]| v.get(arity).copied().unwrap_or(0);
    Case {
        name: format!("linear {coefficients:?} {relation:?} {constant} {reified:?}"),
        places: (0..arity).map(|_| false).chain(reified.map(|_| true)).collect(),
        build: Box::new(move |v| {
            let meaning_of = reified.map(|positive| Literal { var: v[arity], positive });
            // Posting merges equal variables; the contract does the same.
            let mut terms: Vec<(Var, i64)> = Vec::new();
            for (&var, &coefficient) in v.iter().zip(coefficients) {
                match terms.iter_mut().find(|term| term.0 == var) {
                    Some(term) => term.1 += coefficient,
                    None => terms.push((var, coefficient)),
                }
            }
            terms.retain(|term| term.1 != 0);
            Box::new(Linear { terms, relation, constant: constant.into(), meaning_of })
        }),
        accepts: Box::new(move |v| relation_holds(relation, sum(&v[..arity]), constant) == truth_of(literal_of(v))),
        supports: Box::new(move |hulls, place, value| {
            let mut fixed = hulls.to_vec();
            fixed[place] = Interval::point(value);
            let sums = image(&|v| Some(sum(v)), &fixed[..arity]);
            let literals = fixed.get(arity).copied().unwrap_or(Interval::point(0));
            (literals.lo..=literals.hi).any(|l| relation_possible(relation, truth_of(l), sums, constant))
        }),
    }
}

fn other_cases() -> Vec<Case> {
    let literals = |v: &[Var], signs: &[bool]| -> Vec<Literal> {
        v.iter().zip(signs).map(|(&var, &positive)| Literal { var, positive }).collect()
    };
    let never: fn() -> Supports = || Box::new(|_, _, _| unreachable!("domain consistent"));
    let member = |set: MemberSet| Case {
        name: format!("member {set:?}"),
        places: vec![false, true],
        accepts: {
            let set = set.clone();
            Box::new(move |v| set.contains(v[0]) == (v[1] == 1))
        },
        build: Box::new(move |v| Box::new(Member { x: v[0], set: set.clone(), result: Literal::of(v[1]) })),
        supports: never(),
    };
    let divides = |d: i64, x: i64| if d == 0 { x == 0 } else { x % d == 0 };
    let divide = move |pairs| Case {
        name: format!("divides, pairs {pairs}"),
        places: vec![false, false],
        build: Box::new(move |v| Box::new(Divides { pairs, ..Divides::new(v[0], v[1]) })),
        accepts: Box::new(move |v| divides(v[0], v[1])),
        supports: never(),
    };
    vec![
        member(MemberSet::Values(vec![-3, 1, 2, 8])),
        member(MemberSet::Values(vec![])),
        member(MemberSet::Range { start: 7, stop: -5, step: -3 }),
        divide(true),
        divide(false),
        Case {
            name: "any of".into(),
            places: vec![true; 4],
            build: Box::new(move |v| {
                let all = literals(v, &[true, false, true, true]);
                Box::new(AnyOf { operands: all[..3].to_vec(), result: all[3] })
            }),
            accepts: Box::new(|v| (v[0] == 1 || v[1] == 0 || v[2] == 1) == (v[3] == 1)),
            supports: never(),
        },
        Case {
            name: "choice".into(),
            places: vec![true, false, false, false],
            build: Box::new(|v| {
                Box::new(Choice { condition: Literal::of(v[0]), then: v[1], otherwise: v[2], result: v[3] })
            }),
            accepts: Box::new(|v| v[3] == if v[0] == 1 { v[1] } else { v[2] }),
            supports: Box::new(|hulls, place, value| {
                let mut fixed = hulls.to_vec();
                fixed[place] = Interval::point(value);
                let meets = |branch: Interval| !branch.intersect(fixed[3]).is_empty();
                (fixed[0].contains(1) && meets(fixed[1])) || (fixed[0].contains(0) && meets(fixed[2]))
            }),
        },
    ]
}

fn all_cases() -> Vec<Case> {
    let mut cases = binary_cases(true);
    cases.extend(binary_cases(false));
    cases.extend([extremum(false), extremum(true)]);
    cases.push(functional("absolute", 1, |v| Some(v[0].abs()), |v| Box::new(Absolute { operand: v[0], result: v[1] })));
    for reified in [None, Some(true), Some(false)] {
        for relation in [Relation::AtMost, Relation::Equal, Relation::NotEqual] {
            cases.push(linear(&[2], relation, 3, reified));
            cases.push(linear(&[1, -1], relation, 0, reified));
            cases.push(linear(&[3, -2, 1], relation, 4, reified));
        }
    }
    cases.extend(monomials::cases());
    cases.extend(other_cases());
    cases.extend(tuples::cases());
    cases
}

/// Every way to share variables: for each place, the index of its variable, counted in order of appearance.
fn sharings(places: &[bool]) -> Vec<Vec<usize>> {
    let mut all = vec![(vec![], vec![])];
    for &literal in places {
        all = all
            .into_iter()
            .flat_map(|(sharing, kinds): (Vec<usize>, Vec<bool>)| {
                let fresh = (
                    sharing.iter().copied().chain([kinds.len()]).collect_vec(),
                    [kinds.clone(), vec![literal]].concat(),
                );
                let shared = (0..kinds.len())
                    .filter(|&variable| kinds[variable] == literal)
                    .map(|variable| (sharing.iter().copied().chain([variable]).collect_vec(), kinds.clone()))
                    .collect_vec();
                shared.into_iter().chain([fresh])
            })
            .collect();
    }
    all.into_iter().map(|(sharing, _)| sharing).collect()
}

/// All assignments to the variables, seen from the places.
fn assignments(domains: &[Domain], sharing: &[usize]) -> Vec<Vec<i64>> {
    domains
        .iter()
        .map(|domain| domain.iter().collect_vec())
        .multi_cartesian_product()
        .map(|values| sharing.iter().map(|&variable| values[variable]).collect())
        .collect()
}

fn run(propagator: &dyn Propagator, store: &mut Store) -> Result<Status, Conflict> {
    let mut events = Vec::new();
    loop {
        let status = propagator.propagate(store)?;
        store.take_events(&mut events);
        if status == Status::Fixpoint {
            let again = propagator.propagate(store)?;
            store.take_events(&mut events);
            assert!(events.is_empty(), "{propagator:?} claimed a fixpoint and cut again, then {again:?}");
        }
        if events.is_empty() || status == Status::Entailed {
            return Ok(status);
        }
    }
}

fn check(case: &Case, sharing: &[usize], before: &[Domain]) {
    let mut store = Store::new();
    let variables: Vec<Var> = before.iter().map(|domain| store.add(domain.clone())).collect();
    let places: Vec<Var> = sharing.iter().map(|&variable| variables[variable]).collect();
    let propagator = (case.build)(&places);
    let solutions = assignments(before, sharing).into_iter().filter(|v| (case.accepts)(v)).collect_vec();
    let context = || format!("{} sharing {sharing:?} from {before:?}", case.name);
    let Ok(status) = run(propagator.as_ref(), &mut store) else {
        assert!(solutions.is_empty(), "{}: conflict, but {:?} is a solution", context(), solutions[0]);
        return;
    };
    let after = variables.iter().map(|&var| store.domain(var).clone()).collect_vec();
    for solution in &solutions {
        let kept = solution.iter().zip(&places).all(|(&value, &var)| store.domain(var).contains(value));
        assert!(kept, "{}: cut off {solution:?}", context());
    }
    let left = assignments(&after, sharing);
    let all_hold = left.iter().all(|v| (case.accepts)(v));
    assert!(left.len() > 1 || all_hold, "{}: accepted {:?}", context(), left[0]);
    assert!(status != Status::Entailed || all_hold, "{}: claimed entailment", context());
    if !sharing.iter().all_unique() {
        return;
    }
    check_consistency(case, propagator.consistency(), &after, &solutions, &context);
}

fn check_consistency(
    case: &Case,
    consistency: Consistency,
    after: &[Domain],
    solutions: &[Vec<i64>],
    context: &dyn Fn() -> String,
) {
    let hulls = after.iter().map(Domain::hull).collect_vec();
    for (place, domain) in after.iter().enumerate() {
        match consistency {
            Consistency::Domain => {
                for value in domain.iter() {
                    let supported = solutions.iter().any(|solution| solution[place] == value);
                    assert!(supported, "{}: place {place} keeps {value} without support", context());
                }
            }
            Consistency::Bounds => {
                for value in [domain.lo(), domain.hi()] {
                    let supported = (case.supports)(&hulls, place, value);
                    assert!(supported, "{}: place {place} keeps the bound {value}, hulls {hulls:?}", context());
                }
            }
            Consistency::Check => {
                let open = after.iter().filter(|domain| domain.fixed().is_none()).count();
                assert!(open > 0 || !solutions.is_empty(), "{}", context());
            }
        }
    }
}

#[test]
fn every_propagator_keeps_the_contract() {
    for case in all_cases() {
        for sharing in sharings(&case.places) {
            let mut random = Random(case.name.len() as u64 * 977 + sharing.iter().sum::<usize>() as u64);
            let variables = sharing.iter().max().expect("a place") + 1;
            for _ in 0..400 {
                let domains = (0..variables)
                    .map(|variable| {
                        let place = sharing.iter().position(|&v| v == variable).expect("numbered in order");
                        random.domain(case.places[place])
                    })
                    .collect_vec();
                check(&case, &sharing, &domains);
            }
        }
    }
}

/// The binary functions at the other end of the scale: ranges far too wide to enumerate, probed at random points.
#[test]
fn wide_ranges_lose_no_solution() {
    let mut random = Random(7);
    for case in binary_cases(true) {
        for _ in 0..2000 {
            let wide_domain = |random: &mut Random, inside: i64| {
                let reach = 1i64 << random.below(61);
                Domain::progression(inside.saturating_sub(reach), inside.saturating_add(reach), 1)
            };
            let scale = 1i64 << random.below(20);
            let (x, y) = (random.between(-scale, scale), random.between(-4, 12));
            let mut store = Store::new();
            let (dx, dy) = (wide_domain(&mut random, x), wide_domain(&mut random, y));
            let vars = [store.add(dx), store.add(dy), store.add(Domain::from_interval(Interval::ALL))];
            let exact = exact_result(&case.name, x, y);
            let Some(z) = exact else { continue };
            let around = random.between(0, 1000);
            store.restrict(vars[2], Interval::new(z - around, z + around)).expect("inside");
            let propagator = (case.build)(&vars);
            run(propagator.as_ref(), &mut store).unwrap_or_else(|_| panic!("{}: {x}, {y} -> {z}", case.name));
            for (var, value) in vars.into_iter().zip([x, y, z]) {
                assert!(store.domain(var).contains(value), "{}: {x}, {y} -> {z}: lost {value}", case.name);
            }
        }
    }
}

/// Results by other means than the propagators use.
fn exact_result(name: &str, x: i64, y: i64) -> Option<i64> {
    let euclid = |mut a: i64, mut b: i64| {
        while b != 0 {
            (a, b) = (b, a.rem_euclid(b));
        }
        a.abs()
    };
    match name {
        "product" => x.checked_mul(y),
        "floor division" => x.checked_div(y).map(|q| if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q }),
        "ceiling division" => x.checked_div(y).map(|q| if x % y != 0 && (x < 0) == (y < 0) { q + 1 } else { q }),
        "remainder" => x.checked_rem(y).map(|r| if r != 0 && (r < 0) != (y < 0) { r + y } else { r }),
        "power" => x.checked_pow(u32::try_from(y).ok()?).filter(|z| z.abs() < 1 << 60),
        "and of bits" => Some(x & y),
        "root" if y >= 1 && x >= 0 => {
            let degree = u32::try_from(y).ok()?;
            (0..=x).find(|root| (root + 1).checked_pow(degree).is_none_or(|power| power > x))
        }
        "logarithm" if y >= 2 && x >= 1 => (0..64).find(|&e| y.checked_pow(e + 1).is_none_or(|p| p > x)).map(i64::from),
        "gcd" => Some(euclid(x, y)),
        "lcm" => Some(if x == 0 || y == 0 { 0 } else { (x * y).abs() / euclid(x, y) }),
        _ => None,
    }
}
