//! [`Scopes`]: sets of open variables, each stored once, so that terms carry a number instead of a list.

use super::ids::Position;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Unions of more scopes are made at once.
const MOST_PAIRWISE: usize = 8;

/// One of the [`Scopes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ScopeId(u32);

impl ScopeId {
    /// No variables.
    pub(super) const EMPTY: Self = Self(0);
}

/// See the module documentation. There are few: what is left of a term has the variables of the term without its first.
#[derive(Debug)]
pub(super) struct Scopes {
    /// Ascending by position, each.
    list: Vec<Rc<[Position]>>,
    /// The same as bits, of the first 64 positions.
    masks: Vec<u64>,
    known: FxHashMap<Rc<[Position]>, ScopeId>,
    unions: FxHashMap<(ScopeId, ScopeId), ScopeId>,
    bytes: usize,
}

impl Scopes {
    pub(super) fn new() -> Self {
        let mut scopes = Self {
            list: Vec::new(),
            masks: Vec::new(),
            known: FxHashMap::default(),
            unions: FxHashMap::default(),
            bytes: 0,
        };
        assert_eq!(scopes.intern(&[]), ScopeId::EMPTY);
        scopes
    }

    fn intern(&mut self, variables: &[Position]) -> ScopeId {
        if let Some(&known) = self.known.get(variables) {
            return known;
        }
        let id = ScopeId(u32::try_from(self.list.len()).expect("fewer than 2^32 scopes"));
        let variables: Rc<[Position]> = variables.into();
        self.bytes += 64 + size_of_val(&*variables);
        let bits = variables.iter().filter(|&&position| position < u64::BITS);
        self.masks.push(bits.fold(0, |mask, position| mask | 1 << position));
        self.list.push(variables.clone());
        self.known.insert(variables, id);
        id
    }

    pub(super) fn single(&mut self, position: Position) -> ScopeId {
        self.intern(&[position])
    }

    pub(super) fn variables(&self, id: ScopeId) -> &[Position] {
        &self.list[id.0 as usize]
    }

    /// Those of the first 64 positions, as bits.
    pub(super) fn mask(&self, id: ScopeId) -> u64 {
        self.masks[id.0 as usize]
    }

    /// The first variable; past all where there is none.
    pub(super) fn first(&self, id: ScopeId) -> Position {
        self.variables(id).first().copied().unwrap_or(Position::MAX)
    }

    /// The union of some scopes. Where there are many, their partial unions are not stored, which would be long lists.
    pub(super) fn union_of(&mut self, scopes: &[ScopeId]) -> ScopeId {
        if scopes.len() <= MOST_PAIRWISE {
            return scopes.iter().fold(ScopeId::EMPTY, |union, &scope| self.union(union, scope));
        }
        let mut all: Vec<Position> = scopes.iter().flat_map(|&scope| self.variables(scope)).copied().collect();
        all.sort_unstable();
        all.dedup();
        self.intern(&all)
    }

    fn union(&mut self, a: ScopeId, b: ScopeId) -> ScopeId {
        if a == b || b == ScopeId::EMPTY {
            return a;
        }
        if a == ScopeId::EMPTY {
            return b;
        }
        let pair = (a.min(b), a.max(b));
        if let Some(&known) = self.unions.get(&pair) {
            return known;
        }
        let mut all = [self.variables(a), self.variables(b)].concat();
        all.sort_unstable();
        all.dedup();
        let union = self.intern(&all);
        self.unions.insert(pair, union);
        union
    }

    /// Bytes held, estimated.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + 24 * self.unions.len()
    }
}
