//! [`Rows`]: the tuples that a table allows.

use super::error::ModelError;
use crate::arith::MAX_VALUE;
use std::sync::Arc;

/// The rows of a table: tuples of integers, all of one width, ascending, each once; perhaps none. Clones share them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rows(Arc<[Vec<i64>]>);

impl Rows {
    /// The given rows, in any order and with repetitions.
    ///
    /// ```
    /// use constrint_solver::Rows;
    ///
    /// let rows = Rows::new([vec![4, 1], vec![2, 2], vec![4, 1]])?;
    /// assert_eq!(rows.len(), 2);
    /// assert!(rows.contains(&[2, 2]) && !rows.contains(&[2, 1]));
    /// # Ok::<(), constrint_solver::ModelError>(())
    /// ```
    ///
    /// # Errors
    /// [`ModelError`] when a row holds no value, two rows differ in width, or a value lies beyond [`MAX_VALUE`].
    pub fn new(rows: impl IntoIterator<Item = Vec<i64>>) -> Result<Self, ModelError> {
        let mut rows: Vec<Vec<i64>> = rows.into_iter().collect();
        let width = rows.first().map_or(0, Vec::len);
        for row in &rows {
            check_row(row, width)?;
        }
        rows.sort_unstable();
        rows.dedup();
        Ok(Self(rows.into()))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows, ascending.
    pub fn iter(&self) -> std::slice::Iter<'_, Vec<i64>> {
        self.0.iter()
    }

    /// Whether the values are a row.
    pub fn contains(&self, values: &[i64]) -> bool {
        self.0.binary_search_by(|row| row.as_slice().cmp(values)).is_ok()
    }
}

fn check_row(row: &[i64], width: usize) -> Result<(), ModelError> {
    if row.is_empty() {
        return Err(ModelError::EmptyRow);
    }
    if row.len() != width {
        return Err(ModelError::RowWidth { expected: width, found: row.len() });
    }
    match row.iter().find(|value| value.unsigned_abs() > MAX_VALUE.unsigned_abs()) {
        Some(&value) => Err(ModelError::TooLarge { value }),
        None => Ok(()),
    }
}

impl<'a> IntoIterator for &'a Rows {
    type Item = &'a Vec<i64>;
    type IntoIter = std::slice::Iter<'a, Vec<i64>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_each_is_there_once() {
        let rows = Rows::new([vec![2, 1], vec![1, 9], vec![2, -1], vec![1, 9]]).unwrap();
        assert_eq!(rows.iter().collect::<Vec<_>>(), [&[1, 9], &[2, -1], &[2, 1]]);
        assert!(rows.contains(&[2, -1]));
        assert!(!rows.contains(&[2]) && !rows.contains(&[2, -1, 0]) && !rows.contains(&[-1, 2]));
        assert!(Rows::new([]).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(Rows::new([vec![1, 2], vec![3]]), Err(ModelError::RowWidth { expected: 2, found: 1 }));
        assert_eq!(Rows::new([vec![]]), Err(ModelError::EmptyRow));
        assert_eq!(Rows::new([vec![MAX_VALUE, i64::MIN]]), Err(ModelError::TooLarge { value: i64::MIN }));
    }
}
