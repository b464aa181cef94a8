//! What in a problem's expressions is accepted but perhaps not meant.

use super::{ConstraintSpec, FormulaSpec, GoalSpec, KernelSpec, ObjectiveSpec, Problem, ShapeValue, kernel_tuner};
use crate::diagnostic::Place;
use constrint_solver::language::{self, Names, Scope, Warning};
use constrint_solver::{Expr, Model, Values};

/// Something in an expression that is accepted but perhaps not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The field that holds the expression.
    pub place: Place,
    /// The expression.
    pub text: String,
    /// What it is, and where in it.
    pub warning: Warning,
}

impl Doubt {
    /// The warning with its line and a caret; `origin` is the file.
    pub fn render(&self, origin: &str, color: bool) -> String {
        self.warning.render(&self.text, &format!("{origin}: {}", self.place), color)
    }
}

/// Every name stands for some number; what number does not matter to what is told.
struct AnyName(Expr);

impl Scope for AnyName {
    fn resolve(&self, _: &str) -> Option<Expr> {
        Some(self.0.clone())
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Problem {
    /// What in the expressions is accepted but perhaps not meant, as Python or other languages would have it otherwise;
    /// each kind once. What is wrong is left to [`crate::tiling::lower`] to say.
    ///
    /// ```
    /// let problem = constrint::Problem::from_json(
    ///     r#"{"version": 1, "variables": {"x": {"min": 1, "max": 9}}, "constraints": ["x <= 2 ^ 3", "x ^ 2 > 1"]}"#,
    /// )?;
    /// let shown: Vec<String> = problem.doubts().iter().map(|doubt| doubt.warning.to_string()).collect();
    /// assert_eq!(shown, ["`^` is the exclusive or of bits, as in Python, and no power (at byte 7)"]);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut any = Model::new();
        let variable = any.add_variable("x", Values::list([1]).expect("a value")).expect("a name");
        let below = AnyName(variable.into());
        let mut names = Names::over(&below);
        for (name, value) in &self.shape {
            if let ShapeValue::Integer(value) = value {
                names.insert(name, *value);
            }
        }
        for (name, value) in &self.constants {
            names.insert(name, *value);
        }
        let mut doubts: Vec<Doubt> = Vec::new();
        for (place, text, expression) in self.expressions() {
            let Ok((_, warnings)) = language::read(&expression, &names) else { continue };
            for warning in warnings {
                if !doubts.iter().any(|known| known.warning.kind == warning.kind) {
                    doubts.push(Doubt { place: place.clone(), text: text.clone(), warning });
                }
            }
        }
        doubts
    }

    /// The texts of constraints, objectives and formulas, and the expressions of equal length that they hold.
    fn expressions(&self) -> Vec<(Place, String, String)> {
        let mut found = Vec::new();
        let mut add = |place: Place, text: &str| found.push((place, text.to_owned(), text.to_owned()));
        for (index, spec) in self.constraints.iter().enumerate() {
            let text = match spec {
                ConstraintSpec::Text(text) => text,
                ConstraintSpec::Named(spec) => &spec.expr,
            };
            add(Place::at("constraints").index(index), text);
        }
        let goal = |goal: &GoalSpec| match goal {
            GoalSpec::Minimize(text) | GoalSpec::Maximize(text) => text.clone(),
        };
        match &self.objective {
            Some(ObjectiveSpec::Single(one)) => add(Place::at("objective"), &goal(one)),
            Some(ObjectiveSpec::Lexicographic(stages)) => {
                let place = Place::at("objective").field("lexicographic");
                stages.lexicographic.iter().enumerate().for_each(|(index, one)| add(place.index(index), &goal(one)));
            }
            None => {}
        }
        let formulas = self.kernel_formulas().into_iter().chain(self.occupancy_formulas());
        formulas.for_each(|(place, text)| add(place, text));
        for (index, text) in self.restrictions.iter().enumerate() {
            let expression = kernel_tuner::expression(text);
            found.push((Place::at("restrictions").index(index), text.clone(), expression));
        }
        found
    }

    /// The formulas of a described kernel.
    fn kernel_formulas(&self) -> Vec<(Place, &str)> {
        let Some(KernelSpec::Described(kernel)) = &self.kernel else { return Vec::new() };
        let place = Place::at("kernel");
        let definitions = kernel.definitions.iter();
        let mut found: Vec<_> = definitions
            .map(|(name, definition)| (place.field("definitions").field(name), definition.parts().0))
            .collect();
        for (field, extents) in [("block", &kernel.block), ("grid", &kernel.grid), ("cluster", &kernel.cluster)] {
            found.extend(texts(extents.iter().enumerate().map(|(axis, one)| (place.field(field).index(axis), one))));
        }
        let quantities = [
            ("registers_per_thread", &kernel.registers_per_thread),
            ("static_shared_memory_bytes", &kernel.static_shared_memory_bytes),
            ("dynamic_shared_memory_bytes", &kernel.dynamic_shared_memory_bytes),
            ("min_blocks_per_sm", &kernel.min_blocks_per_sm),
        ];
        found
            .extend(texts(quantities.into_iter().filter_map(|(field, one)| Some((place.field(field), one.as_ref()?)))));
        for (role, spec) in &kernel.roles {
            let place = place.field("roles").field(role);
            let of_role = [("threads", &spec.threads), ("registers_per_thread", &spec.registers_per_thread)];
            found.extend(texts(of_role.into_iter().map(|(field, one)| (place.field(field), one))));
        }
        found.extend(kernel.cost.iter().map(|cost| (place.field("cost").field("time_ps"), cost.time_ps.as_str())));
        let extra = place.field("macros").field("extra");
        found.extend(texts(kernel.macros.extra.iter().map(|(name, one)| (extra.field(name), one))));
        found
    }

    /// What a block asks of an SM.
    fn occupancy_formulas(&self) -> Vec<(Place, &str)> {
        let Some(spec) = &self.occupancy else { return Vec::new() };
        let formulas = [
            ("threads_per_block", Some(&spec.threads_per_block)),
            ("registers_per_thread", Some(&spec.registers_per_thread)),
            ("dynamic_shared_memory_bytes", spec.dynamic_shared_memory_bytes.as_ref()),
            ("static_shared_memory_bytes", spec.static_shared_memory_bytes.as_ref()),
            ("named_barriers", spec.named_barriers.as_ref()),
            ("carveout_percent", spec.carveout_percent.as_ref()),
        ];
        let place = Place::at("occupancy");
        texts(formulas.into_iter().filter_map(|(field, one)| Some((place.field(field), one?)))).collect()
    }
}

/// Those formulas that are expressions.
fn texts<'f>(formulas: impl Iterator<Item = (Place, &'f FormulaSpec)>) -> impl Iterator<Item = (Place, &'f str)> {
    formulas.filter_map(|(place, formula)| match formula {
        FormulaSpec::Text(text) => Some((place, text.as_str())),
        FormulaSpec::Integer(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A problem in which one formula after the other has a `^` in it.
    #[test]
    fn formulas_are_doubted_wherever_they_stand() {
        let whole = serde_json::json!({
            "version": 1, "gpu": "A100 SXM4 80GB", "variables": {"x": {"values": [32]}},
            "constraints": ["x > 1"], "objective": {"minimize": "x"}, "restrictions": ["x > 1"],
            "kernel": {"name": "mine", "definitions": {"d": "x", "e": {"expr": "x", "meaning": "m"}},
                       "block": ["x", "x"], "grid": ["x"], "cluster": ["x"], "registers_per_thread": "x",
                       "static_shared_memory_bytes": "x", "dynamic_shared_memory_bytes": "x", "min_blocks_per_sm": "x",
                       "roles": {"all": {"threads": "x", "registers_per_thread": "x"}},
                       "cost": {"time_ps": "x"}, "macros": {"extra": {"M": "x"}}},
            "occupancy": {"threads_per_block": "x", "registers_per_thread": "x", "dynamic_shared_memory_bytes": "x",
                          "static_shared_memory_bytes": "x", "named_barriers": "x", "carveout_percent": "x"}});
        let doubts = |problem: &serde_json::Value| Problem::from_json(&problem.to_string()).unwrap().doubts();
        assert_eq!(doubts(&whole), []);
        let (kernel, occupancy) = ("/kernel", "/occupancy");
        for pointer in [
            "/constraints/0".to_owned(),
            "/objective/minimize".to_owned(),
            "/restrictions/0".to_owned(),
            format!("{kernel}/definitions/d"),
            format!("{kernel}/definitions/e/expr"),
            format!("{kernel}/block/1"),
            format!("{kernel}/grid/0"),
            format!("{kernel}/cluster/0"),
            format!("{kernel}/registers_per_thread"),
            format!("{kernel}/static_shared_memory_bytes"),
            format!("{kernel}/dynamic_shared_memory_bytes"),
            format!("{kernel}/min_blocks_per_sm"),
            format!("{kernel}/roles/all/threads"),
            format!("{kernel}/roles/all/registers_per_thread"),
            format!("{kernel}/cost/time_ps"),
            format!("{kernel}/macros/extra/M"),
            format!("{occupancy}/threads_per_block"),
            format!("{occupancy}/registers_per_thread"),
            format!("{occupancy}/dynamic_shared_memory_bytes"),
            format!("{occupancy}/static_shared_memory_bytes"),
            format!("{occupancy}/named_barriers"),
            format!("{occupancy}/carveout_percent"),
        ] {
            let mut problem = whole.clone();
            *problem.pointer_mut(&pointer).expect(&pointer) = "x ^ 2".into();
            let found = doubts(&problem);
            assert_eq!(found.len(), 1, "{pointer}");
            let within = |part: &&str| !matches!(*part, "expr" | "minimize") && part.parse::<u8>().is_err();
            let field = pointer.rsplit('/').find(within).unwrap();
            assert!(found[0].place.to_string().contains(field), "{pointer}: {}", found[0].place);
        }
    }
}
