//! What stands above an answer and its sections, and an answer in a line.

use crate::style::{BAD, FAINT, GOOD, HEAD, NOTABLE, styled};
use crate::text::{paragraph, shortened};
use constrint::tiling::Tiling;
use constrint::{Answer, CacheUse, Status};

/// Where an answer comes from that nobody searched for now.
const FROM_CACHE: &str = "from the cache, checked";

/// The problem, what it is for, and how the search ended.
pub(crate) fn heading(answer: &Answer) -> String {
    let (style, said) = match (answer.status, answer.statistics.stopped) {
        (Status::Optimal, _) => (GOOD, "optimal".to_owned()),
        (Status::Feasible, Some(limit)) => {
            (NOTABLE, format!("feasible: {limit} was reached before it was proved best"))
        }
        (Status::Feasible, None) if answer.tiling.model.objectives().is_empty() => (GOOD, "feasible".to_owned()),
        (Status::Feasible, None) => (NOTABLE, "feasible: not proved best".to_owned()),
        (Status::Infeasible, _) => (BAD, "infeasible".to_owned()),
        (Status::Unknown, Some(limit)) => {
            (NOTABLE, format!("unknown: {limit} was reached before a solution was found"))
        }
        (Status::Unknown, None) => (NOTABLE, "unknown: a power grew too large to compute".to_owned()),
    };
    title(&answer.tiling, &styled(style, &said))
}

/// The problem with a word on how it stands, and what it is for.
pub(crate) fn title(tiling: &Tiling, status: &str) -> String {
    let mut text = format!("{}  {status}\n", styled(HEAD, &shortened(&tiling.name, 60)));
    let of_kernel = tiling.kernel.as_ref().map(|(kernel, instance)| {
        let sizes = instance.sizes.iter().map(|(name, size)| format!("{name} = {size}"));
        let words = instance.words.iter().map(|(name, word)| format!("{name} {word}"));
        let about = sizes.chain(words).chain([instance.dtype.to_owned()]).collect::<Vec<_>>().join(", ");
        format!("kernel {}, {about}", kernel.name())
    });
    let of_kernel = of_kernel.or_else(|| tiling.kernel_name().map(|name| format!("kernel {name}")));
    let of_gpu = tiling.gpu.as_ref().map(|gpu| format!("on {} ({} SMs)", gpu.name, gpu.sms));
    let about: Vec<String> = [of_kernel, of_gpu].into_iter().flatten().collect();
    if !about.is_empty() {
        text += &paragraph(&about.join(" "), 0, FAINT);
    }
    text
}

/// A line that says so if nothing was searched for this answer.
pub(crate) fn provenance(answer: &Answer) -> String {
    match answer.cache {
        CacheUse::Hit => format!("{}\n", styled(FAINT, FROM_CACHE)),
        _ => String::new(),
    }
}

/// A heading of a section.
pub(crate) fn section(name: &str) -> String {
    format!("\n{}\n", styled(HEAD, name))
}

/// A line that says how the search ended.
pub(crate) fn summary(answer: &Answer) -> String {
    let best = answer.configs.first();
    let objectives = best.into_iter().flat_map(|config| &config.objectives).map(|objective| {
        let goal = if objective.maximized { "maximize" } else { "minimize" };
        format!("; {goal} {} = {}", shortened(&objective.text, 60), objective.value)
    });
    let whence = if answer.cache == CacheUse::Hit { format!("; {FROM_CACHE}") } else { String::new() };
    let objectives: String = objectives.collect();
    format!("{}: {}{objectives}{whence}", shortened(&answer.tiling.name, 60), answer.status.name())
}
