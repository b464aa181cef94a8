//! What names mean.

use std::collections::BTreeMap;

use crate::model::{Expr, Model};

/// Gives names their meaning: variables, constants and named expressions alike are expressions.
pub trait Scope {
    /// The expression that the name stands for.
    fn resolve(&self, name: &str) -> Option<Expr>;

    /// Every name that [`Scope::resolve`] knows, for suggestions when one is misspelled.
    fn names(&self) -> Vec<String>;
}

impl Scope for Model {
    fn resolve(&self, name: &str) -> Option<Expr> {
        self.find(name).map(Expr::Variable)
    }

    fn names(&self) -> Vec<String> {
        self.variables().iter().map(|variable| variable.name.clone()).collect()
    }
}

/// Named expressions, over another scope or none. A name hides the same name of the scope below.
///
/// ```
/// use constrint_solver::language::{Names, parse};
/// use constrint_solver::model::{Expr, Model, Values};
///
/// let mut model = Model::new();
/// let x = model.add_variable("x", Values::range(1, 9, 1)?)?;
/// let mut names = Names::over(&model);
/// names.insert("K", Expr::Constant(4));
/// assert_eq!(parse("x * K", &names).unwrap(), Expr::from(x) * 4);
/// # Ok::<(), constrint_solver::model::ModelError>(())
/// ```
#[derive(Clone, Default)]
pub struct Names<'a> {
    own: BTreeMap<String, Expr>,
    below: Option<&'a dyn Scope>,
}

impl<'a> Names<'a> {
    /// No names at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of another scope, to which more can be added.
    pub fn over(below: &'a dyn Scope) -> Self {
        Self { own: BTreeMap::new(), below: Some(below) }
    }

    /// Gives a name its meaning, and returns the one that it had here.
    pub fn insert(&mut self, name: impl Into<String>, meaning: impl Into<Expr>) -> Option<Expr> {
        self.own.insert(name.into(), meaning.into())
    }
}

impl Scope for Names<'_> {
    fn resolve(&self, name: &str) -> Option<Expr> {
        self.own.get(name).cloned().or_else(|| self.below?.resolve(name))
    }

    fn names(&self) -> Vec<String> {
        let below = self.below.map(Scope::names).unwrap_or_default();
        self.own.keys().cloned().chain(below).collect()
    }
}

impl std::fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("own", &self.own).field("names", &self.names()).finish()
    }
}
