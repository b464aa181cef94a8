//! Truths of terms: conjunctions and choices without their decided parts, tables without their known columns.

use super::exact::Exact;
use super::term::{Draft, Operands, Operator, Relation, Term, TermId, Terms};
use crate::model::Rows;
use num_traits::ToPrimitive;

impl Terms {
    /// Whether a number is true: defined and not 0.
    pub(super) fn truthy(&mut self, term: TermId) -> TermId {
        match self.get(term) {
            Term::Apply(operator, _) if operator.is_truth() => term,
            _ => self.compare_with_zero(Relation::NotEqual, term),
        }
    }

    pub(super) fn all_of(&mut self, operands: &[TermId]) -> TermId {
        self.junction(&Operator::And, operands, Self::TRUE, Self::FALSE)
    }

    pub(super) fn any_of(&mut self, operands: &[TermId]) -> TermId {
        self.junction(&Operator::Or, operands, Self::FALSE, Self::TRUE)
    }

    fn junction(&mut self, operator: &Operator, operands: &[TermId], neutral: TermId, decides: TermId) -> TermId {
        if operands.contains(&decides) {
            return decides;
        }
        let mut kept = Operands::new();
        for &operand in operands {
            match self.get(operand) {
                Term::Apply(inner, operands) if inner == operator => kept.extend_from_slice(operands),
                _ if operand == neutral => {}
                _ => kept.push(operand),
            }
        }
        kept.sort_unstable();
        kept.dedup();
        match kept[..] {
            [] => neutral,
            [only] => only,
            _ => self.intern(Draft::Apply(operator, &kept)),
        }
    }

    pub(super) fn negation(&mut self, operand: TermId) -> TermId {
        let flipped = match self.get(operand) {
            Term::Constant(value) => return Self::truth(value.is_zero()),
            Term::TooLarge => return Self::TOO_LARGE,
            Term::Apply(Operator::Not, inner) => return inner[0],
            Term::Apply(Operator::Compare(relation), inner) if self.facts(inner[0]).total => {
                Some((*relation, inner[0]))
            }
            _ => None,
        };
        let Some((relation, term)) = flipped else {
            return self.intern(Draft::Apply(&Operator::Not, &[operand]));
        };
        let (relation, sign) = match relation {
            Relation::Equal => (Relation::NotEqual, 1),
            Relation::NotEqual => (Relation::Equal, 1),
            Relation::AtMost => (Relation::Below, -1),
            Relation::Below => (Relation::AtMost, -1),
        };
        let term = self.sum(&[(term, Exact::Whole(sign))], Exact::ZERO);
        self.compare_with_zero(relation, term)
    }

    pub(super) fn choice(&mut self, operands: &[TermId]) -> TermId {
        match operands[0] {
            Self::TRUE => operands[1],
            Self::FALSE => operands[2],
            Self::TOO_LARGE => Self::TOO_LARGE,
            _ if operands[1] == operands[2] => operands[1],
            _ => self.intern(Draft::Apply(&Operator::If, operands)),
        }
    }

    pub(super) fn item(&mut self, operands: &[TermId]) -> TermId {
        let index = match self.get(operands[0]) {
            Term::Undefined => return Self::UNDEFINED,
            Term::TooLarge => return Self::TOO_LARGE,
            Term::Constant(index) => index.small(),
            _ => return self.intern(Draft::Apply(&Operator::Element, operands)),
        };
        let items = &operands[1..];
        let from_end = i64::try_from(items.len()).expect("fits memory");
        let position = index.map(|index| if index < 0 { index + from_end } else { index });
        position.and_then(|position| items.get(position.to_usize()?)).copied().unwrap_or(Self::UNDEFINED)
    }

    pub(super) fn all_different(&mut self, operands: &[TermId]) -> TermId {
        let mut operands = Operands::from_slice(operands);
        operands.sort_unstable();
        if operands.windows(2).any(|pair| pair[0] == pair[1]) {
            return Self::FALSE;
        }
        match operands[..] {
            [] => Self::TRUE,
            [only] => self.defined(only),
            _ if operands.iter().all(|&operand| self.number(operand).is_some()) => Self::TRUE,
            _ => self.intern(Draft::Apply(&Operator::AllDifferent, &operands)),
        }
    }

    /// Keeps the rows that agree with the operands that are known, and the columns of the others.
    pub(super) fn table(&mut self, rows: &Rows, operands: &[TermId]) -> TermId {
        let mut known = Vec::new();
        let mut open = Vec::new();
        for (column, &operand) in operands.iter().enumerate() {
            match self.number(operand) {
                Some(number) => match number.small() {
                    Some(value) => known.push((column, value)),
                    None => return Self::FALSE,
                },
                None => open.push(column),
            }
        }
        let matching = rows.iter().filter(|row| known.iter().all(|&(column, value)| row[column] == value));
        if open.is_empty() {
            return Self::truth(matching.count() > 0);
        }
        let left = if known.is_empty() {
            rows.clone()
        } else {
            let rows = matching.map(|row| open.iter().map(|&column| row[column]).collect());
            Rows::new(rows).expect("parts of rows that were allowed")
        };
        if left.is_empty() {
            return Self::FALSE;
        }
        let operands: Operands = open.iter().map(|&column| operands[column]).collect();
        self.intern(Draft::Apply(&Operator::Table(left), &operands))
    }
}
