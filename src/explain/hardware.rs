//! Which limits of the GPU stand in the way, how much of them the problem needs, and where it would fit.
//!
//! A limit of the GPU is a number to the model like any other. Here the limits in the conflict become variables instead,
//! and are made as small as the problem allows: what comes out is what it needs.

use super::capacities::capacities;
use super::clock::{Clock, optimizing};
use super::nearest::{NearestGpu, nearest};
use crate::hardware::Gpu;
use crate::problem::Problem;
use crate::solve::{Answer, Status};
use crate::tiling::{Tiling, lower_freed};
use constrint_solver::explain::{Clash, minimal_conflict};
use constrint_solver::model::MAX_VALUE;
use constrint_solver::{Expr, Limits, Outcome, Values, solve};
use indexmap::{IndexMap, IndexSet};

/// How many times the limit of the GPU is looked at: beyond that no GPU is in sight.
const MOST_GROWTH: i64 = 1024;

/// What a limit weighs when several grow together: the same for each in parts of itself.
const WEIGHT: i64 = 1 << 44;

/// What an infeasible problem needs of the hardware.
#[derive(Clone, Debug, PartialEq)]
pub struct HardwareNeed {
    /// The limits of the GPU on which the conflict rests, by the names of the fields of a [`Gpu`].
    pub clashing: Vec<String>,
    /// The limits that would have to be larger, least growth first; none where larger limits alone do not help.
    pub limits: Vec<LimitNeed>,
    /// Whether all of them would have to be larger at once; otherwise any one of them would do.
    pub together: bool,
    /// The nearest GPU of the catalog on which the problem has a solution.
    pub nearest: Option<NearestGpu>,
    /// Whether the time was over before everything was looked at.
    pub undecided: bool,
}

/// A limit of the GPU that is too small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitNeed {
    /// The field of a [`Gpu`], such as `shared_memory_per_block_optin_bytes`; an item of a list has its index behind it.
    pub field: String,
    /// Its value on the GPU of the problem.
    pub available: i64,
    /// The smallest value with which the problem has a solution.
    pub needed: i64,
    /// Whether no smaller value would do; otherwise the time ran out.
    pub proved: bool,
    /// The constraints that rest on it, by index.
    pub constraints: Vec<usize>,
}

impl Answer {
    /// For an infeasible problem: the limits of its GPU that stand in the way, how much of them it needs, and the nearest
    /// GPU of the catalog where it fits. `None` where the problem has a solution, names no GPU, or clashes whatever the
    /// GPU. Without a limit, it takes some seconds at most.
    ///
    /// `problem` is what was solved. What counts as nearest is told at [`NearestGpu`].
    ///
    /// ```
    /// use constrint::{Problem, Request, solve};
    /// use constrint_solver::Limits;
    ///
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "gpu": "RTX 3090", "variables": {"stages": {"min": 1, "max": 8}},
    ///         "constraints": ["stages * 32768 <= gpu_shared_memory_per_block_optin_bytes", "stages >= 4"]}"#,
    /// )?;
    /// let need = solve(&problem, &Request::default())?.hardware(&problem, &Limits::default()).unwrap();
    /// let limit = &need.limits[0];
    /// assert_eq!((limit.field.as_str(), limit.available, limit.needed), ("shared_memory_per_block_optin_bytes", 101_376, 131_072));
    /// assert_eq!(need.nearest.unwrap().name, "A100 SXM4 40GB");
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn hardware(&self, problem: &Problem, limits: &Limits) -> Option<HardwareNeed> {
        let conflict = self.conflict.as_ref().filter(|_| self.status == Status::Infeasible)?;
        let gpu = self.tiling.gpu.as_ref()?;
        let question = Question::new(problem, gpu, limits)?;
        let clashing = question.limits_of(conflict);
        if clashing.is_empty() {
            return None;
        }
        let alone = question.alone(&clashing);
        let (mut found, considered) =
            if alone.limits.is_empty() { question.together(clashing) } else { (alone, clashing) };
        for limit in &mut found.limits {
            let all = 0..question.rests_on.len();
            limit.constraints = all.filter(|&index| question.rests_on[index].contains(&limit.field)).collect();
        }
        let fields: Vec<&str> = found.limits.iter().map(|limit| limit.field.as_str()).collect();
        // Also where larger limits alone do not help, another GPU may: it may have other instructions and units.
        let nearest = nearest(problem, gpu, &considered, &fields, &question.clock);
        found.undecided |= nearest.undecided;
        Some(HardwareNeed { clashing: considered.into_iter().collect(), nearest: nearest.gpu, ..found })
    }
}

/// An infeasible problem, and how its constraints rest on the limits of the GPU.
struct Question<'a> {
    problem: &'a Problem,
    /// The values of the capacities, by field.
    available: IndexMap<String, i64>,
    /// For each constraint the capacities in it.
    rests_on: Vec<IndexSet<String>>,
    clock: Clock,
}

impl<'a> Question<'a> {
    fn new(problem: &'a Problem, gpu: &Gpu, limits: &Limits) -> Option<Self> {
        let available: IndexMap<String, i64> = capacities(gpu).collect();
        let mut question = Self { problem, available, rests_on: Vec::new(), clock: Clock::new(limits) };
        let all: IndexSet<String> = question.available.keys().cloned().collect();
        let tiling = question.freed(&all)?;
        let names = |expr: &Expr| {
            let names = expr.variables().into_iter().map(|id| tiling.model.variable(id).name.clone());
            names
                .filter_map(|name| Some(name.strip_prefix("gpu_")?.to_owned()))
                .filter(|name| all.contains(name))
                .collect()
        };
        question.rests_on = tiling.model.constraints().iter().map(|constraint| names(&constraint.expr)).collect();
        Some(question)
    }

    /// The problem with these limits as variables, from their value on the GPU upwards, and without an objective.
    fn freed(&self, fields: &IndexSet<String>) -> Option<Tiling> {
        let values = |available: i64| {
            let most = available.saturating_mul(MOST_GROWTH).min(MAX_VALUE);
            Values::range(available, most, 1).expect("a limit is positive")
        };
        let freed = fields.iter().map(|field| (format!("gpu_{field}"), values(self.available[field]))).collect();
        // The problem was lowered before; it could fail now only where a name of it is that of a limit.
        let mut tiling = lower_freed(self.problem, &freed).ok()?;
        tiling.model.clear_objectives();
        Some(tiling)
    }

    fn limits_of(&self, constraints: &[usize]) -> IndexSet<String> {
        constraints.iter().flat_map(|&index| self.rests_on[index].iter().cloned()).collect()
    }

    /// Each limit that would do by itself.
    fn alone(&self, fields: &IndexSet<String>) -> HardwareNeed {
        let mut need = HardwareNeed::none();
        for (position, field) in fields.iter().enumerate() {
            let only = IndexSet::from([field.clone()]);
            match self.smallest(&only, fields.len() - position + 1) {
                Found::Values(limits) => need.limits.extend(limits),
                Found::Nothing(_) => {}
                Found::Unknown => need.undecided = true,
            }
        }
        need.limits.sort_by(|a, b| a.growth().total_cmp(&b.growth()));
        need
    }

    /// The limits that have to grow at once. Where another conflict is left, the limits in that one join.
    fn together(&self, mut fields: IndexSet<String>) -> (HardwareNeed, IndexSet<String>) {
        let mut need = HardwareNeed { together: true, ..HardwareNeed::none() };
        loop {
            match self.smallest(&fields, 3) {
                Found::Values(limits) => {
                    need.limits = limits.into_iter().filter(|limit| limit.needed > limit.available).collect();
                    need.limits.sort_by(|a, b| a.growth().total_cmp(&b.growth()));
                    return (need, fields);
                }
                Found::Unknown => {
                    need.undecided = true;
                    return (need, fields);
                }
                Found::Nothing(conflict) => {
                    let count = fields.len();
                    fields.extend(self.limits_of(&conflict));
                    if fields.len() == count {
                        return (need, fields);
                    }
                }
            }
        }
    }

    /// The smallest values of these limits, in parts of what there is, with which the problem has a solution.
    fn smallest(&self, fields: &IndexSet<String>, parts: usize) -> Found {
        let Some(mut tiling) = self.freed(fields) else { return Found::Unknown };
        let ids: Vec<_> = fields.iter().filter_map(|field| tiling.model.find(&format!("gpu_{field}"))).collect();
        let weighted = ids.iter().zip(fields).map(|(&id, field)| {
            let weight = if ids.len() == 1 { 1 } else { (WEIGHT / self.available[field].max(1)).max(1) };
            Expr::Product(vec![Expr::Constant(weight), Expr::Variable(id)])
        });
        tiling.model.minimize(Expr::Sum(weighted.collect()));
        let options = optimizing(&tiling, self.clock.share(parts));
        let (outcome, _) = solve(&tiling.model, &options);
        let proved = matches!(outcome, Outcome::Optimal(_));
        match outcome {
            Outcome::Optimal(best) | Outcome::Feasible(best) => {
                let need = |(id, field): (&constrint_solver::VarId, &String)| LimitNeed {
                    field: field.clone(),
                    available: self.available[field],
                    needed: best.values[id.index()],
                    proved,
                    constraints: Vec::new(),
                };
                Found::Values(ids.iter().zip(fields).map(need).collect())
            }
            Outcome::Infeasible => {
                tiling.model.clear_objectives();
                match minimal_conflict(&tiling.model, &optimizing(&tiling, self.clock.share(parts))) {
                    Clash::Between(conflict) | Clash::Among(conflict) => Found::Nothing(conflict),
                    Clash::None | Clash::Unknown => Found::Unknown,
                }
            }
            Outcome::Unknown => Found::Unknown,
        }
    }
}

enum Found {
    Values(Vec<LimitNeed>),
    /// No values do; these constraints still clash.
    Nothing(Vec<usize>),
    /// The time ran out.
    Unknown,
}

impl HardwareNeed {
    fn none() -> Self {
        Self { clashing: Vec::new(), limits: Vec::new(), together: false, nearest: None, undecided: false }
    }
}

impl LimitNeed {
    /// What is needed as a multiple of what there is.
    #[allow(clippy::cast_precision_loss, reason = "only compared with others of its kind")]
    fn growth(&self) -> f64 {
        self.needed as f64 / self.available as f64
    }
}
