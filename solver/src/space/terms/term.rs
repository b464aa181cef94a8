//! [`Terms`]: expressions and what is left of them, each stored once.
//!
//! Equal terms have equal [`TermId`]s, so that residual problems are compared by comparing lists of numbers. A term
//! carries what simplification asks of it: the variables that are open in it, bounds, whether it is an integer, and
//! whether it is defined everywhere. Most terms that are asked for are there already, so they are looked up as a
//! [`Draft`], which lends its lists, and only new ones allocate.

use super::exact::Exact;
pub(in crate::space) use super::ids::{Position, TermId};
pub(in crate::space) use super::relation::Relation;
use super::scopes::{ScopeId, Scopes};
use super::sets::{Domains, SetId, Sets};
use super::shapes::{ShapeId, Shapes};
use super::table::Table;
use crate::model::{Comparison, MemberSet, Rows};
use indexmap::IndexMap;
use indexmap::map::raw_entry_v1::{RawEntryApiV1, RawEntryMut};
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;
use std::hash::BuildHasher;
use std::rc::Rc;

/// The operations that are neither linear nor a variable, applied to a list of terms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::space) enum Operator {
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
    FloorLog2,
    FloorRoot(u32),
    BitAnd,
    Compare(Relation),
    /// A comparison of which the first, second or both sides are logarithms of the operands.
    CompareLog(Comparison, bool, bool),
    Divides,
    IsPowerOfTwo,
    Member(Rc<MemberSet>),
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
    pub(in crate::space) fn is_truth(&self) -> bool {
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
pub(in crate::space) enum Term {
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
    /// A polynomial compared with 0: a coefficient for each monomial of the shape, then the constant.
    Polynomial(Relation, ShapeId, Rc<[i64]>),
}

/// A term that is looked up: like [`Term`], with lists that are lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::space) enum Draft<'a> {
    Constant(&'a Exact),
    Undefined,
    TooLarge,
    Variable(Position),
    Linear(&'a [(TermId, Exact)], &'a Exact),
    Apply(&'a Operator, &'a [TermId]),
    InSet(Position, SetId),
    Polynomial(Relation, ShapeId, &'a [i64]),
}

impl Draft<'_> {
    fn to_term(self) -> Term {
        match self {
            Self::Constant(value) => Term::Constant(value.clone()),
            Self::Undefined => Term::Undefined,
            Self::TooLarge => Term::TooLarge,
            Self::Variable(position) => Term::Variable(position),
            Self::Linear(terms, constant) => Term::Linear(terms.into(), constant.clone()),
            Self::Apply(operator, operands) => Term::Apply(operator.clone(), operands.into()),
            Self::InSet(position, set) => Term::InSet(position, set),
            Self::Polynomial(relation, shape, coefficients) => Term::Polynomial(relation, shape, coefficients.into()),
        }
    }

    fn heap_bytes(self) -> usize {
        match self {
            Self::Constant(value) => value.heap_bytes(),
            Self::Linear(terms, constant) => {
                let numbers: usize = terms.iter().map(|(_, coefficient)| coefficient.heap_bytes()).sum();
                ALLOCATION_BYTES + size_of_val(terms) + numbers + constant.heap_bytes()
            }
            Self::Apply(_, operands) => ALLOCATION_BYTES + size_of_val(operands),
            Self::Polynomial(_, _, coefficients) => ALLOCATION_BYTES + size_of_val(coefficients),
            _ => 0,
        }
    }
}

impl Term {
    fn as_draft(&self) -> Draft<'_> {
        match self {
            Self::Constant(value) => Draft::Constant(value),
            Self::Undefined => Draft::Undefined,
            Self::TooLarge => Draft::TooLarge,
            Self::Variable(position) => Draft::Variable(*position),
            Self::Linear(terms, constant) => Draft::Linear(terms, constant),
            Self::Apply(operator, operands) => Draft::Apply(operator, operands),
            Self::InSet(position, set) => Draft::InSet(*position, *set),
            Self::Polynomial(relation, shape, coefficients) => Draft::Polynomial(*relation, *shape, coefficients),
        }
    }
}

/// Operands on their way to [`Terms::apply`]: most lists are short, and need no allocation.
pub(in crate::space) type Operands = SmallVec<[TermId; 8]>;

/// What an equation of two variables leaves of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::space) enum Support {
    /// Nothing is known.
    Unknown,
    /// No pair satisfies it.
    Empty,
    /// The first and the second variable have a partner for these values only.
    Sets([(Position, SetId); 2]),
}

/// Bounds that round outward; the extreme values stand for the infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::space) struct Bounds {
    pub(in crate::space) lo: i128,
    pub(in crate::space) hi: i128,
}

impl Bounds {
    pub(super) const ALL: Self = Self { lo: i128::MIN, hi: i128::MAX };
    pub(super) const TRUTH: Self = Self { lo: 0, hi: 1 };

    pub(in crate::space) fn is_bounded(self) -> bool {
        self.lo != i128::MIN && self.hi != i128::MAX
    }
}

/// What is known of a term.
#[derive(Debug, Clone, Copy)]
pub(in crate::space) struct Facts {
    /// The open variables.
    pub(super) scope: ScopeId,
    /// The first of them; past all where there is none.
    pub(in crate::space) first: Position,
    pub(in crate::space) bounds: Bounds,
    pub(in crate::space) integer: bool,
    /// Defined for all values of its variables.
    pub(in crate::space) total: bool,
}

/// Bytes of a term beside its lists: its place in a map, which doubles as it grows.
const TERM_BYTES: usize = 2 * size_of::<(Term, Facts)>();

/// Bytes of a shared list beside its items, with what the allocator adds.
const ALLOCATION_BYTES: usize = 32;

/// How many terms, and what is known of them, there were at some time.
#[derive(Debug)]
pub(in crate::space) struct Mark {
    terms: TermId,
    sets: usize,
    places: usize,
}

impl Mark {
    /// Whether a term was there.
    pub(in crate::space) fn covers(&self, term: TermId) -> bool {
        term < self.terms
    }
}

/// All terms of a building, and the sets that they speak of.
#[derive(Debug)]
pub(in crate::space) struct Terms {
    list: IndexMap<Term, Facts, FxBuildHasher>,
    pub(super) scopes: Scopes,
    pub(super) shapes: Shapes,
    pub(super) table: Table,
    /// Results of substitutions: the first variable of the term is the one that got the value.
    pub(super) substituted: FxHashMap<(TermId, i64), TermId>,
    /// For truths of a single variable, the values that make them true.
    pub(super) as_set: FxHashMap<TermId, TermId>,
    /// What two sets of values of the same variable have in common.
    pub(super) meets: FxHashMap<(TermId, TermId), TermId>,
    /// What equations of two variables leave of each.
    pub(super) supports: FxHashMap<TermId, Support>,
    pub(in crate::space) sets: Sets,
    pub(in crate::space) domains: Domains,
    /// Evaluations that were made without a new term.
    pub(in crate::space) work: u64,
    bytes: usize,
}

impl Terms {
    pub(in crate::space) const FALSE: TermId = TermId(0);
    pub(in crate::space) const TRUE: TermId = TermId(1);
    pub(in crate::space) const UNDEFINED: TermId = TermId(2);
    pub(in crate::space) const TOO_LARGE: TermId = TermId(3);

    pub(in crate::space) fn new(domains: Domains) -> Self {
        let mut terms = Self {
            list: IndexMap::default(),
            scopes: Scopes::new(),
            shapes: Shapes::default(),
            table: Table::default(),
            substituted: FxHashMap::default(),
            as_set: FxHashMap::default(),
            meets: FxHashMap::default(),
            supports: FxHashMap::default(),
            sets: Sets::default(),
            domains,
            work: 0,
            bytes: 0,
        };
        for (term, id) in [
            (Draft::Constant(&Exact::ZERO), Self::FALSE),
            (Draft::Constant(&Exact::ONE), Self::TRUE),
            (Draft::Undefined, Self::UNDEFINED),
            (Draft::TooLarge, Self::TOO_LARGE),
        ] {
            assert_eq!(terms.intern(term), id);
        }
        terms
    }

    /// The one copy of a term, which is already as simple as it gets.
    pub(in crate::space) fn intern(&mut self, draft: Draft<'_>) -> TermId {
        let hash = self.list.hasher().hash_one(draft);
        if let Some(known) = self.find(hash, draft) {
            return known;
        }
        let facts = self.facts_of(draft);
        self.add(hash, draft, facts)
    }

    /// Likewise, where what is known of the term was found before.
    pub(super) fn intern_with(&mut self, draft: Draft<'_>, facts: Facts) -> TermId {
        let hash = self.list.hasher().hash_one(draft);
        self.find(hash, draft).unwrap_or_else(|| self.add(hash, draft, facts))
    }

    fn find(&self, hash: u64, draft: Draft<'_>) -> Option<TermId> {
        self.list.raw_entry_v1().index_from_hash(hash, |term| term.as_draft() == draft).map(Self::id)
    }

    fn add(&mut self, hash: u64, draft: Draft<'_>, facts: Facts) -> TermId {
        self.bytes += TERM_BYTES + draft.heap_bytes();
        let index = self.list.len();
        let RawEntryMut::Vacant(place) = self.list.raw_entry_mut_v1().from_hash(hash, |_| false) else {
            unreachable!("nothing matches")
        };
        place.insert_hashed_nocheck(hash, draft.to_term(), facts);
        Self::id(index)
    }

    fn id(index: usize) -> TermId {
        TermId(u32::try_from(index).expect("fewer than 2^32 terms"))
    }

    pub(in crate::space) fn get(&self, id: TermId) -> &Term {
        self.list.get_index(id.0 as usize).expect("an id of these terms").0
    }

    pub(in crate::space) fn facts(&self, id: TermId) -> &Facts {
        &self.list[id.0 as usize]
    }

    /// The open variables of a term, ascending.
    pub(in crate::space) fn variables(&self, id: TermId) -> &[Position] {
        self.scopes.variables(self.facts(id).scope)
    }

    /// The open variables as bits, where all are among the first 64.
    pub(in crate::space) fn mask(&self, id: TermId) -> u64 {
        self.scopes.mask(self.facts(id).scope)
    }

    /// The number, if the term is one.
    pub(in crate::space) fn number(&self, id: TermId) -> Option<&Exact> {
        match self.get(id) {
            Term::Constant(value) => Some(value),
            _ => None,
        }
    }

    pub(in crate::space) fn constant(&mut self, value: &Exact) -> TermId {
        self.intern(Draft::Constant(value))
    }

    /// 0 or 1.
    pub(super) fn truth(value: bool) -> TermId {
        if value { Self::TRUE } else { Self::FALSE }
    }

    /// What there is now, to be kept by [`Terms::release`].
    pub(in crate::space) fn mark(&self) -> Mark {
        Mark { terms: Self::id(self.list.len()), sets: self.sets.mark(), places: self.table.mark() }
    }

    /// Forgets all terms and sets that were made since, and what is known of them.
    pub(in crate::space) fn release(&mut self, mark: &Mark) {
        let kept = mark.terms;
        for (term, _) in self.list.iter().skip(kept.0 as usize) {
            self.bytes -= TERM_BYTES + term.as_draft().heap_bytes();
        }
        self.list.truncate(kept.0 as usize);
        self.substituted.retain(|(term, _), left| *term < kept && *left < kept);
        self.as_set.retain(|term, set| *term < kept && *set < kept);
        self.meets.retain(|(a, b), met| *a < kept && *b < kept && *met < kept);
        let support_kept = |support: &Support| match support {
            Support::Sets(sets) => sets.iter().all(|(_, set)| set.is_before(mark.sets)),
            Support::Unknown | Support::Empty => true,
        };
        self.supports.retain(|term, support| *term < kept && support_kept(support));
        self.table.release(mark.places, kept);
        self.sets.release(mark.sets);
    }

    /// Bytes held, estimated.
    pub(in crate::space) fn bytes(&self) -> usize {
        self.bytes
            + 80 * self.substituted.len()
            + 32 * (self.as_set.len() + self.meets.len() + self.supports.len())
            + self.sets.bytes()
            + self.scopes.bytes()
            + self.shapes.bytes()
            + self.table.bytes()
    }
}
