//! [`solve_table`]: a search for each entry.

use super::{Asked, Missing, Table, TableError};
use crate::config::Config;
use crate::problem::Problem;
use crate::solve::{Request, Status, solve};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What an entry came to.
type Found = Result<(Config, Status), Missing>;

/// Solves a problem for each of its GPUs and shapes: each entry is what [`solve()`] gives for it.
///
/// The request's threads share the entries. Its order and its number of solutions say nothing here.
///
/// ```
/// use constrint::table::{Device, solve_table};
/// use constrint::{Problem, Request};
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "kernel": "matmul", "gpus": ["RTX 4090"],
///         "shapes": [{"m": 512, "n": 512, "k": 512}, {"m": 1024, "n": 512, "k": 512}]}"#,
/// )?;
/// let table = solve_table(&problem, &Request::default())?;
/// let device = Device { name: "NVIDIA GeForce RTX 4090".into(), major: 8, minor: 9, sms: 128, memory_bytes: 0 };
/// let mut asked = table.shapes[0].clone();
/// asked.sizes["m"] = 600;
/// let choice = table.choose(&device, &asked).unwrap();
/// assert_eq!((choice.gpu, choice.shape, choice.is_same_shape), (0, 1, false));
/// # Ok::<(), constrint::Error>(())
/// ```
///
/// # Errors
/// [`TableError`] that points at the entry; never because an entry has no configuration.
pub fn solve_table(problem: &Problem, request: &Request) -> Result<Table, TableError> {
    let asked = Asked::of(problem)?;
    let limits = request.limits.clone().started();
    let each = Request { limits, threads: 1, solutions: 1, order: Vec::new(), ..request.clone() };
    let found =
        for_each(asked.gpus().len() * asked.shapes().len(), request.threads, |index| entry(&asked, index, &each));
    let found: Vec<Found> = found.into_iter().collect::<Result<_, _>>()?;
    let name = asked.common().name.clone();
    let name = name.or_else(|| asked.common().kernel.as_ref().map(|kernel| kernel.name().to_owned()));
    let name = name.unwrap_or_else(|| "problem".to_owned());
    Ok(Table::of(name, asked.gpus().to_vec(), asked.shapes().to_vec(), found))
}

fn entry(asked: &Asked, index: usize, request: &Request) -> Result<Found, TableError> {
    let (gpu, shape) = (index / asked.shapes().len(), index % asked.shapes().len());
    let problem = asked.problem(gpu, shape);
    let mut answer = solve(&problem, request).map_err(|error| asked.origin(gpu, shape).error(error))?;
    let status = answer.status;
    Ok(if answer.configs.is_empty() {
        Err(Missing { status, conflict: answer.clashing() })
    } else {
        Ok((answer.configs.swap_remove(0), status))
    })
}

/// What `work` makes of each number below `count`, in their order, on so many threads.
fn for_each<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    let run = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return;
            }
            let it = work(index);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((index, it));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.clamp(1, count.max(1)) {
            scope.spawn(run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, it)| it).collect()
}
