//! The text of a file that holds a GPU: an object as `"gpu"` of a problem takes it, such as `constrint calibrate` and `gpus --json`
//! write.

use super::{GpuFileFault, HardwareError};
use crate::file;
use crate::json_keys;
use serde_json::{Map, Value};
use std::path::Path;

/// Whether a name is that of a file.
pub(super) fn is_path(name: &str) -> bool {
    Path::new(name.trim()).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The same file as seen from the folder above.
pub(super) fn within(folder: &Path, name: &str) -> String {
    folder.join(name.trim()).display().to_string()
}

/// What is wrong with a file.
pub(super) fn fault(path: &str, line: Option<usize>, fault: GpuFileFault) -> HardwareError {
    HardwareError::File { path: path.trim().to_owned(), line, fault: Box::new(fault) }
}

/// The limits in a file.
pub(super) fn limits(path: &str) -> Result<Map<String, Value>, HardwareError> {
    let unreadable = |reason| fault(path, None, GpuFileFault::Unreadable { reason });
    let text = file::read(path.trim()).map_err(|error| unreadable(error.reason))?;
    let json = |error: serde_json::Error| {
        let reason = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let reason = reason.strip_suffix(&place).unwrap_or(&reason).to_owned();
        fault(path, Some(error.line()).filter(|&line| line > 0), GpuFileFault::Json { reason })
    };
    json_keys::check(&text).map_err(json)?;
    match serde_json::from_str(&text).map_err(json)? {
        Value::Object(limits) => Ok(limits),
        _ => Err(fault(path, None, GpuFileFault::NoObject)),
    }
}
