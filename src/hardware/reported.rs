//! [`reported_names`]: what drivers call a GPU.

use super::{Gpu, catalog, mig};

/// What drivers call a GPU, as far as the catalog knows, and its own name: `cudaDeviceProp::name` of such a device is one
/// of these. A slice has its profile behind each name.
///
/// ```
/// use constrint::hardware::{find, reported_names};
///
/// assert_eq!(reported_names(find("4090")?), ["NVIDIA GeForce RTX 4090", "RTX 4090"]);
/// # Ok::<(), constrint::Error>(())
/// ```
pub fn reported_names(gpu: &Gpu) -> Vec<String> {
    let known = |name: &str| {
        let device = catalog().devices().iter().find(|device| device.name == name);
        device.map(|device| device.driver_names.clone()).unwrap_or_default()
    };
    let mut names = match mig::split(&gpu.name) {
        Some((base, profile)) => known(base).iter().map(|name| format!("{name} MIG {profile}")).collect(),
        None => known(&gpu.name),
    };
    if !names.contains(&gpu.name) {
        names.push(gpu.name.clone());
    }
    names
}
