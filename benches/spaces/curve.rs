//! What the members of the growing families take: solutions against time and bytes.

use crate::clock::{milliseconds, peak_memory_bytes};
use crate::families::FAMILIES;
use crate::{build, median, model};
use std::process::Command;

/// Every member of every family, in a process each.
pub(crate) fn run_all() {
    println!("family,size,solutions,nodes,diagram_bytes,cpu_ms,peak_bytes");
    let program = std::env::current_exe().expect("the path of this program");
    for family in FAMILIES {
        for size in family.sizes {
            let status = Command::new(&program).args(["--point", family.name, &size.to_string()]).status();
            assert!(status.is_ok_and(|status| status.success()), "{} of size {size} has failed", family.name);
        }
    }
}

/// One member, from its JSON to its diagram.
pub(crate) fn run_once(name: &str, size: &str) {
    let family = FAMILIES.iter().find(|family| family.name == name);
    let family = family.unwrap_or_else(|| panic!("no family {name}: see benches/spaces/families.rs"));
    let json = (family.member)(size.parse().expect("a number")).to_string();
    // Before the other runs, which may leave holes in the memory.
    let solutions = build(&model(&json)).len();
    let peak = peak_memory_bytes().map_or_else(String::new, |bytes| bytes.to_string());
    let (space, time) = median(|| build(&model(&json)));
    assert_eq!(space.len(), solutions, "the same each time");
    println!("{name},{size},{solutions},{},{},{:.3},{peak}", space.nodes(), space.bytes(), milliseconds(time));
}
