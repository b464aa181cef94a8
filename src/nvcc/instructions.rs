//! [`Instructions`]: machine code counted by kind, as `work` in a described kernel has it.

use serde::Serialize;
use std::collections::BTreeMap;

/// Instructions of a thread by kind, each counted once however often it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Instructions {
    /// fp32 additions, multiplications, multiply-adds.
    pub fp32: i64,
    /// The same in fp16 or bf16, two at a time.
    pub fp16: i64,
    /// The same in fp64, which `work` has no field for.
    pub fp64: i64,
    /// Whole numbers, addresses, comparisons, moves, branches: all that is none of the others.
    pub integer: i64,
    /// Special functions and conversions.
    pub special: i64,
    /// Matrix instructions.
    pub tensor: i64,
    /// Accesses to shared memory by their bytes.
    pub shared: BTreeMap<i64, i64>,
    /// Accesses to global memory by their bytes.
    pub global: BTreeMap<i64, i64>,
    /// Registers stored to local memory, or loaded again if that is more.
    pub spills: i64,
    /// Barriers of a block.
    pub barriers: i64,
}

/// The machine code of a kernel, and each of its loops.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MachineWork {
    /// All of it, loops once.
    pub once: Instructions,
    /// What lies between a label and a branch back to it, in the order of these branches: inner loops before outer ones.
    pub loops: Vec<Instructions>,
}

impl MachineWork {
    /// Counts the code of the kernel `entry` in what `nvdisasm -c` prints; none where it is not there.
    pub(super) fn read(text: &str, entry: &str) -> Option<Self> {
        let code = code(text, entry)?;
        let loops = code.iter().zip(0..).filter_map(|(instruction, at)| {
            let from = instruction.target.filter(|&from| from < at)?;
            Some(Instructions::of(code.get(from..=at)?))
        });
        Some(Self { once: Instructions::of(&code), loops: loops.collect() })
    }
}

/// One instruction.
struct Instruction {
    /// With its modifiers, such as `LDS.128`.
    name: String,
    /// The place in the code where it may go on, if it is a branch.
    target: Option<usize>,
}

/// The code between the label of a kernel, whose name may be mangled, and the next section.
fn code(text: &str, entry: &str) -> Option<Vec<Instruction>> {
    let mangled = format!("{}{entry}", entry.len());
    let is_label = |line: &&str| {
        let name = line.trim().strip_prefix(".text.").and_then(|rest| rest.strip_suffix(':'));
        name.is_some_and(|name| name == entry || (name.starts_with("_Z") && name.contains(&mangled)))
    };
    let mut lines = text.lines().skip_while(|line| !is_label(line));
    lines.next()?;
    let (mut code, mut labels, mut branches) = (Vec::new(), BTreeMap::new(), Vec::new());
    for line in lines.map(str::trim).take_while(|line| !line.starts_with(".section")) {
        if let Some(label) = line.strip_suffix(':') {
            labels.insert(label.to_owned(), code.len());
        } else if let Some((_, text)) = line.strip_prefix("/*").and_then(|rest| rest.split_once("*/")) {
            let Some(name) = text.split_whitespace().find(|word| !word.starts_with('@')) else { continue };
            let target = text.split_once("`(").and_then(|(_, rest)| rest.split(')').next());
            branches.extend(target.filter(|_| name.starts_with("BRA")).map(|label| (code.len(), label.to_owned())));
            code.push(Instruction { name: name.trim_end_matches(';').to_owned(), target: None });
        }
    }
    for (at, label) in branches {
        // A branch to itself only fills the line behind the kernel's end.
        code.get_mut(at)?.target = labels.get(&label).copied().filter(|target| *target != at);
    }
    Some(code)
}

impl Instructions {
    fn of(code: &[Instruction]) -> Self {
        let mut counted = Self::default();
        let (mut stored, mut loaded) = (0, 0);
        for Instruction { name, target } in code {
            let (base, modifiers) = name.split_once('.').unwrap_or((name, ""));
            match base {
                "NOP" => {}
                "BRA" if target.is_none() => {}
                "FADD" | "FMUL" | "FFMA" | "FADD32I" | "FMUL32I" | "FFMA32I" | "FADD2" | "FMUL2" | "FFMA2" => {
                    counted.fp32 += 1;
                }
                "HADD2" | "HMUL2" | "HFMA2" => counted.fp16 += 1,
                "DADD" | "DMUL" | "DFMA" => counted.fp64 += 1,
                "MUFU" | "F2I" | "I2F" | "F2F" | "FRND" | "POPC" | "FLO" | "BREV" => counted.special += 1,
                "HMMA" | "IMMA" | "DMMA" | "QMMA" | "HGMMA" | "IGMMA" | "QGMMA" => counted.tensor += 1,
                "LDS" | "STS" | "ATOMS" | "LDSM" | "STSM" => {
                    *counted.shared.entry(bytes(modifiers)).or_default() += 1;
                }
                "LDG" | "STG" | "LD" | "ST" | "ATOM" | "ATOMG" | "RED" | "REDG" | "LDGSTS" => {
                    *counted.global.entry(bytes(modifiers)).or_default() += 1;
                }
                "STL" => stored += 1,
                "LDL" => loaded += 1,
                "BAR" => counted.barriers += 1,
                _ => counted.integer += 1,
            }
        }
        counted.spills = stored.max(loaded);
        counted
    }

    /// The fields of a `work` that say this.
    pub fn fields(&self) -> serde_json::Value {
        let accesses = |accesses: &BTreeMap<i64, i64>| {
            let one = |(bytes, count): (&i64, &i64)| serde_json::json!({"count": count, "bytes": bytes});
            accesses.iter().map(one).collect::<Vec<_>>()
        };
        serde_json::json!({
            "fp32": self.fp32, "fp16": self.fp16, "integer": self.integer, "special": self.special,
            "shared": accesses(&self.shared), "global": accesses(&self.global),
            "spills": self.spills, "barriers": self.barriers,
        })
    }
}

/// Bytes of an access by its modifiers: `E.128`, `U8`; four matrices of `ldmatrix` are 16.
fn bytes(modifiers: &str) -> i64 {
    let of = |modifier: &str| match modifier {
        "U8" | "S8" => Some(1),
        "U16" | "S16" => Some(2),
        "64" | "2" => Some(8),
        "128" | "4" => Some(16),
        _ => None,
    };
    modifiers.split('.').find_map(of).unwrap_or(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_counted_by_kind_and_loop() {
        let text = "\
\t.section\t.text._Z3sumPf,\"ax\",@progbits
.text._Z3sumPf:
        /*0000*/                   IMAD.MOV.U32 R1, RZ, RZ, c[0x0][0x28] ;
        /*0010*/              @!P0 LDG.E.128 R4, [R2.64] ;
.L_x_1:
        /*0020*/                   LDS.64 R8, [R7] ;
        /*0030*/                   FFMA R9, R8, R4, R9 ;
        /*0040*/                   MUFU.EX2 R9, R9 ;
        /*0050*/                   STL [R1], R9 ;
        /*0060*/               @P0 BRA `(.L_x_1) ;
        /*0070*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
        /*0080*/                   STG.E.U8 [R2.64], R9 ;
        /*0090*/                   EXIT ;
.L_x_2:
        /*00a0*/                   BRA `(.L_x_2);
        /*00b0*/                   NOP;
\t.section\t.text.other,\"ax\",@progbits
        /*0000*/                   FADD R0, R0, R0 ;
";
        let work = MachineWork::read(text, "sum").unwrap();
        assert_eq!((work.once.fp32, work.once.special, work.once.spills, work.once.barriers), (1, 1, 1, 1));
        assert_eq!(work.once.shared, BTreeMap::from([(8, 1)]));
        assert_eq!(work.once.global, BTreeMap::from([(1, 1), (16, 1)]));
        assert_eq!(work.once.integer, 3, "a move, a branch and the end");
        assert_eq!(work.loops.len(), 1);
        assert_eq!((work.loops[0].fp32, work.loops[0].integer, work.loops[0].global.len()), (1, 1, 0));
        assert_eq!(MachineWork::read(text, "su"), None);
        assert_eq!(work.once.fields()["global"][1]["bytes"], 16);
    }
}
