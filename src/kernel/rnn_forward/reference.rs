//! The layer in double precision.
