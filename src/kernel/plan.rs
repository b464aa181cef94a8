//! [`Plan`]: what is done on a GPU to run a kernel once: arrays in its memory, and launches in their order.
//!
//! Data alone, so that it can be handed to another process, and that tests can hold it against what the launch functions in C++ do.

use super::Scalar;
use serde::{Deserialize, Serialize};

/// Arrays in a GPU's memory, and what is done with them, in this order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Each begins at a multiple of 256 bytes, as what the driver hands out does.
    pub arrays: Vec<PlannedArray>,
    /// One run of the kernel.
    pub steps: Vec<Step>,
}

/// An array in a GPU's memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedArray {
    /// As the kernel's driver or description calls it.
    pub name: String,
    /// Its size, perhaps 0: then kernels are given no address.
    pub bytes: i64,
    /// What it holds before the first run.
    pub holds: Holds,
}

/// What an array holds before the first run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Bytes 0xff, a NaN in every type of real numbers: what the kernel leaves out shows.
    Nothing,
    /// Bytes 0.
    Zeros,
    /// Numbers, any within these bounds as likely as any other; whole ones where the type is.
    Random {
        /// Their type.
        scalar: Scalar,
        /// The least and the largest.
        within: [f64; 2],
    },
    /// The bytes of a file.
    File {
        /// Its path.
        path: String,
    },
}

/// What is done with arrays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// All bytes of an array become 0.
    Zero {
        /// Its index.
        array: usize,
    },
    /// A kernel runs.
    Launch(Launch),
}

/// A kernel that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// Which of the compiled sources has it, where a kernel is made of several.
    pub image: usize,
    /// Its name in the source.
    pub entry: String,
    /// Blocks along x, y and z.
    pub grid: [i64; 3],
    /// Threads of a block along x, y and z.
    pub block: [i64; 3],
    /// Blocks of a cluster along x, y and z.
    pub cluster: [i64; 3],
    /// Shared memory that the launch asks for.
    pub dynamic_shared_memory_bytes: i64,
    /// Whether all that L1 and shared memory divide between them is to be shared memory; else the driver decides.
    pub prefers_shared_memory: bool,
    /// Whether all blocks must run at once, as they wait for each other.
    pub cooperative: bool,
    /// The kernel's parameters.
    pub arguments: Vec<Argument>,
}

/// A parameter of a kernel: one value, or the fields of a struct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// A pointer or a number.
    One(Field),
    /// A struct that is passed by value, whose fields lie as C++ has them.
    Struct(Vec<Field>),
}

/// A pointer or a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The address of an array, or so many bytes behind it; null of an array without bytes.
    Address {
        /// Its index.
        array: usize,
        /// From its beginning.
        offset_bytes: i64,
    },
    /// No address.
    Null,
    /// A whole number of 32 bits.
    Int32(i32),
    /// A number of any type: the value that is nearest.
    Number {
        /// Its type.
        scalar: Scalar,
        /// The number.
        value: f64,
    },
    /// A whole number of 64 bits.
    Int64(i64),
}

impl Plan {
    /// Adds an array, and gives its index.
    pub fn add(&mut self, name: &str, bytes: i64, holds: Holds) -> usize {
        self.arrays.push(PlannedArray { name: name.to_owned(), bytes, holds });
        self.arrays.len() - 1
    }

    /// The array of that name.
    pub fn array(&self, name: &str) -> Option<usize> {
        self.arrays.iter().position(|array| array.name == name)
    }

    /// Bytes of all arrays.
    pub fn bytes(&self) -> i64 {
        self.arrays.iter().map(|array| array.bytes).fold(0, i64::saturating_add)
    }

    /// One plan after the other, as the parts of a kernel follow each other. An array that both name is one, as large as the larger,
    /// and holds what the first has in it; what begins with `own` in the second is its own.
    #[must_use]
    pub fn then(mut self, second: &Self, own: &[&str]) -> Self {
        let image = 1 + self.launches().map(|launch| launch.image).max().unwrap_or(0);
        let places: Vec<usize> = second
            .arrays
            .iter()
            .map(|array| match self.array(&array.name).filter(|_| !own.contains(&array.name.as_str())) {
                Some(same) => {
                    self.arrays[same].bytes = self.arrays[same].bytes.max(array.bytes);
                    same
                }
                None => self.add(&array.name, array.bytes, array.holds.clone()),
            })
            .collect();
        self.steps.extend(second.steps.iter().map(|step| step.moved(&places, image)));
        self
    }

    /// The kernels in their order.
    pub fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.steps.iter().filter_map(|step| match step {
            Step::Launch(launch) => Some(launch),
            Step::Zero { .. } => None,
        })
    }
}

impl Launch {
    /// The parameters beside each other, as a kernel reads them, with the address of each array.
    pub fn parameters(&self, addresses: &[u64]) -> Vec<u8> {
        let mut all = Vec::new();
        for argument in &self.arguments {
            all.resize(all.len().next_multiple_of(argument.alignment()), 0);
            all.extend(argument.bytes(addresses));
        }
        all
    }

    /// One block of one thread that takes nothing, to start from.
    pub(crate) fn of_one_block() -> Self {
        Self {
            image: 0,
            entry: String::new(),
            grid: [1; 3],
            block: [1; 3],
            cluster: [1; 3],
            dynamic_shared_memory_bytes: 0,
            prefers_shared_memory: false,
            cooperative: false,
            arguments: Vec::new(),
        }
    }
}

impl Step {
    /// The same with other indices of arrays, and later images.
    fn moved(&self, places: &[usize], images: usize) -> Self {
        match self {
            Self::Zero { array } => Self::Zero { array: places[*array] },
            Self::Launch(launch) => {
                let mut launch = launch.clone();
                launch.image += images;
                launch.arguments.iter_mut().flat_map(Argument::fields_mut).for_each(|field| {
                    if let Field::Address { array, .. } = field {
                        *array = places[*array];
                    }
                });
                Self::Launch(launch)
            }
        }
    }
}

impl Argument {
    /// The address of an array.
    pub fn address(array: usize) -> Self {
        Self::One(Field::Address { array, offset_bytes: 0 })
    }

    fn fields_mut(&mut self) -> &mut [Field] {
        match self {
            Self::One(field) => std::slice::from_mut(field),
            Self::Struct(fields) => fields,
        }
    }

    fn fields(&self) -> &[Field] {
        match self {
            Self::One(field) => std::slice::from_ref(field),
            Self::Struct(fields) => fields,
        }
    }

    /// As it lies in memory, with the address of each array; 0 stands for an array that has none.
    ///
    /// ```
    /// use constrint::kernel::{Argument, Field};
    ///
    /// let address = |array| Field::Address { array, offset_bytes: 16 };
    /// let argument = Argument::Struct(vec![Field::Int32(1), address(0), address(1)]);
    /// let bytes = argument.bytes(&[0x100, 0]);
    /// // A pointer lies at a multiple of 8 bytes.
    /// assert_eq!(bytes[..4], [1, 0, 0, 0]);
    /// assert_eq!(bytes[8..10], [0x10, 1]);
    /// assert_eq!(bytes[16..], [0; 8]);
    /// ```
    pub fn bytes(&self, addresses: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in self.fields() {
            let own = field.bytes(addresses);
            // Each of these types is aligned to its size.
            bytes.resize(bytes.len().next_multiple_of(own.len()), 0);
            bytes.extend(own);
        }
        bytes.resize(bytes.len().next_multiple_of(self.alignment()), 0);
        bytes
    }

    /// That of its widest field.
    fn alignment(&self) -> usize {
        self.fields().iter().map(|field| field.bytes(&[]).len()).max().unwrap_or(1)
    }
}

impl Field {
    fn bytes(self, addresses: &[u64]) -> Vec<u8> {
        match self {
            Self::Address { array, offset_bytes } => match addresses.get(array) {
                None | Some(0) => vec![0; 8],
                Some(address) => address.wrapping_add_signed(offset_bytes).to_le_bytes().to_vec(),
            },
            Self::Null => vec![0; 8],
            Self::Int32(value) => value.to_le_bytes().to_vec(),
            Self::Int64(value) => value.to_le_bytes().to_vec(),
            Self::Number { scalar, value } => scalar.encode(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A struct of two numbers of 32 bits is as large as an address and aligned to less.
    #[test]
    fn parameters_lie_as_a_kernel_reads_them() {
        let pair = Argument::Struct(vec![Field::Int32(2), Field::Int32(3)]);
        let byte = |value| Argument::One(Field::Number { scalar: Scalar::Uint8, value });
        let arguments =
            vec![Argument::One(Field::Int32(1)), pair, byte(4.0), byte(5.0), Argument::One(Field::Int64(6)), byte(7.0)];
        let all = Launch { arguments, ..Launch::of_one_block() }.parameters(&[]);
        let places: Vec<Option<usize>> = (1..=7).map(|value| all.iter().position(|&byte| byte == value)).collect();
        assert_eq!(places, [0, 4, 8, 12, 13, 16, 24].map(Some));
        assert_eq!(all.len(), 25);
    }

    #[test]
    fn the_second_part_reads_what_the_first_has_written() {
        let part = |names: [&str; 2], holds: Holds| {
            let mut plan = Plan::default();
            let arrays = names.map(|name| plan.add(name, 8, holds.clone()));
            let arguments =
                vec![Argument::Struct(arrays.map(|array| Field::Address { array, offset_bytes: 0 }).into())];
            plan.steps.push(Step::Zero { array: arrays[1] });
            plan.steps.push(Step::Launch(Launch { arguments, ..Launch::of_one_block() }));
            plan
        };
        let first = part(["h", "workspace"], Holds::Nothing);
        let both = first.then(&part(["h", "workspace"], Holds::Zeros), &["workspace"]);
        assert_eq!(
            both.arrays.iter().map(|array| array.name.as_str()).collect::<Vec<_>>(),
            ["h", "workspace", "workspace"]
        );
        assert_eq!(both.arrays[0].holds, Holds::Nothing);
        let launches: Vec<&Launch> = both.launches().collect();
        assert_eq!((launches[0].image, launches[1].image), (0, 1));
        assert_eq!(launches[1].arguments[0].bytes(&[1, 2, 3])[8], 3);
        assert_eq!(both.steps[2], Step::Zero { array: 2 });
    }
}
