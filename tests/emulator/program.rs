//! Programs of kernels and the emulator, and the files that they read and write.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Whether there is a g++; without it, tests say so and pass, unless `CONSTRINT_REQUIRE_NVCC=1` demands all tools.
pub(crate) fn compiler_is_there() -> bool {
    if Command::new("g++").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(env::var_os("CONSTRINT_REQUIRE_NVCC").is_none_or(|value| value != "1"), "g++ is missing");
    eprintln!("skipped: g++ is missing");
    false
}

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What a driver reads and writes.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The input NAME.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path().join(format!("{name}.in")), bytes).expect("a written file");
    }

    /// The output NAME.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(format!("{name}.out"))).expect("an output of the driver")
    }

    pub(crate) fn write_words(&self, name: &str, words: impl IntoIterator<Item = u32>) {
        self.write(name, &words.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>());
    }

    pub(crate) fn read_words(&self, name: &str) -> Vec<u32> {
        self.read(name).chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    }
}

/// A compiled driver, in a folder that goes with it.
pub(crate) struct Program(TempDir);

/// What all drivers are compiled with, beside -I.
pub(crate) const OPTIONS: [&str; 7] =
    ["-x", "c++", "-std=c++17", "-O1", "-g1", "-U_FORTIFY_SOURCE", "-DCONSTRINT_EMULATOR"];
pub(crate) const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"];

/// The emulator's own part, compiled once for all tests.
pub(crate) fn emulator() -> &'static Path {
    static OBJECT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, object) = OBJECT.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary directory");
        let object = folder.path().join("emulator.o");
        let source = repository().join("src/kernel/emulator/emulator.cpp");
        succeed(Command::new("g++").args(OPTIONS).args(WARNINGS).arg("-c").arg(source).arg("-o").arg(&object));
        (folder, object)
    });
    object
}

/// Runs a compiler.
pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().expect("g++ starts");
    assert!(output.status.success(), "g++ refuses it:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// Compiles a `.cu` file of tests/emulator.
pub(crate) fn compile(source: &str) -> Program {
    let folder = TempDir::new().expect("a temporary directory");
    succeed(
        Command::new("g++")
            .args(OPTIONS)
            .args(WARNINGS)
            .arg("-I")
            .arg(repository().join("src/kernel"))
            .arg(repository().join("tests/emulator").join(source))
            .args(["-x", "none"])
            .arg(emulator())
            .arg("-o")
            .arg(folder.path().join("driver")),
    );
    Program(folder)
}

impl Program {
    /// Runs it with these files and sizes; what it says where it fails.
    pub(crate) fn run(&self, folder: &Folder, sizes: &[(&str, i64)], seed: u64) -> Result<(), String> {
        let output = Command::new(self.0.path().join("driver"))
            .arg(folder.path())
            .arg(seed.to_string())
            .args(sizes.iter().map(|(name, size)| format!("{name}={size}")))
            .output()
            .expect("the driver starts");
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }
}

/// A folder with all that is in it, to be changed.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The kernels' sources with a change in a file of a pass of the recurrent layer, or of what its passes share.
pub(crate) fn mutated(pass: &str, file: &str, from: &str, to: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    copy_folder(&repository().join("src/kernel"), folder.path());
    let recurrent = folder.path().join("recurrent");
    let own = recurrent.join(pass).join(file);
    let path = if own.exists() { own } else { recurrent.join(file) };
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} once in {file}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    folder
}

/// The emulator said a word (or another, behind a bar), or the largest error, in parts of what is allowed, is beyond it.
pub(crate) fn assert_noticed(ran: Result<f64, String>, word: &str) {
    match ran {
        Err(said) => assert!(word.split('|').any(|word| said.contains(word)), "{word} in {said}"),
        Ok(error) => {
            assert_eq!(word, "numbers", "the emulator notices nothing");
            assert!(error > 1.0, "the numbers do not show it");
        }
    }
}
