//! Writes the table as a .blg.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Seek, Write};
use std::sync::Arc;

use super::plan::{Plan, Planned};
use super::{ConvertError, ConvertWarning, descriptions_left_out, warnings_of};
use crate::counters::{CounterType, Raw};
use crate::log::blg::writer::{BlgWriter, Entry, Record, WildcardItem, WriterOptions};
use crate::log::zone::Zone;
use crate::log::{Cell, Column, ColumnId, Format, Log, Query, RawCell, Selection, Sink, Values, ZonedTime};

/// Writes the logs' samples as one log.
///
/// A single .blg with all its counters is copied record by record. Otherwise counters are logged one by one, those with
/// instances as wildcards. Raw values are unchanged. Displayed values of text logs become `PERF_COUNTER_LARGE_RAWCOUNT`
/// if all values of a counter are whole numbers, else `PERF_ELAPSED_TIME`, which Windows displays as a quotient: 62
/// bits, with as many binary decimals as the largest value allows. Returns warnings about the logs.
///
/// # Errors
/// If a log cannot be read or the output cannot be written.
pub fn write(
    logs: &[Log],
    query: &Query<'_>,
    file_name: &str,
    mut out: impl Write + Seek,
) -> Result<Vec<ConvertWarning>, ConvertError> {
    let raw = logs.iter().all(|log| log.format() == Format::Blg);
    if raw
        && matches!(query.selection, Selection::All)
        && let Some(samples) = Log::copy_blgs(logs, query, file_name, &mut out)?
    {
        let damage = logs.iter().flat_map(|log| ConvertWarning::of_log(log, log.damage()));
        return if samples == 0 { Err(ConvertError::NoSamples) } else { Ok(damage.collect()) };
    }
    let values = if raw { Values::Raw } else { Values::Displayed };
    let query = &Query { values, ..*query };
    let plan = Plan::make(logs, query)?.with_something()?;
    let Some(first) = plan.first() else { return Err(ConvertError::NoSamples) };
    let groups = groups(&plan, values);
    let entries: Vec<Entry> = groups.iter().map(|group| group.entry.clone()).collect();
    let zone = plan.zone(logs);
    let options = WriterOptions { zone: zone.clone(), ..logs[plan.first_log()].writer_options(file_name) };
    let writer = BlgWriter::new(out, options, &names(logs), &entries, on_clock(&zone, first))?;
    let mut rows = RowWriter {
        writer,
        zone: &zone,
        groups: &groups,
        scales: scales(&groups, plan.columns.len()),
        row: vec![None; plan.columns.len()],
        unfit: 0,
        rounded: 0,
        error: None,
    };
    let read = plan.read(logs, query, &mut rows)?;
    if let Some(error) = rows.error {
        return Err(error.into());
    }
    let (unfit, rounded) = (rows.unfit, rows.rounded);
    rows.writer.finish()?;
    let mut warnings = warnings_of(logs, &read);
    warnings.extend(descriptions_left_out(logs, &plan));
    if unfit > 0 {
        warnings.push(ConvertWarning::LeftOut { count: unfit });
    }
    if rounded > 0 {
        warnings.push(ConvertWarning::Rounded { count: rounded });
    }
    Ok(warnings)
}

/// The name tables of all logs, by machine, so that names in any language are recognized.
fn names(logs: &[Log]) -> Vec<(String, Vec<(u32, String)>)> {
    let mut machines: BTreeMap<String, BTreeMap<u32, String>> = BTreeMap::new();
    for (machine, table) in logs.iter().flat_map(Log::name_tables) {
        machines.entry(machine).or_default().extend(table);
    }
    machines.into_iter().map(|(machine, table)| (machine, table.into_iter().collect())).collect()
}

/// A time on the clock of a zone: exact in a zone without rules, else on its own clock.
fn on_clock(zone: &Zone, time: ZonedTime) -> ZonedTime {
    if zone.rules.is_some() { time } else { zone.zoned_from_utc(time.utc) }
}

/// The columns of one catalog entry.
struct Group {
    entry: Entry,
    /// Columns, each with its instance name.
    members: Vec<(usize, Arc<str>)>,
    is_wildcard: bool,
    scale: Option<Scale>,
}

/// How displayed values become raw values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Whole,
    /// Number of binary decimals.
    Fraction(u32),
}

impl Scale {
    /// The displayed value of a raw value.
    fn value(self, raw: Raw) -> f64 {
        match self {
            Self::Whole => raw.first as f64,
            Self::Fraction(bits) => raw.second as f64 / (1_i64 << bits) as f64,
        }
    }

    fn raw(self, value: f64) -> Option<Raw> {
        let bits = match self {
            Self::Whole => 0,
            Self::Fraction(bits) => bits,
        };
        let scaled = (value * 2_f64.powi(bits.cast_signed())).round();
        // 2^63 itself is too large.
        let fits = scaled.abs() < 9_223_372_036_854_775_808.0 && (self == Self::Whole || scaled >= 0.0);
        #[allow(clippy::cast_possible_truncation, reason = "checked to be in range")]
        let number = fits.then_some(scaled as i64)?;
        Some(match self {
            Self::Whole => Raw { first: number, second: 0, multi: 1 },
            // The displayed value is the second less the first, divided by the time base.
            Self::Fraction(_) => Raw { first: 0, second: number, multi: 1 },
        })
    }
}

/// Bits of a raw value, without the sign and one in reserve for rounding up.
const RAW_BITS: u32 = 62;

/// How a column's displayed values become raw values: with as many binary decimals as the largest of them allows.
fn scale(planned: &Planned) -> Scale {
    if planned.whole {
        return Scale::Whole;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1024")]
    let before_point = planned.largest.max(1.0).log2() as u32 + 1;
    Scale::Fraction(RAW_BITS.saturating_sub(before_point))
}

/// Finds the catalog entries, in the order of their first columns.
fn groups(plan: &Plan, values: Values) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_counter: HashMap<_, usize> = HashMap::new();
    let mut seen: HashSet<(usize, String)> = HashSet::new();
    for (place, planned) in plan.columns.iter().enumerate() {
        let Column { path, kind, time_base, .. } = &planned.column;
        let scale = (values != Values::Raw).then(|| scale(planned));
        let (kind, time_base) = match scale {
            None => (kind.unwrap_or(CounterType::LARGE_RAWCOUNT), *time_base),
            Some(Scale::Whole) => (CounterType::LARGE_RAWCOUNT, 0),
            Some(Scale::Fraction(bits)) => (CounterType::ELAPSED_TIME, 1 << bits),
        };
        // A column without values would be in no wildcard record, and so disappear.
        let is_wildcard = path.instance.is_some() && (values == Values::Raw || planned.any);
        let name = path.instance.clone().unwrap_or_else(|| Arc::from(""));
        let lower = |text: &str| text.to_lowercase();
        let key = (path.machine.as_deref().map(lower), lower(&path.object), lower(&path.counter), kind, time_base);
        // A counter without instances, or one that a log contains twice, has its own entry.
        if is_wildcard
            && let Some(group) = by_counter.get(&key)
            && seen.insert((*group, lower(&name)))
        {
            groups[*group].members.push((place, name));
            continue;
        }
        if is_wildcard {
            by_counter.insert(key, groups.len());
            seen.insert((groups.len(), lower(&name)));
        }
        let entry = Entry {
            kind,
            time_base,
            scale: 0,
            machine: path.machine.as_deref().unwrap_or_default().to_owned(),
            object: path.object.to_string(),
            instance: path.instance.as_deref().map(|name| if is_wildcard { "*" } else { name }.to_owned()),
            counter: path.counter.to_string(),
        };
        groups.push(Group { entry, members: vec![(place, name)], is_wildcard, scale });
    }
    groups
}

fn scales(groups: &[Group], columns: usize) -> Vec<Option<Scale>> {
    let mut scales = vec![None; columns];
    for group in groups {
        group.members.iter().for_each(|(column, _)| scales[*column] = group.scale);
    }
    scales
}

struct RowWriter<'g, W> {
    writer: BlgWriter<W>,
    zone: &'g Zone,
    groups: &'g [Group],
    /// By column, for displayed values.
    scales: Vec<Option<Scale>>,
    row: Vec<Option<Raw>>,
    unfit: u64,
    rounded: u64,
    error: Option<io::Error>,
}

impl<W: Write + Seek> RowWriter<'_, W> {
    fn write_row(&mut self, time: ZonedTime) {
        let mut records = Vec::with_capacity(self.groups.len());
        for group in self.groups {
            records.push(match &group.members[..] {
                [(column, _), ..] if !group.is_wildcard => Record::Single(self.row[*column]),
                _ => {
                    let row = &self.row;
                    let items = group.members.iter();
                    let items = items.filter_map(|(column, name)| Some(WildcardItem { name, raw: row[*column]? }));
                    Record::Wildcard(items.collect())
                }
            });
        }
        if self.error.is_none() {
            self.error = self.writer.sample(on_clock(self.zone, time), &records).err();
        }
        self.row.fill(None);
    }
}

impl<W: Write + Seek> Sink for RowWriter<'_, W> {
    fn column(&mut self, _: ColumnId, _: &Column) {}

    fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
        for cell in cells {
            let raw = self.scales[cell.column].and_then(|scale| scale.raw(cell.value));
            self.unfit += u64::from(raw.is_none());
            let back = raw.zip(self.scales[cell.column]).map(|(raw, scale)| scale.value(raw));
            self.rounded += u64::from(back.is_some_and(|back| back.to_bits() != cell.value.to_bits()));
            self.row[cell.column] = raw;
        }
        self.write_row(time);
    }

    fn raw_sample(&mut self, time: ZonedTime, cells: &[RawCell]) {
        for cell in cells {
            self.row[cell.column] = Some(cell.raw);
        }
        self.write_row(time);
    }
}
