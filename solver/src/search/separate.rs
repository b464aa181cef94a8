//! [`Separation`]: a model whose objective is a sum falls apart into components that share no variable, perhaps once one
//! variable of few values is decided.

use crate::model::{Expr, Model, Objective, Values, VarId, Variable};
use std::collections::HashMap;

/// So many values a variable may have to be decided for the sake of it.
const MOST_VALUES: u64 = 16;

/// To look for such a variable may take so many visits of a variable in a constraint.
const MOST_VISITS: usize = 1 << 20;

/// What a model falls apart into.
pub(super) struct Separation<'a> {
    model: &'a Model,
    objective: &'a Objective,
    /// To be decided first, if anything.
    pub(super) decided: Option<VarId>,
    /// For each variable its component; none where it is decided, has one value, or matters to nothing.
    component: Vec<Option<usize>>,
    /// How many components there are.
    pub(super) count: usize,
    /// Of each term of the objective the variables that have several values, and of each constraint.
    terms: Vec<Vec<VarId>>,
    constraints: Vec<Vec<VarId>>,
}

impl<'a> Separation<'a> {
    /// At least two components have a part in the first objective; otherwise there is nothing to gain.
    pub(super) fn of(model: &'a Model) -> Option<Self> {
        let objective = model.objectives().first()?;
        let terms = terms(&objective.expr);
        if terms.len() < 2 {
            return None;
        }
        let of_terms = terms.into_iter().map(|term| open(model, term)).collect();
        let of_constraints = model.constraints().iter().map(|constraint| open(model, &constraint.expr)).collect();
        let mut separation = Self {
            model,
            objective,
            decided: None,
            component: Vec::new(),
            count: 0,
            terms: of_terms,
            constraints: of_constraints,
        };
        if separation.falls_apart(None) {
            return Some(separation);
        }
        let visits: usize = separation.parts().map(Vec::len).sum();
        let few = |id: &VarId| (2..=MOST_VALUES).contains(&model.variable(*id).values.len());
        let candidates: Vec<VarId> = model.variable_ids().filter(few).collect();
        let affordable = candidates.len().saturating_mul(visits) <= MOST_VISITS;
        let found = affordable && candidates.into_iter().any(|id| separation.falls_apart(Some(id)));
        found.then_some(separation)
    }

    /// Whether the terms of the objective lie in several components once a variable is decided.
    fn falls_apart(&mut self, decided: Option<VarId>) -> bool {
        let mut union = Union::new(self.model.variables().len());
        let first = |variables: &[VarId]| variables.iter().copied().find(|id| Some(*id) != decided);
        for variables in self.parts() {
            if let Some(first) = first(variables) {
                let others = variables.iter().filter(|id| Some(**id) != decided);
                others.for_each(|id| union.join(first.index(), id.index()));
            }
        }
        let root = |variables: &Vec<VarId>| Some(union.root(first(variables)?.index()));
        let mut of_terms: Vec<usize> = self.terms.iter().filter_map(root).collect();
        of_terms.sort_unstable();
        of_terms.dedup();
        if of_terms.len() < 2 {
            return false;
        }
        let mut is_used = vec![false; self.model.variables().len()];
        self.parts().flatten().filter(|id| Some(**id) != decided).for_each(|id| is_used[id.index()] = true);
        // Numbered in the order of their first variables.
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        let mut number = |(variable, is_used): (usize, bool)| {
            let next = numbers.len();
            is_used.then(|| *numbers.entry(union.root(variable)).or_insert(next))
        };
        self.component = is_used.into_iter().enumerate().map(&mut number).collect();
        self.count = numbers.len();
        self.decided = decided;
        true
    }

    fn parts(&self) -> impl Iterator<Item = &Vec<VarId>> {
        self.terms.iter().chain(&self.constraints)
    }

    /// The component of a constraint or of a term; none where all its variables are decided.
    fn component_of(&self, variables: &[VarId]) -> Option<usize> {
        variables.iter().find_map(|id| self.component[id.index()])
    }

    /// The component's own problem: all other variables have one value, the decided one that which is given. Constraints on
    /// nothing but decided variables belong to each, the terms on them to the first.
    pub(super) fn model_of(&self, component: usize, decided: Option<i64>) -> Model {
        let mut model = Model::new();
        for (id, variable) in self.model.variable_ids().zip(self.model.variables()) {
            let values = match decided.filter(|_| Some(id) == self.decided) {
                Some(value) => single(value),
                None if self.component[id.index()] == Some(component) => variable.values.clone(),
                None => single(variable.values.iter().next().expect("a variable has a value")),
            };
            model.add_variable(variable.name.clone(), values).expect("the names of a model differ");
        }
        let belongs = |variables: &[VarId]| self.component_of(variables).is_none_or(|own| own == component);
        let constraints = self.model.constraints().iter().zip(&self.constraints);
        let own = constraints.filter(|(_, variables)| belongs(variables));
        own.for_each(|(constraint, _)| model.add_constraint(constraint.clone()));
        let belongs = |variables: &[VarId]| self.component_of(variables).unwrap_or(0) == component;
        let terms = terms(&self.objective.expr).into_iter().zip(&self.terms);
        let own: Vec<Expr> = terms.filter(|(_, variables)| belongs(variables)).map(|(term, _)| term.clone()).collect();
        if !own.is_empty() {
            model.add_objective(Objective { expr: Expr::Sum(own), ..self.objective.clone() });
        }
        model
    }

    /// Takes the component's variables from one assignment into another.
    pub(super) fn take(&self, component: usize, from: &[i64], into: &mut [i64]) {
        for ((own, &from), into) in self.component.iter().zip(from).zip(into) {
            if *own == Some(component) {
                *into = from;
            }
        }
    }

    /// An assignment in which nothing is chosen yet but the decided variable.
    pub(super) fn assignment(&self, decided: Option<i64>) -> Vec<i64> {
        let value = |(id, variable): (VarId, &Variable)| {
            let first = || variable.values.iter().next().expect("a variable has a value");
            decided.filter(|_| Some(id) == self.decided).unwrap_or_else(first)
        };
        self.model.variable_ids().zip(self.model.variables()).map(value).collect()
    }

    /// The values to decide on, one after the other; nothing to decide is one of them.
    pub(super) fn decisions(&self) -> Vec<Option<i64>> {
        match self.decided {
            Some(id) => self.model.variable(id).values.iter().map(Some).collect(),
            None => vec![None],
        }
    }
}

fn single(value: i64) -> Values {
    Values::list([value]).expect("it is a value")
}

/// The variables of an expression that have several values.
fn open(model: &Model, expr: &Expr) -> Vec<VarId> {
    let mut variables = expr.variables();
    variables.retain(|&id| model.variable(id).values.len() > 1);
    variables
}

/// The terms of a sum, sums in it taken apart.
fn terms(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Sum(inner) => inner.iter().flat_map(terms).collect(),
        _ => vec![expr],
    }
}

/// Which variables are joined.
struct Union(Vec<usize>);

impl Union {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, of: usize) -> usize {
        let mut root = of;
        while self.0[root] != root {
            self.0[root] = self.0[self.0[root]];
            root = self.0[root];
        }
        root
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
