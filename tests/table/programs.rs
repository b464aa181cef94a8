//! The generated code, compiled and asked.

use crate::problems::{self, Question, questions};
use crate::{chooser, table};
use constrint::table::{Shape, Table};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether there is a g++; without it, tests say so and pass, unless `CONSTRINT_REQUIRE_CC=1` demands one.
fn has_gxx() -> bool {
    let is_there = Command::new("g++").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(is_there || std::env::var_os("CONSTRINT_REQUIRE_CC").is_none_or(|value| value != "1"), "g++ is missing");
    if !is_there {
        eprintln!("skipped: g++ is missing");
    }
    is_there
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A question is a line: the device's name last, as it has blanks.
fn lines(asked: &[Question]) -> String {
    let words = |shape: &Shape| shape.words.values().chain(&shape.dtype).cloned().collect::<Vec<_>>();
    asked.iter().fold(String::new(), |mut text, Question { device, shape }| {
        let _ = write!(text, "{} {} {} {} ", device.major, device.minor, device.sms, device.memory_bytes);
        for part in shape.sizes.values().map(ToString::to_string).chain(words(shape)) {
            let _ = write!(text, "{part} ");
        }
        let _ = writeln!(text, "{}", device.name);
        text
    })
}

/// What a program is to answer: GPU, shape in the order of the generated list, launch, and what the configuration comes to.
fn expected(table: &Table, asked: &[Question]) -> String {
    let mut order: Vec<usize> = (0..table.shapes.len()).collect();
    order.sort_by_key(|&index| {
        let sizes: Vec<i64> = table.shapes[index].sizes.values().copied().collect();
        (sizes.iter().product::<i64>(), sizes)
    });
    asked.iter().fold(String::new(), |mut text, Question { device, shape }| {
        let _ = match chooser::choose(table, device, shape) {
            None => writeln!(text, "none"),
            Some((gpu, shape)) => {
                let place = order.iter().position(|&index| index == shape).unwrap();
                let config = table.entry(gpu, shape).config().unwrap();
                let used = config.resources.as_ref().unwrap();
                let told = ["M", "N", "K"];
                let sum: i64 = config
                    .macros
                    .iter()
                    .filter(|(name, _)| !told.contains(&name.as_str()))
                    .map(|(_, value)| value)
                    .sum();
                let time = config.predicted.as_ref().unwrap().time_ps;
                writeln!(
                    text,
                    "{gpu} {place} {} {} {} {sum} {time}",
                    used.grid[0], used.block[0], used.dynamic_shared_memory_bytes
                )
            }
        };
        text
    })
}

fn answers(program: &Path, asked: &[Question]) -> String {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, text) = (child.stdin.take().unwrap(), lines(asked));
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The program around the header: `READ` reads a shape, `SUM` adds up a configuration.
const CPP: &str = r#"
#include "NAME_table.h"
#include "NAME_table.h"
#include <iostream>
#include <string>
namespace t = constrint::NAME_table;
#define NUMBER(index) t::constants<index>::FIRST,
static constexpr long long numbers[] = {CONSTRINT_TABLE_UPPER(NUMBER)};
static_assert(t::find(0, t::shapes[t::shape_count - 1])->config >= 0, "usable at compile time");
struct Properties { char name[256]; int major; int minor; int multiProcessorCount; unsigned long long totalGlobalMem; };
int main() {
    for (int index = 0; index < t::config_count; ++index) {
        if (numbers[index] != t::configs[index].FIRST) return 1;
    }
    Properties told{};
    while (std::cin >> told.major >> told.minor >> told.multiProcessorCount >> told.totalGlobalMem) {
        t::Shape shape{};
        READ
        std::string name;
        std::getline(std::cin >> std::ws, name);
        name.copy(told.name, 255);
        told.name[name.size()] = 0;
        const t::Entry* entry = t::find(t::device_of(told), shape);
        if (entry == nullptr) { std::cout << "none\n"; continue; }
        const t::Config& config = t::configs[entry->config];
        const long long sum = SUM;
        std::cout << entry->gpu << ' ' << entry->shape << ' ' << entry->launch.grid[0] << ' ' << entry->launch.block[0] << ' '
                  << entry->launch.dynamic_shared_memory_bytes << ' ' << sum << ' ' << entry->predicted_ps << '\n';
    }
}
"#;

/// The names of the fields that a program reads: sizes, words, numbers of a configuration.
fn fields(table: &Table) -> (Vec<String>, Vec<String>, Vec<String>) {
    let shape = &table.shapes[0];
    let words: Vec<String> =
        shape.words.keys().cloned().chain(shape.dtype.iter().map(|_| "dtype".to_owned())).collect();
    let macros = table.configurations[0].config.macros.keys().filter(|name| !["M", "N", "K"].contains(&name.as_str()));
    (shape.sizes.keys().cloned().collect(), words, macros.map(|name| name.to_lowercase()).collect())
}

#[test]
fn the_header_chooses_by_the_rules() {
    if !has_gxx() {
        return;
    }
    for text in [problems::rows(), problems::MATMUL.to_owned()] {
        let (table, folder) = (table(&text), tempfile::tempdir().unwrap());
        table.write(folder.path()).unwrap();
        let (sizes, words, numbers) = fields(&table);
        let read_size = sizes.iter().map(|name| format!("std::cin >> shape.{name};\n"));
        let read_word = words.iter().map(|name| {
            let fp32 = if name == "output" { "if (word == \"fp32\") shape.output = t::Output::fp32;" } else { "" };
            format!("{{ std::string word; std::cin >> word; {fp32} }}\n")
        });
        let sum: Vec<String> = numbers.iter().map(|name| format!("config.{name}")).collect();
        let program = CPP
            .replace("UPPER", &table.identifier().to_uppercase())
            .replace("NAME", &table.identifier())
            .replace("READ", &read_size.chain(read_word).collect::<String>())
            .replace("SUM", &sum.join(" + "))
            .replace("FIRST", &numbers[0]);
        let (source, binary) = (folder.path().join("main.cpp"), folder.path().join("main"));
        std::fs::write(&source, program).unwrap();
        let strict = ["-std=c++17", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-o"];
        run(Command::new("g++").args(strict).arg(&binary).arg(&source));
        let asked = questions(&table, 2000);
        assert_eq!(answers(&binary, &asked), expected(&table, &asked));
    }
}

const RUST: &str = r#"
mod t { #![allow(unused)] include!("NAME_table.rs"); }
fn main() {
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let mut parts = line.splitn(COUNT, ' ');
        let mut next = || parts.next().unwrap();
        let (major, minor, sms) = (next().parse().unwrap(), next().parse().unwrap(), next().parse().unwrap());
        let memory_bytes = next().parse().unwrap();
        let shape = t::Shape { READ };
        let device = t::Device { name: next(), major, minor, sms, memory_bytes };
        let Some(entry) = t::find(&device, &shape) else { println!("none"); continue };
        let config = &t::CONFIGS[entry.config.unwrap()];
        let sum = SUM;
        println!("{} {} {} {} {} {sum} {}", entry.gpu, entry.shape, entry.launch.grid[0], entry.launch.block[0],
            entry.launch.dynamic_shared_memory_bytes, entry.predicted_ps);
    }
}
"#;

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

#[test]
fn the_module_chooses_by_the_rules() {
    for text in [problems::rows(), problems::MATMUL.to_owned()] {
        let (table, folder) = (table(&text), tempfile::tempdir().unwrap());
        table.write(folder.path()).unwrap();
        let (sizes, words, numbers) = fields(&table);
        let size = sizes.iter().map(|name| format!("{name}: next().parse().unwrap()"));
        let word = words.iter().map(|name| match name.as_str() {
            "output" => "output: if next() == \"fp32\" { t::Output::Fp32 } else { t::Output::Bf16 }".to_owned(),
            _ => "dtype: { next(); t::Dtype::Bf16 }".to_owned(),
        });
        let sum: Vec<String> = numbers.iter().map(|name| format!("config.{name}")).collect();
        let program = RUST
            .replace("NAME", &table.identifier())
            .replace("COUNT", &(5 + sizes.len() + words.len()).to_string())
            .replace("READ", &size.chain(word).collect::<Vec<_>>().join(", "))
            .replace("SUM", &sum.join(" + "));
        let (source, binary) = (folder.path().join("main.rs"), folder.path().join("main"));
        std::fs::write(&source, program).unwrap();
        run(rustc().args(["--edition", "2024", "-D", "warnings", "-o"]).arg(&binary).arg(&source));
        let asked = questions(&table, 2000);
        assert_eq!(answers(&binary, &asked), expected(&table, &asked));
    }
}

/// Whatever the kernel, the code compiles without a warning: parts, no kernel, no sizes, names that compilers keep.
#[test]
fn the_code_of_any_table_compiles_without_warnings() {
    let plain = r#"{"version": 1, "name": "2 fn class", "gpus": ["T4"], "shapes": [{"class": 4, "fn": 5}, {"class": 6, "fn": 2}],
        "variables": {"struct": {"min": 1, "max": 9}, "A": {"min": 1, "max": 2}, "a": {"min": 1, "max": 2}},
        "constraints": ["struct * A < class + fn", "fn > 3"], "objective": {"maximize": "struct + a"}}"#;
    let lone = r#"{"version": 1, "gpus": ["T4", "detect me not"], "variables": {"x": {"values": [3]}}}"#;
    let lone = lone.replace(r#", "detect me not""#, "");
    for text in [problems::LAYERS, plain, &lone] {
        let (table, folder) = (table(text), tempfile::tempdir().unwrap());
        let files = table.write(folder.path()).unwrap();
        std::fs::write(
            folder.path().join("lib.rs"),
            format!("#![no_std]\n#![deny(warnings)]\nmod table {{ include!({:?}); }}\n", files.rust),
        )
        .unwrap();
        run(rustc()
            .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "lib.rs"])
            .current_dir(folder.path()));
        if has_gxx() {
            let strict = [
                "-std=c++17",
                "-Wall",
                "-Wextra",
                "-Wconversion",
                "-pedantic",
                "-Werror",
                "-fsyntax-only",
                "-x",
                "c++",
            ];
            run(Command::new("g++").args(strict).arg("-include").arg(&files.header).arg("/dev/null"));
        }
        for header in &files.configurations {
            assert!(std::fs::read_to_string(header).unwrap().contains("#define "));
        }
    }
}
