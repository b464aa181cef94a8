//! [`Confidence`]: how sure a kernel's predicted time is.

/// How sure a predicted time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confidence {
    /// The definitions of the kernel between which the time is expected, the low one first, in picoseconds.
    pub range: Option<(&'static str, &'static str)>,
    /// Whether the prediction was held against times that a GPU took.
    pub measured: bool,
    /// What it rests on, in a phrase that a reader sees beside the time.
    pub basis: &'static str,
}

impl Confidence {
    /// Nobody held the prediction against a GPU, or knows how far it is off.
    pub const UNMEASURED: Self =
        Self { range: None, measured: false, basis: "by published figures and assumptions, not measured on a GPU" };
}
