//! The values of a variable, or of those in a set, as a [`Line`].

use super::line::Line;
use super::sets::{Root, SetId};
use super::term::{Position, Terms};
use smallvec::SmallVec;

impl Terms {
    /// The values of a variable, of those in a set where one is given; `None` where they are many and no progression.
    pub(in crate::space) fn line(&self, position: Position, set: Option<SetId>) -> Option<Line> {
        match (self.domains.get(position), set) {
            (Root::Listed(values), Some(set)) => {
                let mut ranges: SmallVec<[(usize, usize); 4]> = SmallVec::new();
                self.sets.for_each_range(set, |from, to| ranges.push((from, to)));
                if let (Some(&Line::Progression { first, step, .. }), &[(from, to)]) =
                    (self.domains.line(position), &ranges[..])
                {
                    let first = first + step * i64::try_from(from).expect("of a list");
                    return Some(Line::Progression { first, step, count: (to - from) as u64 });
                }
                Some(Line::of_list(ranges.into_iter().flat_map(|(from, to)| &values[from..to]).copied().collect()))
            }
            _ => self.domains.line(position).cloned(),
        }
    }
}
