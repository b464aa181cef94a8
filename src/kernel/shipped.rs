//! The kernels that are shipped.

use super::{Kernel, KernelError, KernelFault};
use super::{matmul, recurrent};
use crate::diagnostic::Place;

/// All shipped kernels.
pub fn kernels() -> &'static [&'static dyn Kernel] {
    &[&matmul::Matmul, &recurrent::RnnForward, &recurrent::RnnBackward, &recurrent::RnnTraining]
}

/// The kernel of that name.
///
/// # Errors
/// [`KernelError`] that lists the names.
pub fn find(name: &str) -> Result<&'static dyn Kernel, KernelError> {
    kernels().iter().copied().find(|kernel| kernel.name() == name).ok_or_else(|| {
        let known = kernels().iter().map(|kernel| kernel.name()).collect();
        Place::at("kernel").fault(KernelFault::UnknownKernel { name: name.to_owned(), known })
    })
}
