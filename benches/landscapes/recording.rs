//! A recording: every configuration of a kernel, timed on a GPU.

use std::collections::HashMap;
use std::path::Path;

pub(crate) struct Recording {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    /// By column.
    pub(crate) values: Vec<i64>,
    /// None where the configuration did not compile or launch.
    pub(crate) time_ms: Option<f64>,
    pub(crate) failure: String,
}

impl Recording {
    /// Comma-separated values: a column a parameter, `time_ms`, `failure`.
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
        let at = |name: &str| {
            let place = names.iter().position(|known| *known == name);
            place.unwrap_or_else(|| panic!("{}: no column `{name}`", path.display()))
        };
        let (time, failure) = (at("time_ms"), at("failure"));
        let parameters: Vec<usize> = (0..names.len()).filter(|index| ![time, failure].contains(index)).collect();
        let row = |line: &str| {
            let fields: Vec<&str> = line.split(',').collect();
            let value = |&index: &usize| fields[index].parse().unwrap_or_else(|_| panic!("{}: {line}", path.display()));
            Row {
                values: parameters.iter().map(value).collect(),
                time_ms: fields[time].parse().ok(),
                failure: fields[failure].to_owned(),
            }
        };
        Self {
            columns: parameters.iter().map(|&index| names[index].to_owned()).collect(),
            rows: lines.map(row).collect(),
        }
    }

    /// For each of these names the place of its column.
    pub(crate) fn places(&self, names: &[String]) -> Vec<usize> {
        let at: HashMap<&str, usize> =
            self.columns.iter().zip(0..).map(|(name, index)| (name.as_str(), index)).collect();
        let place =
            |name: &String| *at.get(name.as_str()).unwrap_or_else(|| panic!("no column `{name}` in the recording"));
        names.iter().map(place).collect()
    }
}
