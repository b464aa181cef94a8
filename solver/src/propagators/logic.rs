//! A literal that means that at least one of several literals is true. "All of them" is the opposite of "one is false".
//!
//! Domain consistent.

use crate::propagator::{Consistency, Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Literal, Store, Var};

/// `result` holds exactly where some of `operands` does.
#[derive(Debug)]
pub(crate) struct AnyOf {
    pub(crate) operands: Vec<Literal>,
    pub(crate) result: Literal,
}

impl Propagator for AnyOf {
    fn scope(&self) -> Vec<(Var, Events)> {
        self.operands.iter().chain([&self.result]).map(|literal| (literal.var, Events::FIXED)).collect()
    }

    fn family(&self) -> Family {
        Family::Logic
    }

    fn priority(&self) -> Priority {
        if self.operands.len() <= 3 { Priority::Unary } else { Priority::Linear }
    }

    fn consistency(&self) -> Consistency {
        Consistency::Domain
    }

    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
        // 1. A true operand makes the result true.
        if self.operands.iter().any(|&operand| store.truth(operand) == Some(true)) {
            store.decide(self.result, true)?;
            return Ok(Status::Entailed);
        }
        // 2. A false result makes every operand false.
        if store.truth(self.result) == Some(false) {
            for &operand in &self.operands {
                store.decide(operand, false)?;
            }
            return Ok(Status::Entailed);
        }
        // 3. Without an open operand the result is false; with a single one it has the result's truth.
        let mut open = self.operands.iter().filter(|&&operand| store.truth(operand).is_none());
        match (open.next().copied(), open.next()) {
            (None, _) => {
                store.decide(self.result, false)?;
                Ok(Status::Entailed)
            }
            (Some(only), None) if store.truth(self.result) == Some(true) => {
                store.decide(only, true)?;
                Ok(Status::Entailed)
            }
            _ => Ok(Status::Fixpoint),
        }
    }
}
