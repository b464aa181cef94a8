//! `constrint gpus`: the catalog, or one GPU of it.

use crate::args::GpusArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{FAINT, HEAD, NOTABLE, Output, PLAIN, styled};
use crate::report::section;
use crate::table::{Align, Table, paragraph};
use crate::units::{bytes, decimal};
use constrint::Error;
use constrint::hardware::{Device, Gpu, catalog, find};
use serde_json::{Value, json};

pub(crate) fn run(args: &GpusArgs, output: &Output) -> Result<ExitCode, Failure> {
    if args.detect {
        return Err(Failure::library("")(Error::GpuDetectionUnavailable));
    }
    let (object, text) = match &args.name {
        Some(name) => one(find(name).map_err(Failure::library(""))?),
        None => (json!({"gpus": catalog().gpus()}), list()),
    };
    if output.json {
        output.object(&object)?;
    } else {
        output.data(&text)?;
    }
    Ok(ExitCode::Success)
}

fn list() -> String {
    let mut table = Table::new(&[
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ]);
    let heads = ["GPU", "CC", "SMs", "shared/block", "L2", "memory", "GB/s", "bf16 TF/s"];
    table.styled_row(heads.map(|head| (head.to_owned(), HEAD)));
    for gpu in catalog().gpus() {
        let bf16 = gpu.tensor_flops_per_s.bf16;
        table.row([
            gpu.name.clone(),
            gpu.compute_capability.to_string(),
            gpu.sms.to_string(),
            bytes(gpu.shared_memory_per_block_optin_bytes),
            bytes(gpu.l2_bytes),
            bytes(gpu.memory_bytes),
            (gpu.memory_bandwidth_bytes_per_s / 1_000_000_000).to_string(),
            bf16.map_or_else(|| "-".to_owned(), |rate| decimal(rate, 1_000_000_000_000)),
        ]);
    }
    table.render()
}

/// All fields, with what the catalog says of their origin.
fn one(gpu: &Gpu) -> (Value, String) {
    let fields = json!(gpu);
    let mut text = format!("{}  compute capability {}\n", styled(HEAD, &gpu.name), gpu.compute_capability);
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for (name, value) in fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        if !matches!(name.as_str(), "name" | "compute_capability") {
            table.styled_row([(name.clone(), PLAIN), (shown(name, value), HEAD)]);
        }
    }
    text += &table.render();
    if let Some(device) = catalog().devices().iter().find(|device| device.name == gpu.name) {
        text += &provenance(device);
    }
    (fields, text)
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(size) if name.ends_with("_bytes") && size >= 1024 => format!("{size} ({})", bytes(size)),
            _ => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| shown("", item)).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let known = fields.iter().filter(|(_, value)| !value.is_null());
            known.map(|(key, value)| format!("{key} {}", shown("", value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn provenance(device: &Device) -> String {
    let mut text = section("Sources");
    for key in &device.sources {
        let source = catalog().sources().get(key).map_or("", String::as_str);
        text += &paragraph(&format!("{key}: {source}"), 2, FAINT);
    }
    if !device.derived.is_empty() {
        text += &paragraph(&format!("Computed from other fields: {}", device.derived.join(", ")), 2, FAINT);
    }
    for (field, reason) in &device.uncertain {
        text += &paragraph(&format!("In doubt: {field}: {reason}"), 2, NOTABLE);
    }
    if let Some(note) = &device.note {
        text += &paragraph(note, 2, PLAIN);
    }
    text
}
