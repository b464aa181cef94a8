//! Time to read, lower and solve each problem in `problems/`.
//!
//! `cargo bench --bench solve`; quote ratios of two runs on one machine, not times.

use constrint::{Problem, Request, solve};
use criterion::{Criterion, criterion_group, criterion_main};
use std::path::Path;

fn problems(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("solve");
    group.sample_size(20);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("problems");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        group.bench_function(name, |bencher| {
            bencher.iter(|| solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, problems);
criterion_main!(benches);
