//! `constrint bench`: how long the configured kernel takes on a GPU of this machine.

use crate::args::{BenchArgs, Common};
use crate::exit_code::ExitCode;
use crate::failure::{ConfigurationFault, Failure};
use crate::input::Loaded;
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use crate::units::time;
use crate::{candidate, compile, device, input, json, report, stopped, watch};
use constrint::config::values_by_part;
use constrint::device::{Bench, Clocks, Outcome, Spread, Timer, Timing};
use constrint::tiling::{Tiling, lower};
use constrint::{Config, Request, solve, verify};
use constrint_solver::checker;
use serde_json::{Map, Value, json};

pub(crate) fn run(args: &BenchArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(&args.problem, output)?;
    let own = Request { cache: args.cache.cache(), ..Request::default() };
    let request = input::request(&loaded, own, common, output)?;
    watch::last_word(stopped::with_nothing(output));
    if loaded.problem.kernel.is_none() {
        return Err(Failure::NoKernel { origin: loaded.origin });
    }
    let samples = usize::try_from(args.samples).unwrap_or(usize::MAX);
    let setup = device::setup(&args.device, Timer { samples, ..Timer::default() }, request.limits.clone())?;
    let (tiling, config) = if let Some(path) = &args.config {
        given(&loaded, path)?
    } else {
        let mut answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
        report::search(&answer, output);
        if answer.configs.is_empty() {
            compile::without_solution(&answer, output)?;
            return Ok(ExitCode::of(answer.status));
        }
        let best = answer.configs.swap_remove(0);
        (answer.tiling, best)
    };
    let fail = Failure::library(&loaded.origin);
    let bench = Bench::new(&tiling, setup).map_err(fail)?;
    let checked = if args.check { bench.check(&config).map_err(Failure::library(&loaded.origin))? } else { Ok(()) };
    let measured = match checked {
        Ok(()) => bench.measure(&config).map_err(Failure::library(&loaded.origin))?,
        Err(failure) => Err(failure),
    };
    let found = Found {
        tiling: &tiling,
        config: &config,
        bench: &bench,
        measured: &measured,
        is_checked: args.check || bench.is_checked(),
    };
    if output.json {
        output.object(&found.as_json())?;
    } else {
        output.data(&found.as_text())?;
    }
    Ok(ExitCode::holds(measured.is_ok()))
}

/// The problem's model, and the configuration of a file.
fn given(loaded: &Loaded, path: &str) -> Result<(Tiling, Config), Failure> {
    let tiling = lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    let values = candidate::read(path, &tiling)?;
    let row: Vec<i64> = values.values().copied().collect();
    let holds = checker::is_solution(&tiling.model, &row).unwrap_or(false);
    if !holds || !verify::violations(&tiling, &values).is_empty() {
        let (origin, fault) = (input::origin(path), ConfigurationFault::NoSolution);
        return Err(Failure::Configuration { origin, variable: None, fault });
    }
    let config = Config::new(&tiling, &row, Vec::new()).map_err(Failure::library(&loaded.origin))?;
    Ok((tiling, config))
}

/// What was timed, and what came of it.
struct Found<'a> {
    tiling: &'a Tiling,
    config: &'a Config,
    bench: &'a Bench<'a>,
    measured: &'a Outcome<Timing>,
    is_checked: bool,
}

impl Found<'_> {
    fn as_json(&self) -> Value {
        let mut object = Map::new();
        let status = if self.measured.is_ok() { "measured" } else { "failed" };
        object.insert("status".into(), status.into());
        object.extend(json::problem(self.tiling));
        object.insert("config".into(), values_by_part(self.tiling, &self.config.values).into());
        object.insert("measured_on".into(), self.bench.gpu().into());
        object.insert("compiler".into(), self.bench.compiler().into());
        object.insert("checked".into(), self.is_checked.into());
        match self.measured {
            Ok(timing) => {
                object.insert("time_ms".into(), device::milliseconds(timing.time_ps()).into());
                object.insert("timing".into(), json!(timing));
            }
            Err(failure) => {
                object.insert("failure".into(), failure.to_string().into());
            }
        }
        if let Some(predicted) = &self.config.predicted {
            object.insert("predicted".into(), json!(predicted));
        }
        object.into()
    }

    fn as_text(&self) -> String {
        let status = match self.measured {
            Ok(timing) => styled(GOOD, &time(timing.time_ps())),
            Err(failure) => styled(BAD, failure.word()),
        };
        let mut text = report::title(self.tiling, &status);
        let checked = if self.is_checked { ", held against what it should compute" } else { "" };
        text += &paragraph(
            &format!("measured on {}, compiled by {}{checked}", self.bench.gpu(), self.bench.compiler()),
            0,
            FAINT,
        );
        let values = self.config.values.iter().map(|(name, value)| format!("{name} = {value}"));
        text += &report::section("Configuration");
        text += &paragraph(&values.collect::<Vec<_>>().join(", "), 2, PLAIN);
        match self.measured {
            Ok(timing) => text + &report::section("Time") + &self.times(timing),
            Err(failure) => text + &report::section("Failure") + &paragraph(&failure.to_string(), 2, BAD),
        }
    }

    fn times(&self, timing: &Timing) -> String {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        let all = [("warm L2", Some(timing.warm)), ("cold L2", timing.cold)];
        for (name, spread) in all.into_iter().filter_map(|(name, spread)| Some((name, spread?))) {
            table.styled_row([(name.to_owned(), PLAIN), (time(spread.median_ps), HEAD), (quartiles(&spread), FAINT)]);
        }
        if let Some(predicted) = &self.config.predicted {
            table.styled_row([
                ("predicted".to_owned(), PLAIN),
                (time(predicted.time_ps), PLAIN),
                (String::new(), PLAIN),
            ]);
        }
        let mut text = table.render();
        if let Some(clocks) = timing.clocks {
            text += &paragraph(&clocks_text(clocks), 2, FAINT);
        }
        if !timing.steady {
            let unsteady =
                "Not steady: the clocks moved, or the times lie far apart; this is the steadiest of some rounds.";
            text += &paragraph(unsteady, 2, NOTABLE);
        }
        if !timing.complete {
            text += &paragraph("The time was up before all samples were taken.", 2, NOTABLE);
        }
        text
    }
}

fn quartiles(spread: &Spread) -> String {
    let runs = if spread.runs_per_sample == 1 { String::new() } else { format!(" of {} runs", spread.runs_per_sample) };
    let [low, high] = [spread.lower_quartile_ps, spread.upper_quartile_ps].map(time);
    format!("half of {} samples{runs} from {low} to {high}", spread.samples)
}

fn clocks_text([before, after]: [Clocks; 2]) -> String {
    let throttled = if before.is_throttled || after.is_throttled { "; heat or power holds them down" } else { "" };
    format!(
        "SM clock {} MHz before and {} MHz after, memory clock {} and {} MHz{throttled}",
        before.sm_mhz, after.sm_mhz, before.memory_mhz, after.memory_mhz
    )
}
