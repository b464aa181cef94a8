//! [`Terms`]: expressions and what is left of them, each stored once.
//!
//! Equal terms have equal [`TermId`]s, so that residual problems are compared by comparing lists of numbers. A term
//! carries what simplification asks of it: the variables that are open in it, bounds, whether it is an integer, and
//! whether it is defined everywhere.

use super::exact::Exact;
use super::machine::Support;
use super::sets::{Domains, SetId, Sets};
use crate::model::{Comparison, MemberSet, Rows};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::rc::Rc;

/// The position of a variable in the order of the diagram.
pub(super) type Position = u32;

/// One of the [`Terms`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TermId(u32);

/// How a linear form is compared with 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    AtMost,
    Below,
}

/// The operations that are neither linear nor a variable, applied to a list of terms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operator {
    Product,
    Quotient,
    FloorDivide,
    CeilDivide,
    Remainder,
    Power,
    Minimum,
    Maximum,
    Absolute,
    Gcd,
    Lcm,
    Log2,
    Compare(Relation),
    /// A comparison of which the first, second or both sides are logarithms of the operands.
    CompareLog(Comparison, bool, bool),
    Divides,
    IsPowerOfTwo,
    Member(MemberSet),
    AllDifferent,
    Table(Rows),
    And,
    Or,
    Not,
    /// Condition, value where it is true, value where it is false.
    If,
    /// The index, then the items.
    Element,
}

impl Operator {
    /// Whether the result is 0 or 1, and always defined.
    pub(super) fn is_truth(&self) -> bool {
        matches!(
            self,
            Self::Compare(_)
                | Self::CompareLog(..)
                | Self::Divides
                | Self::IsPowerOfTwo
                | Self::Member(_)
                | Self::AllDifferent
                | Self::Table(_)
                | Self::And
                | Self::Or
                | Self::Not
        )
    }
}

/// An expression over open variables.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Term {
    Constant(Exact),
    Undefined,
    /// A power that is too large to be computed.
    TooLarge,
    Variable(Position),
    /// `Σ c·t + constant`: ascending by term. A coefficient is 0 only where the term is not defined everywhere.
    Linear(Rc<[(TermId, Exact)]>, Exact),
    Apply(Operator, Rc<[TermId]>),
    /// Whether the variable is in the set.
    InSet(Position, SetId),
}

/// Bounds that round outward; the extreme values stand for the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) lo: i128,
    pub(super) hi: i128,
}

impl Bounds {
    pub(super) const ALL: Self = Self { lo: i128::MIN, hi: i128::MAX };
    pub(super) const TRUTH: Self = Self { lo: 0, hi: 1 };

    pub(super) fn is_bounded(self) -> bool {
        self.lo != i128::MIN && self.hi != i128::MAX
    }
}

/// What is known of a term.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The open variables, ascending.
    pub(super) variables: Rc<[Position]>,
    pub(super) bounds: Bounds,
    pub(super) integer: bool,
    /// Defined for all values of its variables.
    pub(super) total: bool,
}

/// All terms of a building, and the sets that they speak of.
#[derive(Debug)]
pub(super) struct Terms {
    list: IndexMap<Term, Facts, FxBuildHasher>,
    /// Results of substitutions: the first variable of the term is the one that got the value.
    pub(super) substituted: FxHashMap<(TermId, i64), TermId>,
    /// For truths of a single variable, the values that make them true.
    pub(super) as_set: FxHashMap<TermId, TermId>,
    /// What equations of two variables leave of each.
    pub(super) supports: FxHashMap<TermId, Support>,
    pub(super) sets: Sets,
    pub(super) domains: Domains,
    bytes: usize,
}

impl Terms {
    pub(super) const FALSE: TermId = TermId(0);
    pub(super) const TRUE: TermId = TermId(1);
    pub(super) const UNDEFINED: TermId = TermId(2);
    pub(super) const TOO_LARGE: TermId = TermId(3);

    pub(super) fn new(domains: Domains) -> Self {
        let mut terms = Self {
            list: IndexMap::default(),
            substituted: FxHashMap::default(),
            as_set: FxHashMap::default(),
            supports: FxHashMap::default(),
            sets: Sets::default(),
            domains,
            bytes: 0,
        };
        for (term, id) in [
            (Term::Constant(Exact::ZERO), Self::FALSE),
            (Term::Constant(Exact::ONE), Self::TRUE),
            (Term::Undefined, Self::UNDEFINED),
            (Term::TooLarge, Self::TOO_LARGE),
        ] {
            assert_eq!(terms.intern(term), id);
        }
        terms
    }

    /// The one copy of a term, which is already as simple as it gets.
    pub(super) fn intern(&mut self, term: Term) -> TermId {
        if let Some(index) = self.list.get_index_of(&term) {
            return Self::id(index);
        }
        let facts = self.facts_of(&term);
        self.bytes += 2 * size_of::<(Term, Facts)>() + heap_bytes(&term) + 4 * facts.variables.len();
        Self::id(self.list.insert_full(term, facts).0)
    }

    /// An empty list, shared with the first term, which is a constant.
    pub(super) fn no_variables(&self) -> Rc<[Position]> {
        self.list.first().map(|(_, facts)| facts.variables.clone()).unwrap_or_default()
    }

    fn id(index: usize) -> TermId {
        TermId(u32::try_from(index).expect("fewer than 2^32 terms"))
    }

    pub(super) fn get(&self, id: TermId) -> &Term {
        self.list.get_index(id.0 as usize).expect("an id of these terms").0
    }

    pub(super) fn facts(&self, id: TermId) -> &Facts {
        &self.list[id.0 as usize]
    }

    pub(super) fn variables(&self, id: TermId) -> &[Position] {
        &self.facts(id).variables
    }

    /// The number, if the term is one.
    pub(super) fn number(&self, id: TermId) -> Option<&Exact> {
        match self.get(id) {
            Term::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn constant(&mut self, value: Exact) -> TermId {
        self.intern(Term::Constant(value))
    }

    /// 0 or 1.
    pub(super) fn truth(value: bool) -> TermId {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// Bytes held, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + 32 * (self.substituted.len() + self.as_set.len() + self.supports.len()) + self.sets.bytes()
    }

    /// The union of the variables of some terms, ascending.
    pub(super) fn union<'a>(&self, terms: impl IntoIterator<Item = &'a TermId>) -> Rc<[Position]> {
        let mut union = &self.facts(Self::FALSE).variables;
        let mut larger: Rc<[Position]>;
        for &term in terms {
            let other = &self.facts(term).variables;
            if union.is_empty() || Rc::ptr_eq(union, other) {
                union = other;
            } else if !other.iter().all(|position| union.binary_search(position).is_ok()) {
                let mut all: Vec<Position> = union.iter().chain(other.iter()).copied().collect();
                all.sort_unstable();
                all.dedup();
                larger = all.into();
                union = &larger;
            }
        }
        union.clone()
    }
}

fn heap_bytes(term: &Term) -> usize {
    match term {
        Term::Linear(terms, _) => size_of_val(&**terms),
        Term::Apply(_, operands) => size_of_val(&**operands),
        _ => 0,
    }
}
