//! `constrint kernels`: the shipped kernels, one of them, or its source.

use crate::args::KernelsArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::section;
use crate::style::{FAINT, HEAD, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use constrint::file::{self, FileError};
use constrint::kernel::{Kernel, ShapeKind, find, kernels};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn run(args: &KernelsArgs, output: &Output) -> Result<ExitCode, Failure> {
    let kernel = args.name.as_deref().map(find).transpose().map_err(Failure::library(""))?;
    if let (Some(kernel), Some(folder)) = (kernel, &args.out) {
        write_sources(kernel, folder)?;
        output.note(&format!(
            "{} files of {} written below {}",
            kernel.sources().len(),
            kernel.name(),
            folder.display()
        ));
    }
    let (object, text) = match kernel {
        Some(kernel) if args.source => (json!({"kernel": kernel.name(), "sources": sources(kernel)}), source(kernel)),
        Some(kernel) => (about(kernel), one(kernel)),
        None => (json!({"kernels": kernels().iter().map(|kernel| about(*kernel)).collect::<Vec<_>>()}), list()),
    };
    if output.json {
        output.object(&object)?;
    } else if args.out.is_none() {
        output.data(&text)?;
    }
    Ok(ExitCode::Success)
}

fn write_sources(kernel: &dyn Kernel, folder: &Path) -> Result<(), Failure> {
    for source in kernel.sources() {
        let path = folder.join(source.path);
        let parent = path.parent().unwrap_or(folder);
        let fail = |error: std::io::Error| FileError::new(parent, &error);
        let made = std::fs::create_dir_all(parent).map_err(fail);
        made.and_then(|()| file::write(&path, source.text)).map_err(Failure::library(""))?;
    }
    Ok(())
}

fn about(kernel: &dyn Kernel) -> Value {
    json!({
        "name": kernel.name(),
        "summary": kernel.summary(),
        "shape": kernel.shape(),
        "dtypes": kernel.dtypes(),
        "files": kernel.sources().iter().map(|source| source.path).collect::<Vec<_>>(),
    })
}

fn sources(kernel: &dyn Kernel) -> Vec<Value> {
    kernel.sources().iter().map(|source| json!({"path": source.path, "text": source.text})).collect()
}

fn list() -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for kernel in kernels() {
        table.styled_row([(kernel.name().to_owned(), HEAD), (kernel.summary().to_owned(), PLAIN)]);
    }
    table.render()
}

fn one(kernel: &dyn Kernel) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
    for parameter in kernel.shape() {
        let kind = match &parameter.kind {
            ShapeKind::Size { min, max, default: None } => format!("{min} to {max}"),
            ShapeKind::Size { min, max, default: Some(default) } => format!("{min} to {max}, {default} if absent"),
            ShapeKind::Word { words } => words.join(" or "),
        };
        table.styled_row([(parameter.name.to_owned(), HEAD), (kind, PLAIN), (parameter.meaning.to_owned(), FAINT)]);
    }
    let files: Vec<&str> = kernel.sources().iter().map(|source| source.path).collect();
    format!(
        "{}\n{}{}{}{}{}{}{}",
        styled(HEAD, kernel.name()),
        paragraph(kernel.summary(), 2, PLAIN),
        section("Shape"),
        table.render(),
        section("Operand types"),
        paragraph(&kernel.dtypes().join(", "), 2, PLAIN),
        section("Source files"),
        paragraph(&files.join(" "), 2, PLAIN),
    )
}

/// All files, each under its name.
fn source(kernel: &dyn Kernel) -> String {
    kernel.sources().iter().fold(String::new(), |mut text, source| {
        let _ = writeln!(text, "// ===== {} =====\n{}", source.path, source.text.trim_end());
        text
    })
}
