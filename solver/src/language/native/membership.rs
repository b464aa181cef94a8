//! `in` and `not in`, with what may stand at their right.

use itertools::{Either, Itertools};

use super::super::error::SyntaxErrorKind;
use super::super::lexer::TokenKind;
use super::build::{Chain, Node};
use super::constant;
use super::facts::may_be_undefined;
use super::parser::{Parsed, Parser, refuse};
use crate::model::{Comparison, Expr, MemberSet};

impl Parser<'_> {
    /// The rest of `subject in …` or `subject not in …`, from behind the operator.
    pub(super) fn membership(&mut self, subject: Node, negated: bool) -> Parsed<Node> {
        let span = self.place();
        match self.peek() {
            Some(token) if token.kind == TokenKind::Open => {
                self.refuse_rows()?;
                let members = self.list()?;
                self.in_list(subject, members, negated)
            }
            Some(token) if token.is("range") => {
                self.advance();
                if !self.peek().is_some_and(|token| token.is("(")) {
                    return refuse(&span, SyntaxErrorKind::ExpectedSet);
                }
                let bounds = self.list()?;
                self.in_range(subject, bounds, negated, span)
            }
            _ => refuse(&span, SyntaxErrorKind::ExpectedSet),
        }
    }

    /// Constant members become one set; each other one becomes an equation.
    fn in_list(&mut self, subject: Node, members: Vec<Node>, negated: bool) -> Parsed<Node> {
        let (mut values, others): (Vec<i64>, Vec<Node>) =
            members.into_iter().partition_map(|member| match constant::integer(&member.expr) {
                Some(value) => Either::Left(value),
                None => Either::Right(member),
            });
        values.sort_unstable();
        values.dedup();
        let split = negated && may_be_undefined(&subject.expr);
        let mut tests = Vec::new();
        let mut equations = others;
        if split {
            equations.extend(values.into_iter().map(|value| Node::leaf(Expr::Constant(value))));
        } else if !values.is_empty() || equations.is_empty() {
            tests.push(member(self.copy(&subject)?, MemberSet::Values(values), negated));
        }
        let comparison = if negated { Comparison::NotEqual } else { Comparison::Equal };
        for other in equations {
            tests.push(self.copy(&subject)?.compare(comparison, other));
        }
        Ok(combine(tests, if negated { Chain::And } else { Chain::Or }, subject))
    }

    fn in_range(
        &mut self,
        subject: Node,
        mut bounds: Vec<Node>,
        negated: bool,
        span: std::ops::Range<usize>,
    ) -> Parsed<Node> {
        if bounds.is_empty() || bounds.len() > 3 {
            let (takes, found) = ("a stop, or a start and a stop, or a start, a stop and a step", bounds.len());
            return refuse(&span, SyntaxErrorKind::ArgumentCount { function: "range", takes, found });
        }
        let step = if bounds.len() == 3 { bounds.pop().map(|node| node.expr) } else { Some(Expr::Constant(1)) };
        let step = match step.as_ref().and_then(constant::integer) {
            Some(0) => return refuse(&span, SyntaxErrorKind::ZeroStep),
            Some(step) => step,
            None => return refuse(&span, SyntaxErrorKind::StepNotConstant),
        };
        let stop = bounds.pop().expect("one or two bounds are left");
        let start = bounds.pop().unwrap_or_else(|| Node::leaf(Expr::Constant(0)));
        match (constant::integer(&start.expr), constant::integer(&stop.expr)) {
            (Some(start), Some(stop)) if !(negated && may_be_undefined(&subject.expr)) => {
                Ok(member(subject, MemberSet::Range { start, stop, step }, negated))
            }
            _ => self.between(subject, start, stop, step, negated),
        }
    }

    /// A range whose bounds are not known, spelled out: on the near side of each bound, and on the grid.
    fn between(&mut self, subject: Node, start: Node, stop: Node, step: i64, negated: bool) -> Parsed<Node> {
        use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        let (from, until, on_grid) = match (step > 0, negated) {
            (true, false) => (GreaterEqual, Less, Equal),
            (false, false) => (LessEqual, Greater, Equal),
            (true, true) => (Less, GreaterEqual, NotEqual),
            (false, true) => (Greater, LessEqual, NotEqual),
        };
        let offset = Chain::Sum.join(self.copy(&subject)?, self.copy(&start)?.negate());
        let remainder = offset.binary(Node::leaf(Expr::Constant(step)), Expr::Remainder);
        let tests = vec![
            self.copy(&subject)?.compare(from, start),
            subject.compare(until, stop),
            remainder.compare(on_grid, Node::leaf(Expr::Constant(0))),
        ];
        Ok((if negated { Chain::Or } else { Chain::And }).all(tests))
    }
}

/// A set test. Its negation is `not (x in S)`, which is right only where x is defined everywhere.
fn member(subject: Node, set: MemberSet, negated: bool) -> Node {
    let levels = subject.levels + 1;
    let test = Expr::Member(Box::new(subject.expr), set);
    Node::new(if negated { Expr::Not(Box::new(test)) } else { test }, levels)
}

fn combine(mut tests: Vec<Node>, chain: Chain, subject: Node) -> Node {
    match tests.len() {
        // Only `x not in {}` for an x that may be undefined: true where x is defined.
        0 => {
            let levels = subject.levels + 1;
            let (left, right) = (Box::new(subject.expr.clone()), Box::new(subject.expr));
            Node::new(Expr::Compare(Comparison::Equal, left, right), levels)
        }
        1 => tests.remove(0),
        _ => chain.all(tests),
    }
}
