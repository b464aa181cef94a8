//! Expressions written back in the native language, with as few brackets as its grammar allows.
//!
//! Reading the text again gives the expression, with nested sums, products, `and` and `or` opened up into flat ones.

use std::fmt;

use crate::language::{Level, may_be_undefined};
use crate::model::{Constraint, Expr, Goal, MemberSet, Model, Objective, Rows};

impl Model {
    /// Adds a constraint that is named and written as its own display.
    pub fn require(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_constraint(Constraint { name: text.clone(), expr, text, because: String::new() });
    }

    /// Minimises `expr` after the objectives already there.
    pub fn minimize(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_objective(Objective { goal: Goal::Minimize, expr, text });
    }

    /// Maximises `expr` after the objectives already there.
    pub fn maximize(&mut self, expr: Expr) {
        let text = self.display(&expr).to_string();
        self.add_objective(Objective { goal: Goal::Maximize, expr, text });
    }

    /// The expression in the native language, with as few parentheses as its grammar allows.
    pub fn display<'a>(&'a self, expr: &'a Expr) -> impl fmt::Display + 'a {
        Displayed { model: self, expr }
    }
}

/// An expression that prints itself with the names of its model.
struct Displayed<'a> {
    model: &'a Model,
    expr: &'a Expr,
}

impl fmt::Display for Displayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Writer { model: self.model, out: f }.expr(self.expr, Level::Conditional)
    }
}

struct Writer<'a, 'f> {
    model: &'a Model,
    out: &'a mut fmt::Formatter<'f>,
}

impl Writer<'_, '_> {
    /// Writes an operand of something that takes at least this level without brackets.
    fn expr(&mut self, expr: &Expr, minimum: Level) -> fmt::Result {
        let expr = only_operand(expr);
        if level(expr) >= minimum {
            return self.bare(expr);
        }
        self.out.write_str("(")?;
        self.bare(expr)?;
        self.out.write_str(")")
    }

    fn bare(&mut self, expr: &Expr) -> fmt::Result {
        match expr {
            Expr::Constant(value) => write!(self.out, "{value}"),
            Expr::Variable(variable) => self.out.write_str(&self.model.variable(*variable).name),
            Expr::Sum(_) => self.sum(expr),
            Expr::Product(_) => self.product(expr),
            Expr::Negate(a) => self.prefix("-", a, Level::Sign),
            Expr::Quotient(a, b) => self.infix(a, " / ", b, Level::Product, Level::Sign),
            Expr::FloorDivide(a, b) => self.infix(a, " // ", b, Level::Product, Level::Sign),
            Expr::Remainder(a, b) => self.infix(a, " % ", b, Level::Product, Level::Sign),
            Expr::BitAnd(a, b) => self.infix(a, " & ", b, Level::BitAnd, Level::Shift),
            Expr::Power(a, b) => self.infix(a, " ** ", b, Level::Primary, Level::Sign),
            Expr::Compare(comparison, a, b) => {
                self.infix(a, &format!(" {} ", comparison.symbol()), b, Level::BitOr, Level::BitOr)
            }
            Expr::Member(a, set) => self.member(a, " in ", set),
            Expr::Table(list, rows) => self.table(list, " in ", rows),
            Expr::Element { index, items } => {
                self.list("[", items, "][")?;
                self.expr(index, Level::Conditional)?;
                self.out.write_str("]")
            }
            Expr::And(list) if list.len() > 1 => self.chain(list, " and ", Level::Conjunction),
            Expr::Or(list) if list.len() > 1 => self.chain(list, " or ", Level::Disjunction),
            Expr::Not(a) if is_defined_test(a) => match &**a {
                Expr::Member(subject, set) => self.member(subject, " not in ", set),
                Expr::Table(list, rows) => self.table(list, " not in ", rows),
                _ => unreachable!("no other test has an opposite of its own"),
            },
            Expr::Not(a) => self.prefix("not ", a, Level::Negation),
            Expr::If { condition, then, otherwise } => {
                self.infix(then, " if ", condition, Level::Implication, Level::Implication)?;
                self.out.write_str(" else ")?;
                self.expr(otherwise, Level::Conditional)
            }
            Expr::FloorRoot(a, degree) if *degree != 2 => {
                self.prefix("floor_root(", a, Level::Conditional)?;
                write!(self.out, ", {degree})")
            }
            _ => self.call(expr),
        }
    }

    fn prefix(&mut self, operator: &str, operand: &Expr, minimum: Level) -> fmt::Result {
        self.out.write_str(operator)?;
        self.expr(operand, minimum)
    }

    fn infix(&mut self, a: &Expr, operator: &str, b: &Expr, left: Level, right: Level) -> fmt::Result {
        self.expr(a, left)?;
        self.out.write_str(operator)?;
        self.expr(b, right)
    }

    fn chain(&mut self, operands: &[Expr], separator: &str, minimum: Level) -> fmt::Result {
        for (index, operand) in operands.iter().enumerate() {
            self.out.write_str(if index > 0 { separator } else { "" })?;
            self.expr(operand, minimum)?;
        }
        Ok(())
    }

    fn sum(&mut self, sum: &Expr) -> fmt::Result {
        let terms = flat(sum, |expr| if let Expr::Sum(terms) = expr { Some(terms) } else { None });
        for (index, term) in terms.into_iter().enumerate() {
            match term {
                _ if index == 0 => self.expr(term, Level::Product)?,
                Expr::Constant(value) if *value < 0 => write!(self.out, " - {}", value.unsigned_abs())?,
                Expr::Negate(term) => self.prefix(" - ", term, Level::Product)?,
                _ => self.prefix(" + ", term, Level::Product)?,
            }
        }
        Ok(())
    }

    fn product(&mut self, product: &Expr) -> fmt::Result {
        let factors = flat(product, |expr| if let Expr::Product(factors) = expr { Some(factors) } else { None });
        for (index, factor) in factors.into_iter().enumerate() {
            if index == 0 {
                self.expr(factor, Level::Product)?;
            } else {
                self.prefix(" * ", factor, Level::Sign)?;
            }
        }
        Ok(())
    }

    fn member(&mut self, subject: &Expr, operator: &str, set: &MemberSet) -> fmt::Result {
        self.expr(subject, Level::BitOr)?;
        self.out.write_str(operator)?;
        match set {
            MemberSet::Values(values) => {
                let values: Vec<String> = values.iter().map(i64::to_string).collect();
                write!(self.out, "{{{}}}", values.join(", "))
            }
            MemberSet::Range { start, stop, step: 1 } => write!(self.out, "range({start}, {stop})"),
            MemberSet::Range { start, stop, step } => write!(self.out, "range({start}, {stop}, {step})"),
        }
    }

    fn table(&mut self, operands: &[Expr], operator: &str, rows: &Rows) -> fmt::Result {
        // One expression in brackets is a tuple only with a comma.
        let comma = if operands.len() == 1 { "," } else { "" };
        self.list("(", operands, comma)?;
        write!(self.out, "){operator}{{")?;
        for (index, row) in rows.iter().enumerate() {
            let values: Vec<String> = row.iter().map(i64::to_string).collect();
            write!(self.out, "{}({}{comma})", if index > 0 { ", " } else { "" }, values.join(", "))?;
        }
        self.out.write_str("}")
    }

    fn list(&mut self, open: &str, items: &[Expr], close: &str) -> fmt::Result {
        self.out.write_str(open)?;
        for (index, item) in items.iter().enumerate() {
            self.prefix(if index > 0 { ", " } else { "" }, item, Level::Conditional)?;
        }
        self.out.write_str(close)
    }

    /// A function with its arguments; a list where several are usual and there are fewer.
    fn call(&mut self, expr: &Expr) -> fmt::Result {
        let (name, takes_list) = match expr {
            Expr::Absolute(_) => ("abs", false),
            Expr::CeilDivide(..) => ("ceil_div", false),
            Expr::Divides(..) => ("divides", false),
            Expr::IsPowerOfTwo(_) => ("is_power_of_two", false),
            Expr::Log2(_) => ("log2", false),
            Expr::FloorLog2(_) => ("floor_log2", false),
            Expr::FloorRoot(..) => ("isqrt", false),
            Expr::Minimum(_) => ("min", true),
            Expr::Maximum(_) => ("max", true),
            Expr::Gcd(_) => ("gcd", true),
            Expr::Lcm(_) => ("lcm", true),
            Expr::AllDifferent(_) => ("all_different", true),
            Expr::And(_) => ("all", true),
            Expr::Or(_) => ("any", true),
            _ => unreachable!("every other expression is an operator, a number or a name"),
        };
        let arguments = expr.operands();
        let (open, close) = if takes_list && arguments.len() < 2 { ("([", "])") } else { ("(", ")") };
        write!(self.out, "{name}{open}")?;
        for (index, argument) in arguments.into_iter().enumerate() {
            self.prefix(if index > 0 { ", " } else { "" }, argument, Level::Conditional)?;
        }
        self.out.write_str(close)
    }
}

/// The expression itself, or what it comes down to if it is a sum or product of at most one operand.
fn only_operand(expr: &Expr) -> &Expr {
    match expr {
        Expr::Sum(list) if list.is_empty() => &Expr::Constant(0),
        Expr::Product(list) if list.is_empty() => &Expr::Constant(1),
        Expr::Sum(list) | Expr::Product(list) if list.len() == 1 => only_operand(&list[0]),
        _ => expr,
    }
}

/// The operands of nested lists of one kind, from left to right.
fn flat<'a>(expr: &'a Expr, operands: fn(&'a Expr) -> Option<&'a Vec<Expr>>) -> Vec<&'a Expr> {
    let (mut found, mut pending) = (Vec::new(), vec![expr]);
    while let Some(expr) = pending.pop().map(only_operand) {
        match operands(expr) {
            Some(list) => pending.extend(list.iter().rev()),
            None => found.push(expr),
        }
    }
    found
}

/// Whether `not (x in S)` is `x not in S`. Where x is undefined the second is false and the first true, so that it is left
/// alone where that may happen.
fn is_defined_test(operand: &Expr) -> bool {
    matches!(operand, Expr::Member(..) | Expr::Table(..)) && !operand.operands().into_iter().any(may_be_undefined)
}

/// How tightly the outermost operator of the text binds.
fn level(expr: &Expr) -> Level {
    match expr {
        Expr::Constant(value) if *value < 0 => Level::Sign,
        Expr::Sum(_) => Level::Sum,
        Expr::Product(_) | Expr::Quotient(..) | Expr::FloorDivide(..) | Expr::Remainder(..) => Level::Product,
        Expr::Negate(_) => Level::Sign,
        Expr::Power(..) => Level::Power,
        Expr::BitAnd(..) => Level::BitAnd,
        Expr::Compare(..) | Expr::Member(..) | Expr::Table(..) => Level::Comparison,
        Expr::Not(a) if is_defined_test(a) => Level::Comparison,
        Expr::Not(_) => Level::Negation,
        Expr::And(list) if list.len() > 1 => Level::Conjunction,
        Expr::Or(list) if list.len() > 1 => Level::Disjunction,
        Expr::If { .. } => Level::Conditional,
        _ => Level::Primary,
    }
}
