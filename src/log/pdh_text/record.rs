//! One row of text, read with the CSV parser.

/// One row and the CSV parser, which is reused because creating it is slow.
pub struct Record {
    parser: csv_core::Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    len: usize,
}

impl Record {
    pub fn new(separator: u8, width: usize) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(separator).build();
        // Count only a limited number of cells beyond the header's: the row is invalid by then.
        Self { parser, cells: Vec::new(), ends: vec![0; 2 * width + 16], len: 0 }
    }

    /// Reads a row on one line.
    pub fn read(&mut self, row: &[u8]) {
        // All cells together have at most the row's number of bytes.
        self.cells.resize(row.len().max(self.cells.len()), 0);
        self.parser.reset();
        self.len = 0;
        let (mut read, mut written) = (0, 0);
        // At the end of its input, the parser is called once more, with empty input.
        loop {
            let (state, taken, put, ends) =
                self.parser.read_record(&row[read..], &mut self.cells[written..], &mut self.ends[self.len..]);
            (read, written, self.len) = (read + taken, written + put, self.len + ends);
            if !matches!(state, csv_core::ReadRecordResult::InputEmpty) {
                return;
            }
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.len
    }

    /// A cell, without its quotes.
    pub fn get(&self, cell: usize) -> Option<&[u8]> {
        let end = *self.ends[..self.len].get(cell)?;
        let start = cell.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.cells.get(start..end)
    }

    /// Whether no cell has text.
    pub fn is_blank(&self) -> bool {
        (0..self.len).all(|cell| self.get(cell).is_none_or(|cell| cell.trim_ascii().is_empty()))
    }
}
