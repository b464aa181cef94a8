//! The files of a kernel's source.

/// A file of a kernel's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the folder of all kernels, such as `matmul/matmul.cu`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// A file that lies beside the Rust file that names it: its path below the folder of all kernels, and its own name.
macro_rules! source {
    ($path:literal, $file:literal) => {
        $crate::kernel::SourceFile { path: $path, text: include_str!($file) }
    };
}
pub(crate) use source;
