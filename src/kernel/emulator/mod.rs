//! `emulator/`: headers that run the kernels on a CPU, and `driver/`: what drivers are written against.
//!
//! `emulator.h` says what the emulator finds, `driver.h` what a driver is. C++17 and g++ are needed where a kernel is run, not
//! where this crate is built.

use super::{SourceFile, source};

/// The headers of both.
pub(crate) const EMULATOR: [SourceFile; 24] = [
    source!("emulator/emulator.h", "emulator.h"),
    source!("emulator/emulator.cpp", "emulator.cpp"),
    source!("emulator/approximate.h", "approximate.h"),
    source!("emulator/buffer.h", "buffer.h"),
    source!("emulator/interface.h", "interface.h"),
    source!("emulator/cuda.h", "cuda.h"),
    source!("emulator/deadlock.h", "deadlock.h"),
    source!("emulator/failure.h", "failure.h"),
    source!("emulator/fiber.h", "fiber.h"),
    source!("emulator/global_memory.h", "global_memory.h"),
    source!("emulator/grid.h", "grid.h"),
    source!("emulator/knowledge.h", "knowledge.h"),
    source!("emulator/launch.h", "launch.h"),
    source!("emulator/memory_instructions.h", "memory_instructions.h"),
    source!("emulator/number.h", "number.h"),
    source!("emulator/random.h", "random.h"),
    source!("emulator/shadow.h", "shadow.h"),
    source!("emulator/shared_memory.h", "shared_memory.h"),
    source!("emulator/source_line.h", "source_line.h"),
    source!("emulator/switch.h", "switch.h"),
    source!("emulator/thread.h", "thread.h"),
    source!("emulator/warp_instructions.h", "warp_instructions.h"),
    source!("driver/driver.h", "../driver/driver.h"),
    source!("driver/on_emulator.h", "../driver/on_emulator.h"),
];

/// The file to compile with a driver.
pub(crate) const MAIN: &str = "emulator/emulator.cpp";

/// What a driver needs beside its own files to run on a GPU.
pub(crate) const ON_CUDA: [SourceFile; 2] =
    [source!("driver/driver.h", "../driver/driver.h"), source!("driver/on_cuda.h", "../driver/on_cuda.h")];
