//! Answers as JSON: the fields that scripts rely on.

use constrint::config::{Number, values_by_part};
use constrint::enumerate::LimitReached;
use constrint::explain::{Alternatives, HardwareNeed};
use constrint::kernel::Resources;
use constrint::{Answer, CacheUse, Config, Status};
use constrint_solver::explain::Relaxations;
use serde_json::{Map, Value, json};

/// The fields that an object may have beside its `config`, whichever command printed it. What is read as a configuration
/// has no others.
pub(crate) const BESIDE_CONFIG: &[&str] = &[
    "status",
    "problem",
    "kernel",
    "gpu",
    "config",
    "objective",
    "solutions",
    "resources",
    "launch",
    "predicted",
    "quantities",
    "limit",
    "bound",
    "gap",
    "statistics",
    "emitted",
    "trials",
    "trials_resumed",
    "inequalities",
    "quicker_at_ends",
    "relaxations",
    "hardware",
    "alternatives",
    "nvcc",
    "within",
    "targets",
    "machine",
    "seed",
    "cases",
    "fault",
    "violations",
    "measured_on",
    "compiler",
    "checked",
    "time_ms",
    "timing",
    "failure",
    "outside_of_values",
    "constraints",
    "limits",
];

/// The answer to `solve`; with `several`, all solutions beside the best.
pub(crate) fn answer(answer: &Answer, several: bool) -> Map<String, Value> {
    let mut object = head(answer);
    if let Some(best) = answer.configs.first() {
        object.extend(config(best));
    }
    if several {
        let solutions = answer.configs.iter().map(|solution| Value::Object(config(solution)));
        object.insert("solutions".into(), solutions.collect());
    }
    if let Some(indices) = &answer.conflict {
        object.insert("conflict".into(), conflict(answer, indices));
        if !answer.conflict_is_minimal && !indices.is_empty() {
            object.insert("conflict_is_minimal".into(), false.into());
        }
    }
    let unsettled = matches!(answer.status, Status::Feasible | Status::Unknown);
    if let Some(limit) = answer.statistics.stopped.filter(|_| unsettled) {
        object.insert("limit".into(), limit.name().into());
    }
    if let Some(bound) = &answer.statistics.bound {
        object.insert("bound".into(), json!({"objective": bound.objective, "value": Number::of(&bound.value)}));
        object.insert("gap".into(), json!(answer.gap()));
    }
    object.insert("statistics".into(), statistics(answer));
    object
}

/// Names the limit that left solutions out.
pub(crate) fn limit(object: &mut Map<String, Value>, stopped: Option<LimitReached>) {
    if let Some(LimitReached(Some(limit))) = stopped {
        object.insert("limit".into(), limit.name().into());
    }
}

/// Status and what was solved.
pub(crate) fn head(answer: &Answer) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("status".into(), answer.status.name().into());
    object.extend(problem(&answer.tiling));
    object
}

/// What was solved, for which kernel and GPU.
pub(crate) fn problem(tiling: &constrint::tiling::Tiling) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("problem".into(), tiling.name.clone().into());
    if let Some(kernel) = tiling.kernel_name() {
        object.insert("kernel".into(), kernel.into());
    }
    if let Some(gpu) = &tiling.gpu {
        object.insert("gpu".into(), gpu.name.clone().into());
    }
    object
}

/// What a configuration chose, what it uses and how it is launched.
pub(crate) fn config(config: &Config) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("config".into(), config.values_by_part().into());
    object.insert("objective".into(), objective(config));
    if let Some(used) = &config.resources {
        object.insert("resources".into(), resources(used));
        object.insert("launch".into(), launch(used));
    }
    if !config.parts.is_empty() {
        let used = |shown: fn(&Resources) -> Value| -> Map<String, Value> {
            let of_part = |(&name, part): (&&str, &Config)| Some((name.to_owned(), shown(part.resources.as_ref()?)));
            config.parts.iter().filter_map(of_part).collect()
        };
        object.insert("resources".into(), used(resources).into());
        object.insert("launch".into(), used(launch).into());
    }
    if let Some(predicted) = &config.predicted {
        object.insert("predicted".into(), json!(predicted));
    }
    if config.kernel.is_none() && !config.quantities.is_empty() {
        object.insert("quantities".into(), json!(config.quantities));
    }
    object
}

fn objective(config: &Config) -> Value {
    let stages = config.objectives.iter().map(|objective| {
        let goal = if objective.maximized { "maximize" } else { "minimize" };
        json!({goal: objective.text, "value": objective.value})
    });
    stages.collect()
}

fn resources(used: &Resources) -> Value {
    json!({
        "threads_per_block": used.threads_per_block,
        "registers_per_thread": used.registers_per_thread,
        "shared_memory_per_block_bytes": used.shared_memory_per_block_bytes,
        "blocks": used.grid.iter().product::<i64>(),
        "blocks_per_sm": used.occupancy.blocks_per_sm,
        "occupancy": used.occupancy.occupancy,
        "limiter": used.occupancy.limiters,
    })
}

fn launch(used: &Resources) -> Value {
    json!({
        "grid": used.grid,
        "launches": used.launches,
        "block": used.block,
        "cluster": used.cluster,
        "dynamic_shared_memory_bytes": used.dynamic_shared_memory_bytes,
        "launch_bounds": used.launch_bounds(),
        "max_registers_per_thread": used.registers_per_thread,
    })
}

fn conflict(answer: &Answer, indices: &[usize]) -> Value {
    let constraints = answer.tiling.model.constraints();
    let parts = indices.iter().map(|&index| {
        let constraint = &constraints[index];
        json!({"constraint": constraint.name, "expression": constraint.text, "because": constraint.because})
    });
    parts.collect()
}

/// The smallest changes that help where there is no solution. `scope` tells whether they help the whole problem or only
/// end the conflict.
pub(crate) fn relaxations(answer: &Answer, relaxations: &Relaxations) -> Value {
    let model = &answer.tiling.model;
    let changes = relaxations.found.iter().map(|change| {
        let names = model.variables().iter().map(|variable| variable.name.clone());
        let config = values_by_part(&answer.tiling, &names.zip(change.witness.iter().copied()).collect());
        json!({
            "constraint": model.constraints()[change.constraint].name,
            "expression": change.text,
            "limit": Number::of(&change.limit),
            "needed": Number::of(&change.needed),
            "change": Number::of(&change.change()),
            "proved": change.proved,
            "scope": if change.suffices { "problem" } else { "conflict" },
            "config": config,
        })
    });
    changes.collect()
}

/// The limits of the GPU that stand in the way, what the problem needs of them, and the nearest GPU where it fits.
pub(crate) fn hardware(answer: &Answer, need: &HardwareNeed) -> Value {
    let name = |&index: &usize| answer.tiling.model.constraints()[index].name.clone();
    let limits = need.limits.iter().enumerate().map(|(index, limit)| {
        let mut object = json!({
            "limit": limit.field,
            "available": limit.available,
            "needed": limit.needed,
            "proved": limit.proved,
            "constraints": limit.constraints.iter().map(name).collect::<Vec<_>>(),
        });
        if let Some(nearest) = &need.nearest {
            object["nearest"] = json!(nearest.limits[index]);
        }
        object
    });
    json!({
        "clashing": need.clashing,
        "limits": limits.collect::<Vec<_>>(),
        "together": need.together,
        "nearest_gpu": need.nearest.as_ref().map(|nearest| &nearest.name),
        "undecided": need.undecided,
    })
}

/// What has a configuration where there is none as asked, each with all else as it was.
pub(crate) fn alternatives(instead: &Alternatives) -> Value {
    let sizes = instead.sizes.iter().map(|size| {
        json!({
            "size": size.name,
            "asked": size.asked,
            "largest": size.largest,
            "multiple_of": size.step,
            "proved": size.proved,
        })
    });
    let dtypes = |known: Option<bool>| -> Vec<&str> {
        instead.dtypes.iter().filter(|(_, found)| *found == known).map(|(dtype, _)| *dtype).collect()
    };
    json!({
        "sizes": sizes.collect::<Vec<_>>(),
        "dtypes": dtypes(Some(true)),
        "dtypes_undecided": dtypes(None),
        "gpus": instead.gpus,
        "gpus_undecided": instead.gpus_undecided,
    })
}

/// What the search did; nothing if the answer is `cached`.
fn statistics(answer: &Answer) -> Value {
    let statistics = &answer.statistics;
    let time = statistics.post_time + statistics.search_time;
    let mut object = json!({
        "nodes": statistics.nodes,
        "failures": statistics.failures,
        "propagations": statistics.propagations,
        "solve_ms": (time.as_secs_f64() * 1e6).round() / 1e3,
    });
    if answer.cache == CacheUse::Hit {
        object["cached"] = true.into();
    }
    object
}
