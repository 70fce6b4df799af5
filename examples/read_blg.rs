//! Prints the samples of a counter log (.blg, PDH-CSV, PDH-TSV), tab-separated: time, counter, value.
//!
//! ```text
//! cargo run --example read_blg -- server.blg                                 lists the counters
//! cargo run --example read_blg -- server.blg '\Memory\Available Bytes'       prints one counter
//! cargo run --example read_blg -- server.blg '\Process(w3wp*)\Private Bytes' prints it for several processes
//! ```

use std::error::Error;
use std::io::{self, BufWriter, Write};

use perfverdict::counters::{PathFilter, PathPattern};
use perfverdict::log::{Log, Selection};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: read_blg LOG [COUNTER PATH]...")?;
    let parse = |text: String| PathPattern::parse(&text).ok_or(format!("{text} is not a counter path"));
    let filter = PathFilter { patterns: args.map(parse).collect::<Result<_, _>>()? };

    let log = Log::open(path)?;
    let mut out = BufWriter::new(io::stdout().lock());
    if filter.patterns.is_empty() {
        for column in log.samples(Selection::All)?.columns {
            writeln!(out, "{}", column.path)?;
        }
    } else {
        let samples = log.samples(Selection::Paths(&filter))?;
        for sample in samples.iter() {
            for (path, value) in sample.values() {
                writeln!(out, "{}\t{path}\t{value}", sample.time)?;
            }
        }
        samples.contents.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
    }
    Ok(out.flush()?)
}
