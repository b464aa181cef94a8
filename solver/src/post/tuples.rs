//! What takes several operands at once: all different, rows of a table, items of a list.

use super::poster::{Definition, Poster};
use crate::arith::Interval;
use crate::domain::Domain;
use crate::model::{Expr, MemberSet, Rows};
use crate::normal::{LinearForm, Number};
use crate::propagators::all_different::AllDifferent;
use crate::propagators::element::Element;
use crate::propagators::table::Table;
use crate::store::{Conflict, Literal, Var};

impl Poster {
    pub(super) fn require_all_different(&mut self, operands: &[Expr]) -> Result<(), Conflict> {
        let (numbers, _) = self.numbers(operands, true)?;
        let (numerators, _) = self.common_denominator(numbers)?;
        let vars = self.variables(&numerators)?;
        self.add(AllDifferent::new(vars))
    }

    /// The operands as variables that are equal exactly where the operands are, and when they are defined.
    pub(super) fn comparable(&mut self, operands: &[Expr]) -> Result<(Vec<Var>, Vec<Literal>), Conflict> {
        let (numbers, defined) = self.numbers(operands, false)?;
        let (numerators, _) = self.common_denominator(numbers)?;
        Ok((self.variables(&numerators)?, defined))
    }

    /// The literal that means that no two are equal: each pair differs.
    pub(super) fn all_different(&mut self, operands: &[Expr]) -> Result<Literal, Conflict> {
        let (numbers, mut conditions) = self.numbers(operands, false)?;
        let (numerators, _) = self.common_denominator(numbers)?;
        for (place, form) in numerators.iter().enumerate() {
            for other in &numerators[place + 1..] {
                let difference = self.sum(&[(form, 1), (other, -1)])?;
                conditions.push(self.differs_from_zero(&difference)?);
            }
        }
        let literal = self.truth(true)?;
        self.all_of(conditions, literal)
    }

    pub(super) fn require_row(&mut self, operands: &[Expr], rows: &Rows) -> Result<(), Conflict> {
        let vars = self.integers(operands, true, &mut Vec::new())?;
        if rows.iter().any(|row| row.len() != vars.len()) {
            return Err(Conflict);
        }
        let table = Table::new(&self.engine.store, &vars, rows, None);
        self.add(table)
    }

    /// The literal that means that the operands are a row.
    pub(super) fn is_row(&mut self, operands: &[Expr], rows: &Rows) -> Result<Literal, Conflict> {
        let mut defined = Vec::new();
        // A fraction that is not whole is in no row.
        let vars = self.integers(operands, false, &mut defined)?;
        if rows.iter().any(|row| row.len() != vars.len()) {
            return self.truth(false);
        }
        let var = self.shared(Definition::Table(vars.clone(), rows.clone()), |poster| {
            let var = poster.engine.store.add(Domain::progression(0, 1, 1));
            let table = Table::new(&poster.engine.store, &vars, rows, Some(Literal::of(var)));
            poster.add(table)?;
            Ok(var)
        })?;
        self.all_of(defined, Literal::of(var))
    }

    /// `items[index]`; only the chosen item must be defined.
    pub(super) fn element(&mut self, index: &Expr, items: &[Expr], hard: bool) -> Result<Number, Conflict> {
        let mut defined = Vec::new();
        let index = self.index(index, items.len(), hard, &mut defined)?;
        let (first, last) = (self.engine.store.lo(index), self.engine.store.hi(index));
        if first == last {
            let mut number = self.number(item(items, first), hard)?;
            number.defined.append(&mut defined);
            return Ok(number);
        }
        let mut numbers = Vec::new();
        for position in first..=last {
            let mut number = self.number(item(items, position), false)?;
            self.unless_unused(index, position, &mut number, hard, &mut defined)?;
            numbers.push(number);
        }
        let (numerators, denominator) = self.common_denominator(numbers)?;
        let vars = self.variables(&numerators)?;
        let numerator = LinearForm::variable(self.item_of(index, first, vars)?);
        Ok(Number { numerator, denominator, defined })
    }

    /// The index, which lies where there is an item; that it does is demanded or added to `defined`.
    fn index(&mut self, index: &Expr, length: usize, hard: bool, defined: &mut Vec<Literal>) -> Result<Var, Conflict> {
        let length = i64::try_from(length).expect("fits memory");
        let form = self.integer(index, hard, defined)?;
        let var = self.variable(&form)?;
        let span = Interval::new(-length, length - 1);
        if hard {
            self.engine.store.restrict(var, span)?;
            return Ok(var);
        }
        let inside = self.member(var, MemberSet::Range { start: -length, stop: length, step: 1 })?;
        let form = self.replace_unless(inside, form, 0, hard, defined)?;
        let var = self.variable(&form)?;
        self.engine.store.restrict(var, span)?;
        Ok(var)
    }

    /// What makes an item undefined matters only where the index chooses it.
    fn unless_unused(
        &mut self,
        index: Var,
        position: i64,
        number: &mut Number,
        hard: bool,
        defined: &mut Vec<Literal>,
    ) -> Result<(), Conflict> {
        for literal in std::mem::take(&mut number.defined) {
            let chosen = self.member(index, MemberSet::Values(vec![position]))?;
            let needed = self.any_of(vec![chosen.negate(), literal])?;
            if hard {
                self.engine.store.decide(needed, true)?;
            } else {
                defined.push(needed);
            }
        }
        Ok(())
    }

    /// The variable that equals the item, counted from `first`.
    fn item_of(&mut self, index: Var, first: i64, items: Vec<Var>) -> Result<Var, Conflict> {
        if items.iter().all(|&item| item == items[0]) {
            return Ok(items[0]);
        }
        self.shared(Definition::Element(index, first, items.clone()), |poster| {
            let store = &mut poster.engine.store;
            let around = items.iter().map(|&item| store.hull(item)).reduce(Interval::hull).expect("an item");
            let result = store.add(Domain::from_interval(around));
            poster.relaxation.functions += 1;
            poster.add(Element::new(index, first, items, result))?;
            Ok(result)
        })
    }

    fn variables(&mut self, forms: &[LinearForm]) -> Result<Vec<Var>, Conflict> {
        forms.iter().map(|form| self.variable(form)).collect()
    }

    fn integers(&mut self, operands: &[Expr], hard: bool, defined: &mut Vec<Literal>) -> Result<Vec<Var>, Conflict> {
        let forms =
            operands.iter().map(|operand| self.integer(operand, hard, defined)).collect::<Result<Vec<_>, _>>()?;
        self.variables(&forms)
    }
}

/// The item of an index, which counts from the end if it is negative.
fn item(items: &[Expr], index: i64) -> &Expr {
    let from_start = usize::try_from(index).ok();
    let from_end = || items.len() - usize::try_from(index.unsigned_abs()).expect("within the list");
    &items[from_start.unwrap_or_else(from_end)]
}
