//! Rows as Parquet: a column of 64-bit integers for each name, without nulls.

use super::sink::RowSink;
use ::parquet::basic::{Compression, Repetition, Type as PhysicalType};
use ::parquet::data_type::Int64Type;
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::Type;
use constrint_solver::RowBlock;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a group, which are held in memory.
const GROUP_ROWS: usize = 1 << 17;

/// Writes rows column by column, a group at a time.
pub(super) struct ParquetRows<'a, W: Write + Send> {
    writer: SerializedFileWriter<&'a mut W>,
    columns: Vec<Vec<i64>>,
    row: Vec<i64>,
}

impl<'a, W: Write + Send> ParquetRows<'a, W> {
    pub(super) fn new(names: &[&str], target: &'a mut W) -> io::Result<Self> {
        let column = |name: &&str| {
            let column = Type::primitive_type_builder(name, PhysicalType::INT64);
            column.with_repetition(Repetition::REQUIRED).build().map(Arc::new)
        };
        let columns = names.iter().map(column).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let schema = Type::group_type_builder("solutions").with_fields(columns).build().map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(target, Arc::new(schema), Arc::new(properties)).map_err(failed)?;
        Ok(Self { writer, columns: vec![Vec::new(); names.len()], row: Vec::new() })
    }

    fn add(&mut self, row: &[i64]) -> io::Result<()> {
        for (column, &value) in self.columns.iter_mut().zip(row) {
            column.push(value);
        }
        let full = self.columns.first().is_some_and(|column| column.len() == GROUP_ROWS);
        if full { self.write_group().map_err(failed) } else { Ok(()) }
    }

    fn write_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let mut writer = group.next_column()?.expect("as many columns as names");
            writer.typed::<Int64Type>().write_batch(column, None, None)?;
            writer.close()?;
            column.clear();
        }
        group.close()?;
        Ok(())
    }
}

impl<W: Write + Send> RowSink for ParquetRows<'_, W> {
    fn block(&mut self, block: &RowBlock<'_>) -> io::Result<()> {
        let mut row = std::mem::take(&mut self.row);
        block.visit_rows(&mut row, |_, row| self.add(row))?;
        self.row = row;
        Ok(())
    }

    fn end(mut self: Box<Self>) -> io::Result<()> {
        if self.columns.first().is_some_and(|column| !column.is_empty()) {
            self.write_group().map_err(failed)?;
        }
        self.writer.close().map_err(failed)?;
        Ok(())
    }
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(other) => io::Error::other(other),
        },
        other => io::Error::other(other),
    }
}
