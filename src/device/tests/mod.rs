//! All that can be told without a GPU: a stand-in for the device, and shell scripts for workers.

mod benches;
mod measuring;
mod serving;
mod stub;
