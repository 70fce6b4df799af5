//! The fast path through a row: finds separators without reading the text between them.
//!
//! A row of a PerfLog-Long has thousands of cells, of which the analysis needs a quarter, and Windows never writes a
//! separator into a cell. So separators are counted 64 bytes at a time. Other rows are left to the CSV parser.

use wide::u8x16;

/// Finds selected cells in rows of equal width.
pub struct Scanner {
    separator: u8,
    /// Number of separators in a row.
    separators: usize,
    /// Indexes of the separators whose position is needed, ascending.
    needed: Vec<usize>,
    /// By selected cell: the separators before and after it, as indexes into `needed`; `None` at the ends of the row.
    cells: Vec<(Option<usize>, Option<usize>)>,
}

/// Positions of one row's needed separators.
#[derive(Default)]
pub struct Places(Vec<usize>);

impl Scanner {
    /// Creates a scanner for the cells of `fields` (from 0, ascending) in rows of `width` cells.
    pub fn new(separator: u8, width: usize, fields: impl Iterator<Item = usize> + Clone) -> Self {
        let mut needed: Vec<usize> =
            fields.clone().flat_map(|field| field.checked_sub(1).into_iter().chain([field])).collect();
        needed.retain(|separator| *separator < width - 1);
        needed.sort_unstable();
        needed.dedup();
        let place = |separator: usize| needed.binary_search(&separator).ok();
        let cells = fields.map(|field| (field.checked_sub(1).and_then(place), place(field))).collect();
        Self { separator, separators: width - 1, needed, cells }
    }

    /// Finds the separators of a row. `false` if their number is wrong.
    pub fn scan(&self, row: &[u8], places: &mut Places) -> bool {
        places.0.clear();
        let mut needed = self.needed.as_slice();
        let mut seen = 0;
        let mut base = 0;
        let mut take = |mut mask: u64| {
            let end = seen + mask.count_ones() as usize;
            let mut passed = seen;
            while let [next, rest @ ..] = needed
                && *next < end
            {
                for _ in passed..*next {
                    mask &= mask - 1;
                }
                places.0.push(base + mask.trailing_zeros() as usize);
                mask &= mask - 1;
                passed = next + 1;
                needed = rest;
            }
            seen = end;
            base += 64;
        };
        let (chunks, tail) = row.as_chunks::<64>();
        for chunk in chunks {
            take(self.mask(chunk));
        }
        let mut last = [!self.separator; 64];
        last[..tail.len()].copy_from_slice(tail);
        take(self.mask(&last));
        seen == self.separators
    }

    /// The selected cells of a scanned row, in the order of selection: without quotes, or `None` if the quotes do not
    /// match.
    pub fn cells<'r>(&self, row: &'r [u8], places: &Places) -> impl Iterator<Item = Option<&'r [u8]>> {
        self.cells.iter().map(|(before, behind)| {
            let start = before.map_or(0, |at| places.0[at] + 1);
            let end = behind.map_or(row.len(), |at| places.0[at]);
            unquoted(row.get(start..end)?)
        })
    }

    /// One bit per byte: whether it is a separator.
    fn mask(&self, bytes: &[u8; 64]) -> u64 {
        let separator = u8x16::splat(self.separator);
        let quarters = bytes.as_chunks::<16>().0.iter().enumerate();
        quarters.fold(0, |mask, (at, quarter)| {
            let equal = u8x16::from(*quarter).simd_eq(separator).to_bitmask();
            mask | u64::from(equal) << (16 * at)
        })
    }
}

/// The content of a cell; `None` if it has a quote on only one side.
fn unquoted(cell: &[u8]) -> Option<&[u8]> {
    match cell {
        [b'"', inner @ .., b'"'] => Some(inner),
        [b'"', ..] | [.., b'"'] => None,
        plain => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(row: &str, width: usize, fields: &[usize]) -> Option<Vec<Option<String>>> {
        let scanner = Scanner::new(b',', width, fields.iter().copied());
        let mut places = Places::default();
        scanner.scan(row.as_bytes(), &mut places).then(|| {
            let text = |cell: Option<&[u8]>| cell.map(|c| String::from_utf8_lossy(c).into_owned());
            scanner.cells(row.as_bytes(), &places).map(text).collect()
        })
    }

    #[test]
    fn cells_at_the_ends_and_odd_quotes() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found(r#""a","b",c"#, 3, &[0, 1, 2]), Some(vec![some("a"), some("b"), some("c")]));
        assert_eq!(found("a", 1, &[0]), Some(vec![some("a")]));
        assert_eq!(found(r#""1,5","b""#, 2, &[0, 1]), None, "one separator too many");
        assert_eq!(found(r#""1,5""#, 2, &[0, 1]), Some(vec![None, None]), "a quoted separator");
    }

    proptest! {
        #[test]
        fn equals_a_plain_split(
            cells in prop::collection::vec("[a-z0-9.]{0,40}", 1..60),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut fields: Vec<usize> = picks.iter().map(|p| p.index(cells.len())).collect();
            fields.sort_unstable();
            let expected: Vec<_> = fields.iter().map(|f| Some(cells[*f].clone())).collect();
            prop_assert_eq!(found(&cells.join(","), cells.len(), &fields), Some(expected));
            prop_assert_eq!(found(&cells.join(","), cells.len() + 1, &[0]), None);
        }
    }
}
