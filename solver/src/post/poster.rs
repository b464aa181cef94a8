//! [`Poster`]: an engine on its way, and the auxiliary variables made so far.

use super::congruence::Congruence;
use crate::arith::{INFINITY, Interval, clamp, is_finite};
use crate::domain::Domain;
use crate::engine::Engine;
use crate::function::{Function, Functional};
use crate::model::{Expr, MemberSet, Model, Rows};
use crate::normal::LinearForm;
use crate::propagator::{Propagator, Status};
use crate::propagators::bitwise::BitAnd;
use crate::propagators::division::{Division, Round};
use crate::propagators::gcd::{Gcd, Lcm};
use crate::propagators::linear::{Linear, Relation};
use crate::propagators::power::Power;
use crate::propagators::product::Product;
use crate::propagators::remainder::Remainder;
use crate::propagators::rounded::Rounded;
use crate::relax::{Relaxation, Row};
use crate::store::{Conflict, Literal, Var};
use rustc_hash::FxHashMap;

/// An operation that defines an auxiliary variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Product,
    FloorDivide,
    CeilDivide,
    Remainder,
    Power,
    FloorLog,
    FloorRoot,
    BitAnd,
    Gcd,
    Lcm,
}

impl Operation {
    fn commutes(self) -> bool {
        matches!(self, Self::Product | Self::Gcd | Self::Lcm | Self::BitAnd)
    }
}

/// What an auxiliary variable is, so that it is made once.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Definition {
    Constant(i64),
    Linear(LinearForm),
    Operation(Operation, Var, Var),
    Absolute(Var),
    Extremum(bool, Vec<Var>),
    Choice(Literal, Var, Var),
    Compare(Relation, LinearForm),
    AnyOf(Vec<Literal>),
    Member(Var, MemberSet),
    Table(Vec<Var>, Rows),
    Element(Var, i64, Vec<Var>),
}

/// A model on its way into an engine.
pub(super) struct Poster {
    pub(super) engine: Engine,
    pub(super) known: FxHashMap<Definition, Var>,
    pub(super) exact_check: bool,
    pub(super) relaxation: Relaxation,
    /// How many variables belong to the model.
    pub(super) decisions: usize,
    pub(super) congruences: Vec<Congruence>,
    /// Parts of congruences that are no polynomials, each once.
    pub(super) unknowns: Vec<Expr>,
}

impl Poster {
    pub(super) fn new(model: &Model) -> Self {
        let mut engine = Engine::new();
        for variable in model.variables() {
            engine.store.add(Domain::from_values(&variable.values));
        }
        Self {
            engine,
            known: FxHashMap::default(),
            exact_check: false,
            relaxation: Relaxation::default(),
            decisions: model.variables().len(),
            congruences: Vec::new(),
            unknowns: Vec::new(),
        }
    }

    /// Runs the propagator once and keeps it unless it has nothing more to say.
    pub(super) fn add(&mut self, propagator: impl Propagator + 'static) -> Result<(), Conflict> {
        if propagator.propagate(&mut self.engine.store)? != Status::Entailed {
            self.engine.post(Box::new(propagator));
        }
        Ok(())
    }

    /// Sums of terms this large may not fit the numbers of the propagators: then each leaf is checked exactly.
    pub(super) fn note_magnitude(&mut self, terms: &[(Var, i64)]) {
        const LARGEST_TERM: i128 = 1 << 100;
        let magnitude = |&(var, coefficient): &(Var, i64)| {
            let hull = self.engine.store.hull(var);
            i128::from(coefficient).abs() * i128::from(hull.lo.abs().max(hull.hi.abs()))
        };
        self.exact_check |= terms.iter().any(|term| magnitude(term) >= LARGEST_TERM);
    }

    /// Adds a linear constraint that must hold, to the propagators and to the relaxation.
    pub(super) fn add_row(&mut self, terms: Vec<(Var, i64)>, relation: Relation, limit: i128) -> Result<(), Conflict> {
        self.note_magnitude(&terms);
        if relation != Relation::NotEqual {
            self.relaxation.rows.push(Row { terms: terms.clone(), limit, equal: relation == Relation::Equal });
        }
        self.add(Linear { terms, relation, constant: limit, meaning_of: None })
    }

    /// The variable of a definition, made by `define` the first time.
    pub(super) fn shared(
        &mut self,
        definition: Definition,
        define: impl FnOnce(&mut Self) -> Result<Var, Conflict>,
    ) -> Result<Var, Conflict> {
        if let Some(&var) = self.known.get(&definition) {
            return Ok(var);
        }
        let var = define(self)?;
        self.known.insert(definition, var);
        Ok(var)
    }

    pub(super) fn constant(&mut self, value: i64) -> Result<Var, Conflict> {
        self.shared(Definition::Constant(value), |poster| Ok(poster.engine.store.add(Domain::singleton(value))))
    }

    /// A variable without a propagator: at each leaf the checker decides instead.
    pub(super) fn undefined(&mut self, interval: Interval) -> Var {
        self.exact_check = true;
        self.engine.store.add(Domain::from_interval(interval))
    }

    /// The variable that equals the form.
    pub(super) fn variable(&mut self, form: &LinearForm) -> Result<Var, Conflict> {
        if let Some(value) = form.as_constant() {
            let bound = clamp(value);
            return if is_finite(bound) { self.constant(bound) } else { Ok(self.undefined(Interval::point(bound))) };
        }
        if let ([(var, 1)], 0) = (form.terms.as_slice(), form.constant) {
            return Ok(*var);
        }
        self.shared(Definition::Linear(form.clone()), |poster| {
            let hull = form.hull(&poster.engine.store);
            let step = form.step(&poster.engine.store).max(1);
            let var = poster.engine.store.add(Domain::progression(hull.lo, hull.hi, step));
            let mut terms = form.terms.clone();
            terms.push((var, -1));
            poster.add_row(terms, Relation::Equal, -form.constant)?;
            Ok(var)
        })
    }

    /// `Σ factor·form`, exactly; forms whose numbers grow too large are replaced by their variables.
    pub(super) fn sum(&mut self, parts: &[(&LinearForm, i128)]) -> Result<LinearForm, Conflict> {
        if let Some(sum) = LinearForm::sum(parts.iter().copied()) {
            return Ok(sum);
        }
        let mut products = Vec::with_capacity(parts.len());
        for &(form, factor) in parts {
            let scaled = if let Some(scaled) = form.scale(factor) {
                self.variable(&scaled)?
            } else {
                let (form, factor) = (self.variable(form)?, self.variable(&LinearForm::constant(factor))?);
                self.operation(Operation::Product, form, factor)?
            };
            products.push(LinearForm::variable(scaled));
        }
        Ok(LinearForm::sum(products.iter().map(|form| (form, 1))).expect("small coefficients"))
    }

    /// `a * b`.
    pub(super) fn multiply(&mut self, a: &LinearForm, b: &LinearForm) -> Result<LinearForm, Conflict> {
        if let Some(factor) = a.as_constant() {
            return self.sum(&[(b, factor)]);
        }
        if let Some(factor) = b.as_constant() {
            return self.sum(&[(a, factor)]);
        }
        // Common factors of the coefficients move out, so that 2*x * y and x * 2*y share x * y.
        let ((a, outside_a), (b, outside_b)) = (primitive(a), primitive(b));
        let (x, y) = (self.variable(&a)?, self.variable(&b)?);
        let product = LinearForm::variable(self.operation(Operation::Product, x, y)?);
        self.sum(&[(&product, outside_a * outside_b)])
    }

    /// The variable that equals `operation(x, y)`.
    pub(super) fn operation(&mut self, operation: Operation, x: Var, y: Var) -> Result<Var, Conflict> {
        if operation == Operation::Product && x == y {
            let two = self.constant(2)?;
            return self.operation(Operation::Power, x, two);
        }
        let (x, y) = if operation.commutes() && y < x { (y, x) } else { (x, y) };
        self.shared(Definition::Operation(operation, x, y), |poster| match operation {
            Operation::Product => {
                let z = poster.define(Product, x, y)?;
                poster.relaxation.add_product(x, y, z);
                Ok(z)
            }
            Operation::FloorDivide => poster.define(Division(Round::Down), x, y),
            Operation::CeilDivide => poster.define(Division(Round::Up), x, y),
            Operation::Remainder => poster.define(Remainder, x, y),
            Operation::Power => {
                let z = poster.define(Power, x, y)?;
                if let Some(exponent) = poster.engine.store.fixed(y) {
                    poster.relaxation.add_power(x, exponent, z);
                }
                Ok(z)
            }
            Operation::FloorLog => poster.define(Rounded::Logarithm, x, y),
            Operation::FloorRoot => poster.define(Rounded::Root, x, y),
            Operation::BitAnd => poster.define(BitAnd, x, y),
            Operation::Gcd => poster.define(Gcd, x, y),
            Operation::Lcm => poster.define(Lcm, x, y),
        })
    }

    pub(super) fn define<F: Function + 'static>(&mut self, function: F, x: Var, y: Var) -> Result<Var, Conflict> {
        let store = &mut self.engine.store;
        let image = function.image(store.hull(x), store.hull(y));
        if image.is_empty() {
            return Err(Conflict);
        }
        let z = store.add(Domain::from_interval(image));
        self.relaxation.functions += 1;
        self.add(Functional::new(function, x, y, z))?;
        Ok(z)
    }
}

/// The form divided by the greatest common divisor of its numbers, and that divisor.
fn primitive(form: &LinearForm) -> (LinearForm, i128) {
    let constant = clamp(form.constant);
    let divisor = form.terms.iter().fold(constant, |divisor, &(_, c)| crate::arith::gcd(divisor, c)).max(1);
    if divisor == 1 || constant.abs() >= INFINITY {
        return (form.clone(), 1);
    }
    let terms = form.terms.iter().map(|&(var, c)| (var, c / divisor)).collect();
    (LinearForm { terms, constant: form.constant / i128::from(divisor) }, i128::from(divisor))
}
