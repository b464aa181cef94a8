//! stub
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeasurementFault {}
impl MeasurementFault { pub fn hint(&self) -> Option<String> { None } }
impl std::fmt::Display for MeasurementFault { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
