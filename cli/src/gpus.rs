//! `constrint gpus`: the catalog, one GPU of it, or those of this machine.

use crate::args::{Detect, GpusArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::section;
use crate::style::{FAINT, GOOD, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use crate::units::{bytes, decimal};
use constrint::hardware::{
    Capability, DetectedGpu, Device, Gpu, GpuSpec, LocalGpus, MmaSupport, catalog, mig_sources, mig_table,
};
use serde_json::{Value, json};

/// What it means that nobody published the rates of a device's tensor cores.
const UNKNOWN_RATES: &str = "The rates of its tensor cores are unknown, since GPUs of one compute capability differ in \
     them by up to four times. Times of kernels that use them are not predicted until a problem gives these rates, as in \
     `\"gpu\": {\"base\": \"detect\", \"tensor_flops_per_s\": {\"bf16\": …}}`.";

pub(crate) fn run(args: &GpusArgs, output: &Output) -> Result<ExitCode, Failure> {
    let (object, text) = match (&args.name, args.detect) {
        (_, Some(detect)) => local(detect, output).map_err(Failure::library(""))?,
        (Some(name), None) => one(&GpuSpec::Name(name.clone()).resolve().map_err(Failure::library(""))?),
        (None, None) => (json!({"gpus": catalog().gpus()}), list(catalog().gpus())),
    };
    if output.json {
        output.object(&object)?;
    } else {
        output.data(&text)?;
    }
    Ok(ExitCode::Success)
}

/// The GPUs of this machine: all of them in a table, then the one asked for in full.
fn local(detect: Detect, output: &Output) -> Result<(Value, String), constrint::Error> {
    let gpus = LocalGpus::open()?;
    let mut found: Vec<DetectedGpu> = Vec::new();
    let wanted = match detect {
        // Whatever is wrong with another device does not matter here.
        Detect::One(index) => Some(gpus.get(index)?),
        Detect::All => None,
    };
    for (index, gpu) in gpus.iter().enumerate() {
        match gpu {
            Ok(gpu) => found.push(gpu),
            Err(error) => output.note(&format!("note: device {index} is left out: {error}")),
        }
    }
    let all: Vec<Gpu> = found.iter().map(|detected| detected.gpu.clone()).collect();
    Ok(match wanted {
        None => (json!({"gpus": all}), list(&all)),
        Some(one) if gpus.count() == 1 => described(&one),
        Some(one) => {
            let (object, text) = described(&one);
            (object, list(&all) + "\n" + &text)
        }
    })
}

fn described(detected: &DetectedGpu) -> (Value, String) {
    let (object, text) = one(&detected.gpu);
    let origin = match &detected.catalog_name {
        Some(name) => format!("Limits as the driver tells them; peaks and bandwidth of the catalog's {name}."),
        None => {
            "Limits as the driver tells them; FP32 peak and bandwidth computed from its clocks, since the catalog has no \
                 such GPU."
                .to_owned()
        }
    };
    let sources = section("Sources") + &paragraph(&origin, 2, FAINT);
    let is_known = detected.catalog_name.is_some();
    let unknown = if is_known { String::new() } else { paragraph(UNKNOWN_RATES, 2, NOTABLE) };
    (object, text + &sources + &unknown)
}

fn list(gpus: &[Gpu]) -> String {
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
    for gpu in gpus {
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
    for (name, value) in fields.as_object().into_iter().flatten().filter(|(_, value)| is_known(value)) {
        if !matches!(name.as_str(), "name" | "compute_capability") {
            table.styled_row([(name.clone(), PLAIN), (shown(name, value), HEAD)]);
        }
    }
    text += &table.render();
    if let Some(row) = catalog().capability(gpu.compute_capability) {
        text += &matrix_instructions(row);
    }
    text += &slices(gpu);
    if let Some(device) = catalog().devices().iter().find(|device| device.name == gpu.name) {
        text += &provenance(device);
    }
    (fields, text)
}

/// Whether there is anything in a field.
fn is_known(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.values().any(is_known),
        other => !other.is_null(),
    }
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
            let known = fields.iter().filter(|(_, value)| is_known(value));
            known.map(|(key, value)| format!("{key} {}", shown("", value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Shapes of the matrix instructions by type, and what becomes of each.
fn matrix_instructions(row: &Capability) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left, Align::Left]);
    for (kind, shapes) in &row.mma_shapes.mma_sync {
        for shape in shapes {
            let (how, style) = match shape.support {
                MmaSupport::Native => ("native", GOOD),
                MmaSupport::Composed => ("emulated by tensor cores", NOTABLE),
                MmaSupport::WithoutTensorCores => ("emulated without tensor cores", NOTABLE),
            };
            let instructions = shape.instructions.clone().unwrap_or_default();
            table.styled_row([
                (format!("mma.sync {kind}"), PLAIN),
                (shape.shape.clone(), HEAD),
                (how.to_owned(), style),
                (instructions, FAINT),
            ]);
        }
    }
    for (kind, shape) in &row.mma_shapes.wgmma {
        let widths = match shape.n.as_slice() {
            [first, .., last] => format!("m64 n{first} to n{last}, k{}", shape.k),
            _ => format!("k{}", shape.k),
        };
        let count = format!("{} widths", shape.n.len());
        table.styled_row([
            (format!("wgmma {kind}"), PLAIN),
            (widths, HEAD),
            ("native".to_owned(), GOOD),
            (count, FAINT),
        ]);
    }
    section("Matrix instructions") + &table.render()
}

/// The slices that the GPU can be cut into.
fn slices(gpu: &Gpu) -> String {
    let Some(mig) = mig_table(&gpu.name) else { return String::new() };
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]);
    table.styled_row(["profile", "SMs", "memory", "L2", "instances"].map(|head| (head.to_owned(), HEAD)));
    for profile in &mig.profiles {
        table.row([
            profile.name.clone(),
            profile.sms.to_string(),
            format!("{}/{}", profile.memory_slices, mig.slices),
            format!("{}/{}", profile.l2_slices, mig.slices),
            profile.instances.to_string(),
        ]);
    }
    let sources = mig.sources.iter().filter_map(|key| mig_sources().get(key));
    let sources: String = sources.map(|source| paragraph(source, 2, FAINT)).collect();
    section("Slices (MIG)") + &table.render() + &sources
}

fn provenance(device: &Device) -> String {
    let mut text = section("Sources");
    for key in &device.sources {
        let source = catalog().sources().get(key).map_or("", String::as_str);
        text += &paragraph(&format!("{key}: {source}"), 2, FAINT);
    }
    text += &paragraph(&format!("The driver calls it {}", device.driver_names.join(" or ")), 2, FAINT);
    if !device.namesakes.is_empty() {
        let others = device.namesakes.join(", ");
        text += &paragraph(&format!("Of the same name, without figures here: {others}"), 2, NOTABLE);
    }
    if !device.measured.is_empty() {
        let fields = device.measured.join(", ");
        text += &paragraph(&format!("Measured, since NVIDIA publishes none: {fields}"), 2, FAINT);
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
