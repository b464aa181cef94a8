//! Why the local GPU could not be told.

use crate::hardware::ComputeCapability;
use std::fmt;

/// What kept the GPU of this machine from being detected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetectionFault {
    /// No driver library could be opened.
    NoDriver {
        /// What the loader said of each name that was tried.
        reasons: Vec<String>,
    },
    /// The library has no such function.
    MissingSymbol {
        /// The library.
        library: String,
        /// The function.
        symbol: &'static str,
    },
    /// The driver refused a call.
    Call {
        /// The function.
        call: &'static str,
        /// Its `CUresult`.
        code: i32,
        /// What the driver calls that.
        reason: Option<String>,
        /// The library.
        library: String,
    },
    /// The driver shows no device to this process.
    NoDevice,
    /// There are fewer devices than that.
    NoSuchDevice {
        /// The index asked for, from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// `detect:` is not followed by an index.
    Index {
        /// What follows it.
        text: String,
    },
    /// The table of compute capabilities lacks the device's, so that what the driver does not tell is unknown.
    UnknownCapability {
        /// The device.
        device: String,
        /// Its compute capability.
        compute_capability: ComputeCapability,
    },
    /// The driver does not tell something that is needed.
    Untold {
        /// The device.
        device: String,
        /// What is missing.
        what: &'static str,
    },
}

impl DetectionFault {
    /// How to mend it, as a whole sentence.
    pub fn hint(&self) -> Option<String> {
        let by_name = "name a GPU of the catalog (`constrint gpus` lists them) or give its limits";
        Some(match self {
            Self::NoDriver { .. } => {
                format!("Install NVIDIA's driver, name its library by CONSTRINT_LIBCUDA, or {by_name}.")
            }
            Self::MissingSymbol { .. } => {
                format!("Is it NVIDIA's driver? A stub of the toolkit is none. You can also {by_name}.")
            }
            Self::Call { .. } => format!("`nvidia-smi` may tell more; you can also {by_name}."),
            Self::NoDevice if std::env::var_os("CUDA_VISIBLE_DEVICES").is_some() => {
                format!("CUDA_VISIBLE_DEVICES may hide what there is; you can also {by_name}.")
            }
            Self::NoDevice => format!("You can {by_name}."),
            Self::NoSuchDevice { .. } => "`constrint gpus --detect` lists the devices.".to_owned(),
            Self::Index { .. } => "Write `detect` for the first device, or `detect:1` for the second.".to_owned(),
            Self::UnknownCapability { .. } | Self::Untold { .. } => {
                "Start from a GPU of the catalog, as in `{\"base\": \"H100 SXM5 80GB\", \"sms\": …}`.".to_owned()
            }
        })
    }
}

impl fmt::Display for DetectionFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDriver { reasons } => {
                write!(formatter, "no NVIDIA driver was found on this machine: {}", reasons.join("; "))
            }
            Self::MissingSymbol { library, symbol } => write!(formatter, "{library} has no function `{symbol}`"),
            Self::Call { call, code, reason, library } => {
                write!(formatter, "{library}: {call} failed with code {code}")?;
                reason.as_ref().map_or(Ok(()), |reason| write!(formatter, ": {reason}"))
            }
            Self::NoDevice => write!(formatter, "the driver shows no GPU to this process"),
            Self::NoSuchDevice { index, count } => {
                write!(formatter, "there is no device {index}: the driver shows {count}, counted from 0")
            }
            Self::Index { text } => write!(formatter, "`{text}` is not the index of a device"),
            Self::UnknownCapability { device, compute_capability } => {
                write!(formatter, "{device} has compute capability {compute_capability}, which the catalog lacks")
            }
            Self::Untold { device, what } => write!(formatter, "the driver does not tell the {what} of {device}"),
        }
    }
}
