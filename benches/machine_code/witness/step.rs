//! The path of one time step through the machine code: the loop over time, its inner loops as often as they run, and of two ways
//! the one with more work, which is that of a warp whose units and sequences all exist. What few steps do counts against a way;
//! it is not simply left out, as where ways meet again a block may have the lines of what lies before it.

use super::instruction::Instruction;
use super::pass::Lines;
use std::collections::{BTreeMap, BTreeSet};

/// What tells how often inner loops run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    /// Matrix instructions of a warp in a step.
    pub(crate) products: usize,
    /// Copies of inputs of a thread in a step.
    pub(crate) copies: usize,
}

/// A piece of code without branches: from the first instruction up to the last one, exclusive.
type Block = (usize, usize);

struct Graph<'a> {
    code: &'a [Instruction],
    blocks: Vec<Block>,
    next: Vec<Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(code: &'a [Instruction]) -> Self {
        let mut starts: BTreeSet<usize> = code.iter().filter_map(|instruction| instruction.target).collect();
        starts.insert(0);
        let ends = |instruction: &Instruction| instruction.target.is_some() || !instruction.falls_through;
        starts.extend(code.iter().enumerate().filter(|(_, one)| ends(one)).map(|(index, _)| index + 1));
        let starts: Vec<usize> = starts.into_iter().filter(|&start| start < code.len()).collect();
        let blocks: Vec<Block> = starts
            .iter()
            .enumerate()
            .map(|(index, &start)| (start, starts.get(index + 1).copied().unwrap_or(code.len())))
            .collect();
        let block_at: BTreeMap<usize, usize> =
            starts.iter().enumerate().map(|(block, &start)| (start, block)).collect();
        let next = blocks
            .iter()
            .map(|&(_, end)| {
                let last = &code[end - 1];
                let mut next: Vec<usize> = last.target.iter().map(|target| block_at[target]).collect();
                if last.falls_through {
                    next.extend(block_at.get(&end));
                }
                next
            })
            .collect();
        Self { code, blocks, next }
    }

    fn of(&self, block: usize) -> &[Instruction] {
        &self.code[self.blocks[block].0..self.blocks[block].1]
    }

    /// The blocks from which `tail` is reached without passing `head`.
    fn body(&self, head: usize, tail: usize) -> BTreeSet<usize> {
        let mut body = BTreeSet::from([head, tail]);
        let mut pending = if head == tail { Vec::new() } else { vec![tail] };
        while let Some(block) = pending.pop() {
            for before in (0..self.blocks.len()).filter(|&before| self.next[before].contains(&block)) {
                if body.insert(before) {
                    pending.push(before);
                }
            }
        }
        body
    }

    /// The innermost loop in which a step's products, if it has any, and pointwise part lie.
    fn loop_over_time(&self, counts: Counts, lines: &Lines) -> Option<(usize, BTreeSet<usize>)> {
        let mut bodies: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (tail, next) in self.next.iter().enumerate() {
            for &head in next.iter().filter(|&&head| self.blocks[head].0 <= self.blocks[tail].0) {
                bodies.entry(head).or_default().extend(self.body(head, tail));
            }
        }
        let has = |body: &BTreeSet<usize>, found: &dyn Fn(&Instruction) -> bool| {
            body.iter().any(|&block| self.of(block).iter().any(found))
        };
        bodies
            .into_iter()
            .filter(|(_, body)| {
                (counts.products == 0 || has(body, &|one| one.is("HMMA"))) && has(body, &|one| lines.is_step(one))
            })
            .min_by_key(|(_, body)| body.iter().map(|&block| self.of(block).len()).sum::<usize>())
    }
}

/// The instructions of a step, in order, by their index.
pub(crate) fn path(code: &[Instruction], counts: Counts, lines: &Lines) -> Result<Vec<usize>, String> {
    let graph = Graph::new(code);
    let (head, body) = graph.loop_over_time(counts, lines).ok_or("no loop over time")?;
    let mut search = Search {
        graph: &graph,
        lines,
        head,
        body: &body,
        on_stack: Vec::new(),
        longest: BTreeMap::new(),
        ends: BTreeSet::new(),
        back: Vec::new(),
    };
    search.visit(head);
    let mut blocks = vec![head];
    let mut last = head;
    while let Some((_, next)) = search.longest.get(&last).filter(|(_, next)| !next.is_empty()) {
        blocks.extend(next);
        // Behind the test of an inner loop that fails, the way goes on from there.
        last = *next.last().unwrap();
        if search.ends.contains(&(blocks[blocks.len() - next.len() - 1], last)) {
            break;
        }
    }
    let back = search.back;
    let instructions = |blocks: &[usize]| -> Vec<usize> {
        blocks.iter().flat_map(|&block| graph.blocks[block].0..graph.blocks[block].1).collect()
    };
    let count = |blocks: &[usize], of: &dyn Fn(&Instruction) -> bool| {
        blocks.iter().map(|&block| graph.of(block).iter().filter(|one| of(one)).count()).sum::<usize>()
    };
    let is_product = |one: &Instruction| one.is("HMMA");
    let times = |segment: &[usize]| -> Result<usize, String> {
        let products = count(segment, &is_product);
        let polls = count(segment, &|one| one.name.contains(".STRONG.") && one.name.starts_with("LD"));
        let copies = count(segment, &|one| one.is("LDGSTS")).max(count(segment, &|one| one.is("LDG")));
        match (products, polls, copies) {
            (1.., _, _) => Ok((counts.products - (count(&blocks, &is_product) - products)) / products),
            (0, 1.., _) => Ok(1),
            // Where nothing is copied in a loop, what is left are loops that wait.
            _ if counts.copies == 0 => Ok(1),
            (0, 0, 1..) => Ok(counts.copies.div_ceil(copies)),
            _ => Err(format!("a loop of unknown length at {:x}", graph.blocks[segment[0]].0 * 16)),
        }
    };
    expand(&blocks, &back, &times, &instructions)
}

/// The path with each loop on it as often as it runs.
fn expand(
    blocks: &[usize],
    back: &[(usize, usize)],
    times: &dyn Fn(&[usize]) -> Result<usize, String>,
    instructions: &dyn Fn(&[usize]) -> Vec<usize>,
) -> Result<Vec<usize>, String> {
    let place = |block: usize| blocks.iter().position(|&other| other == block);
    let outermost = back
        .iter()
        .filter_map(|&(tail, head)| Some((place(head)?, place(tail)?)))
        .filter(|(head, tail)| head <= tail)
        .min_by_key(|&(head, tail)| (head, usize::MAX - tail));
    let Some((head, tail)) = outermost else { return Ok(instructions(blocks)) };
    let inner: Vec<(usize, usize)> =
        back.iter().copied().filter(|&(from, to)| (from, to) != (blocks[tail], blocks[head])).collect();
    let segment = &blocks[head..=tail];
    let once = expand(segment, &inner, times, instructions)?;
    let mut path = instructions(&blocks[..head]);
    for _ in 0..times(segment)? {
        path.extend(&once);
    }
    path.extend(expand(&blocks[tail + 1..], back, times, instructions)?);
    Ok(path)
}

/// Of all ways from the head of a loop back to it, the one with the most stalls of what all steps do, less those of what few do.
struct Search<'a> {
    graph: &'a Graph<'a>,
    lines: &'a Lines,
    head: usize,
    body: &'a BTreeSet<usize>,
    on_stack: Vec<usize>,
    /// For each block the stalls from it to the loop's end, if that is reached, and the blocks behind it: one, or the head of an
    /// inner loop, whose test fails at last, and the one behind that.
    longest: BTreeMap<usize, (Option<i64>, Vec<usize>)>,
    /// Where the test of an inner loop fails at last, and the step is over: the block before, and the loop's head.
    ends: BTreeSet<(usize, usize)>,
    /// The ends of inner loops, with their beginnings.
    back: Vec<(usize, usize)>,
}

impl Search<'_> {
    fn stalls(&self, block: usize) -> i64 {
        let of = |one: &Instruction| i64::from(one.stall.max(1)) * if self.lines.is_rare(one) { -1 } else { 1 };
        self.graph.of(block).iter().map(of).sum()
    }

    fn visit(&mut self, block: usize) -> Option<i64> {
        if let Some((known, _)) = self.longest.get(&block) {
            return *known;
        }
        self.on_stack.push(block);
        let graph = self.graph;
        let mut best: (Option<i64>, Vec<usize>) = (None, Vec::new());
        for &next in &graph.next[block] {
            if next == self.head {
                best = best.max((Some(0), Vec::new()));
            } else if self.on_stack.contains(&next) {
                self.back.push((block, next));
                // Where the end of an inner loop tests, it is left there; else at its head, whose test fails at last.
                let inner = graph.body(next, block);
                let is_tested_at_head = graph.next[block].len() == 1;
                for &behind in graph.next[next].iter().filter(|&b| is_tested_at_head && !inner.contains(b)) {
                    if behind == self.head {
                        self.ends.insert((block, next));
                        best = best.max((Some(self.stalls(next)), vec![next]));
                    } else if self.body.contains(&behind)
                        && !self.on_stack.contains(&behind)
                        && let Some(length) = self.visit(behind)
                    {
                        best = best.max((Some(length + self.stalls(next)), vec![next, behind]));
                    }
                }
            } else if self.body.contains(&next)
                && let Some(length) = self.visit(next)
            {
                best = best.max((Some(length), vec![next]));
            }
        }
        self.on_stack.pop();
        let length = best.0.map(|length| length + self.stalls(block));
        self.longest.insert(block, (length, best.1));
        length
    }
}
