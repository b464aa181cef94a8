//! [`Order`]: the problem as a whole, before the first variable is known.

use super::builder::Builder;
use super::eliminate::eliminate;
use super::imply::with_implied;
use crate::domain::Domain;
use crate::engine::Fixpoint;
use crate::model::Model;
use crate::post::post;
use crate::search::Limits;
use crate::space::budget::look;
use crate::space::diagram::{Growing, NOTHING};
use crate::space::error::{Exhausted, SpaceError};
use crate::space::solutions::SolutionSpace;
use crate::space::terms::expand::with_polynomials;
use crate::space::terms::extremes::without_extremes;
use crate::space::terms::lower::{Lowering, Place};
use crate::space::terms::sets::{Domains, Root, WIDE};
use crate::space::terms::term::{Position, Term, TermId, Terms};
use crate::store::Var;
use std::time::Instant;

/// Propagations at the root: where bounds creep, they are taken as they are then.
const MOST_PROPAGATIONS: u64 = 1 << 12;

/// Constraints of two variables with more pairs of values are not looked at before the diagram is built.
const MOST_ROOT_PAIRS: u64 = 1 << 14;

/// The domains of the model's variables after propagation; `None` where it finds that there is no solution.
fn propagated_domains(
    model: &Model,
    limits: &Limits,
    deadline: Option<Instant>,
) -> Result<Option<Vec<Domain>>, SpaceError> {
    let Ok(mut posted) = post(model) else { return Ok(None) };
    let mut ended = None;
    // Where bounds creep, they are taken as they are then.
    let fixpoint = posted.engine.fixpoint_within(MOST_PROPAGATIONS, &mut || {
        ended = limits.over(deadline);
        ended.is_some()
    });
    match fixpoint {
        Fixpoint::Conflict => Ok(None),
        Fixpoint::Interrupted => Err(SpaceError::Limit(ended.unwrap_or(Exhausted::Time))),
        Fixpoint::Reached | Fixpoint::Tired => {
            let domain = |index| posted.engine.store.domain(Var::from_index(index)).clone();
            Ok(Some((0..posted.decisions).map(domain).collect()))
        }
    }
}

/// The domains of the model's variables after propagation, without the values that a product excludes that must divide a
/// number, and those that have no partner in a constraint of two variables; `None` where nothing is left of one.
pub(in crate::space) fn root_domains(
    model: &Model,
    limits: &Limits,
    deadline: Option<Instant>,
) -> Result<Option<Vec<Domain>>, SpaceError> {
    let Some(mut domains) = propagated_domains(model, limits, deadline)? else { return Ok(None) };
    let order = Order::new(&domains);
    let mut terms = order.terms(&domains);
    let truths = order.truths(model, &mut terms);
    let truths = with_implied(&mut terms, truths);
    let mut sets = Vec::with_capacity(truths.len());
    for &truth in &truths {
        look(limits, deadline)?;
        sets.push(terms.as_set(truth));
    }
    if !sets.into_iter().all(|truth| keep_set(&terms, truth, &order.variables, &mut domains)) {
        return Ok(None);
    }
    // What few pairs exclude leaves the others fewer pairs.
    let mut truths: Vec<TermId> = truths.into_iter().filter(|&truth| terms.variables(truth).len() == 2).collect();
    let pairs = |truth: TermId, domains: &[Domain]| {
        let sizes =
            terms.variables(truth).iter().map(|&position| domains[order.variables[position as usize] as usize].len());
        sizes.fold(1, u64::saturating_mul)
    };
    while let Some(next) = (0..truths.len()).min_by_key(|&index| pairs(truths[index], &domains)) {
        look(limits, deadline)?;
        if !keep_partners(&terms, truths.remove(next), &order.variables, &mut domains) {
            return Ok(None);
        }
    }
    Ok(Some(domains))
}

/// Takes values from a domain that are not in the set of a truth of one variable; false where none is left.
fn keep_set(terms: &Terms, truth: TermId, variables: &[u32], domains: &mut [Domain]) -> bool {
    let Term::InSet(position, set) = *terms.get(truth) else { return true };
    let Root::Listed(values) = terms.domains.get(position) else { return true };
    let inside = values.iter().enumerate().filter(|&(index, _)| terms.sets.contains(set, index));
    let values: Vec<i64> = inside.map(|(_, &value)| value).collect();
    domains[variables[position as usize] as usize].restrict_to_sorted(&values).is_ok()
}

/// Takes values from the domains that have no partner in a truth of two variables, which are not many; false where none
/// is left.
fn keep_partners(terms: &Terms, truth: TermId, variables: &[u32], domains: &mut [Domain]) -> bool {
    let &[first, second] = terms.variables(truth) else { return true };
    let [a, b] = [first, second].map(|position| variables[position as usize] as usize);
    if domains[a].len().saturating_mul(domains[b].len()) > MOST_ROOT_PAIRS {
        return true;
    }
    let [rows, columns] = [a, b].map(|variable| domains[variable].iter().collect::<Vec<i64>>());
    let Some([row_bits, column_bits]) = terms.partners(truth, (first, &rows), (second, &columns)) else { return true };
    [(a, rows, row_bits), (b, columns, column_bits)].into_iter().all(|(variable, values, bits)| {
        let partnered = |index: usize| bits[index / 64] >> (index % 64) & 1 == 1;
        let left: Vec<i64> = (0..values.len()).filter(|&index| partnered(index)).map(|index| values[index]).collect();
        left.len() == values.len() || domains[variable].restrict_to_sorted(&left).is_ok()
    })
}

/// A problem without the variables that an equation defines.
pub(super) struct Reduced {
    pub(super) terms: Terms,
    /// As trees.
    pub(super) truths: Vec<TermId>,
    pub(super) positions: Vec<Position>,
}

/// The variables with more than one value, in the order of the diagram, and where each variable is.
pub(in crate::space) struct Order {
    pub(in crate::space) variables: Vec<u32>,
    places: Vec<Place>,
}

impl Order {
    /// The model's order, with wide variables last: something must determine them.
    pub(in crate::space) fn new(domains: &[Domain]) -> Self {
        let open = |wide: bool| {
            let fits = move |domain: &&Domain| domain.fixed().is_none() && (domain.len() > WIDE) == wide;
            (0u32..).zip(domains).filter(move |(_, domain)| fits(domain)).map(|(index, _)| index)
        };
        let variables: Vec<u32> = open(false).chain(open(true)).collect();
        let mut places: Vec<Place> =
            domains.iter().map(|domain| Place::Fixed(domain.fixed().unwrap_or_default())).collect();
        for (position, &variable) in (0..).zip(&variables) {
            places[variable as usize] = Place::Open(position);
        }
        Self { variables, places }
    }

    /// The variables in another order.
    pub(super) fn reordered(&self, positions: &[Position]) -> Self {
        let moved = |position: &Position| self.variables[*position as usize];
        let mut variables: Vec<u32> = positions.iter().map(moved).collect();
        variables.extend(self.variables.iter().filter(|variable| !variables.contains(variable)).collect::<Vec<_>>());
        let mut places = self.places.clone();
        for (position, &variable) in (0..).zip(&variables) {
            places[variable as usize] = Place::Open(position);
        }
        Self { variables, places }
    }

    /// What must hold of the variables that no equation defines, and these.
    pub(super) fn reduced(&self, model: &Model, domains: &[Domain]) -> Reduced {
        let mut terms = self.terms(domains);
        let truths = self.truths(model, &mut terms);
        let (truths, eliminated) = eliminate(&mut terms, truths);
        let truths = with_implied(&mut terms, truths);
        let truths = without_extremes(&mut terms, truths);
        let positions = (0..).take(self.variables.len());
        let positions = positions.filter(|position| !eliminated.contains(position)).collect();
        Reduced { terms, truths, positions }
    }

    pub(in crate::space) fn build(
        &self,
        model: &Model,
        limits: &Limits,
        deadline: Option<Instant>,
        domains: &[Domain],
    ) -> Result<SolutionSpace, SpaceError> {
        let mut terms = self.terms(domains);
        let truths = self.truths(model, &mut terms);
        let truths = with_implied(&mut terms, truths);
        let truths = without_extremes(&mut terms, truths);
        let truths = with_polynomials(&mut terms, truths);
        let names = |variable: u32| model.variables()[variable as usize].name.clone();
        let mut builder = Builder::new(terms, Growing::new(), &self.variables, &names, limits, deadline);
        let positions: Vec<Position> = (0..).take(self.variables.len()).collect();
        let root = match builder.conjunction(&[], &truths)? {
            Some(truths) => builder.solve(&truths, &positions, 0)?,
            None => NOTHING,
        };
        let Growing { diagram, .. } = builder.into_parts();
        let (diagram, root) = diagram.reachable(root);
        let fixed = domains.iter().map(|domain| domain.fixed().unwrap_or_default()).collect();
        let variables = model.variables().into();
        Ok(SolutionSpace { diagram, root, fixed, open: self.variables.clone(), variables })
    }

    fn terms(&self, domains: &[Domain]) -> Terms {
        Terms::new(Domains::new(self.variables.iter().map(|&variable| &domains[variable as usize])))
    }

    /// What must hold: the constraints, and that the objectives are defined.
    fn truths(&self, model: &Model, terms: &mut Terms) -> Vec<TermId> {
        let mut lowering = Lowering { terms, places: &self.places };
        let mut truths: Vec<TermId> =
            model.constraints().iter().map(|constraint| lowering.truth(&constraint.expr)).collect();
        for objective in model.objectives() {
            let number = lowering.number(&objective.expr);
            truths.push(lowering.terms.defined(number));
        }
        truths
    }
}
