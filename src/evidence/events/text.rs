//! Events exported as text: Event Viewer's tab- or comma-separated list, `wevtutil /f:text`, PowerShell's `Format-List`
//! and `Export-Csv`.

use super::{Event, EventWarning, Record};
use crate::evidence::dates::{self, AmbiguousDate};
use crate::evidence::text;

/// Meaning of a field of a list or a column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Time,
    Source,
    Id,
    Computer,
    Message,
}

fn field(name: &str) -> Option<Field> {
    let plain: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    Some(match plain.as_str() {
        "dateandtime" | "date" | "timecreated" | "timegenerated" | "time" => Field::Time,
        "source" | "providername" | "provider" | "sourcename" => Field::Source,
        "eventid" | "id" | "eventidentifier" | "instanceid" => Field::Id,
        "computer" | "machinename" | "computername" => Field::Computer,
        "message" | "description" => Field::Message,
        _ => return None,
    })
}

/// Heading of a table: delimiter and columns.
fn heading(line: &str) -> Option<(u8, Vec<Option<Field>>)> {
    let delimiter = [b'\t', b',', b';'].into_iter().max_by_key(|d| line.bytes().filter(|b| b == d).count())?;
    let cells: Vec<&str> =
        line.split(char::from(delimiter)).map(|c| c.trim().trim_matches(['"', '\u{feff}'])).collect();
    let fields: Vec<Option<Field>> = cells.iter().map(|cell| field(cell)).collect();
    let has = |wanted| fields.contains(&Some(wanted));
    (cells.len() >= 3 && has(Field::Time) && has(Field::Id) && has(Field::Source)).then_some((delimiter, fields))
}

/// A row of Event Viewer's list, whose heading is in the machine's language: level, time, source, id, category.
fn is_viewer_row(line: &str) -> bool {
    [b'\t', b','].iter().any(|delimiter| {
        let cells: Vec<&str> = line.split(char::from(*delimiter)).take(6).collect();
        cells.len() >= 5 && cells[3].parse::<u32>().is_ok() && dates::find(cells[1]).is_some()
    })
}

/// Whether text is a list of events.
#[must_use]
pub fn is_event_text(head: &str) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let first: Vec<&str> = lines.by_ref().take(3).collect();
    let table = first.iter().any(|line| heading(line).is_some() || is_viewer_row(line));
    table || first.first().is_some_and(|line| line.starts_with("Event[")) || is_list(head)
}

/// `Format-List`: names and values separated by colons, blocks separated by blank lines.
fn is_list(head: &str) -> bool {
    let fields: Vec<Field> = head.lines().take(200).filter_map(|line| pair(line)?.0).collect();
    [Field::Time, Field::Source, Field::Id].iter().all(|wanted| fields.contains(wanted))
}

/// `Name   : value`.
fn pair(line: &str) -> Option<(Option<Field>, &str)> {
    let (name, value) = line.split_once(':')?;
    let plain = name.trim();
    let is_name =
        !plain.is_empty() && plain.len() <= 20 && plain.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    is_name.then(|| (field(plain), value.trim()))
}

/// The relevant events of a list, the number of all events, and what could not be read.
#[must_use]
pub fn parse_event_text(content: &str) -> (Vec<Event>, usize, Vec<EventWarning>) {
    let content = content.trim_start_matches('\u{feff}');
    let head: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty()).take(3).collect();
    let is_table = head.iter().any(|line| heading(line).is_some() || is_viewer_row(line));
    let mut records = if is_table { table(content) } else { list(content) };
    let dates: Vec<Option<AmbiguousDate>> = records.iter().map(|(_, date)| *date).collect();
    let (stamps, guessed) = dates::resolve(&dates, None);
    records.iter_mut().zip(&stamps).for_each(|((record, _), stamp)| record.time = *stamp);
    let all = records.len();
    let undated = stamps.iter().filter(|s| s.is_none()).count();
    let events: Vec<Event> = records.into_iter().filter_map(|(record, _)| record.event()).collect();
    let mut warnings = Vec::new();
    if guessed && !events.is_empty() {
        warnings.push(EventWarning::AmbiguousDates);
    }
    if undated > 0 {
        warnings.push(EventWarning::Undated { undated, all });
    }
    (events, all, warnings)
}

type Dated = (Record, Option<AmbiguousDate>);

fn set(dated: &mut Dated, field: Field, value: &str) {
    let (record, date) = dated;
    let value = value.trim();
    match field {
        Field::Time => *date = date.or_else(|| dates::find(value)),
        Field::Source if record.source.is_empty() => record.source = value.chars().take(200).collect(),
        Field::Id if record.id == 0 => {
            // The upper half of an instance id is the severity.
            record.id = text::number(value).map_or(0, |id| u32::try_from(id & 0xFFFF).unwrap_or(0));
        }
        Field::Computer if record.computer.is_empty() => record.computer = value.chars().take(255).collect(),
        Field::Message if record.message.is_empty() => record.message = value.chars().take(4000).collect(),
        _ => {}
    }
}

fn table(content: &str) -> Vec<Dated> {
    let mut begin = 0;
    let mut found = None;
    for line in content.split_inclusive('\n').take(5) {
        if let Some(heading) = heading(line.trim_end()) {
            begin += line.len();
            found = Some(heading);
            break;
        }
        if is_viewer_row(line) {
            break;
        }
        begin += line.len();
    }
    let viewer = || {
        let tabs = content[begin.min(content.len())..].lines().next().unwrap_or("").matches('\t').count();
        let fields = vec![None, Some(Field::Time), Some(Field::Source), Some(Field::Id), None, Some(Field::Message)];
        (if tabs >= 4 { b'\t' } else { b',' }, fields)
    };
    let (delimiter, fields) = found.unwrap_or_else(viewer);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(content.get(begin..).unwrap_or("").as_bytes());
    let mut records: Vec<Dated> = Vec::new();
    for row in reader.records().filter_map(Result::ok) {
        // An unquoted message of several lines continues here.
        if row.len() == 1 || row.get(3).is_none() {
            if let (Some((record, _)), Some(line)) = (records.last_mut(), row.get(0))
                && record.message.len() < 4000
            {
                record.message += "\n";
                record.message += line;
            }
            continue;
        }
        let mut dated = (Record::default(), None);
        for (field, cell) in fields.iter().zip(&row).filter_map(|(f, cell)| Some(((*f)?, cell))) {
            set(&mut dated, field, cell);
        }
        // The message is in a column that is missing in Event Viewer's heading.
        if dated.0.message.is_empty() && row.len() > fields.len() {
            let message: String = row.iter().skip(fields.len()).collect::<Vec<_>>().join(" ");
            set(&mut dated, Field::Message, &message);
        }
        records.push(dated);
    }
    records
}

fn list(content: &str) -> Vec<Dated> {
    // wevtutil marks the start of an event, and indents fields but not messages; PowerShell does the opposite.
    let marked = content.lines().any(|line| line.starts_with("Event["));
    let mut records: Vec<Dated> = Vec::new();
    let mut current: Dated = (Record::default(), None);
    let mut in_message = false;
    for line in content.lines() {
        let is_field_line = !in_message || line.starts_with(' ') == marked;
        let found = pair(line).filter(|_| is_field_line).and_then(|(field, value)| Some((field?, value)));
        let begins = if marked {
            line.starts_with("Event[")
        } else {
            // A repeated field belongs to the next event.
            found.is_some_and(|(field, _)| match field {
                Field::Time => current.1.is_some(),
                Field::Source => !current.0.source.is_empty(),
                Field::Id => current.0.id != 0,
                Field::Computer | Field::Message => false,
            })
        };
        if begins {
            let whole = std::mem::take(&mut current);
            records.extend((whole.0.id != 0).then_some(whole));
            in_message = false;
        }
        match found {
            Some((field, value)) => {
                in_message = field == Field::Message;
                set(&mut current, field, value);
            }
            None if in_message && current.0.message.len() < 4000 => {
                current.0.message += "\n";
                current.0.message += line.trim();
            }
            None => {}
        }
    }
    records.extend((current.0.id != 0).then_some(current));
    records
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::events::{EventKind, Installed};

    #[test]
    fn all_forms_of_export() {
        let viewer = "Level\tDate and Time\tSource\tEvent ID\tTask Category\n\
            Error\t3/3/2026 5:40:12 AM\tsrv\t2019\tNone\tThe server was unable to allocate from the system nonpaged pool.\n\
            Information\t3/3/2026 2:06:00 AM\tService Control Manager\t7045\tNone\t\"A service was installed in the system.\n\n\
            Service Name:  MyFault\nService File Name:  C:\\t\\myfault.sys\nService Type:  kernel mode driver\"\n\
            Information\t2/28/2026 1:00:00 AM\tOther\t1\tNone\n";
        let german = "Ebene,Datum und Uhrzeit,Quelle,Ereignis-ID,Aufgabenkategorie\n\
            Fehler,03.03.2026 05:40:12,srv,2019,Keine,Der Server\nInformationen,03.03.2026 02:06:00,Service Control Manager,7045,\
            Keine,\"x\nService Name: a\nService File Name: myfault.sys\"\nInformationen,28.02.2026 01:00:00,Other,1,Keine\n";
        let wevtutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  Date: 2026-03-03T05:40:12.000\n  Event ID: 2019\n  \
            Computer: APPSRV01\n  Description: \nThe server was unable\n\nEvent[1]:\n  Log Name: System\n  Source: Service Control \
            Manager\n  Date: 2026-03-03T02:06:00.000\n  Event ID: 7045\n  Description: \nA service was installed\n\nService Name: \
            MyFault\nService File Name: C:\\t\\myfault.sys\n\nEvent[2]:\n  Source: Other\n  Date: 2026-02-28T01:00:00\n  Event ID: 1\n";
        let powershell = "\n\nTimeCreated  : 3/13/2026 5:40:12 AM\nProviderName : srv\nId           : 2019\nMessage      : The server\n\n\
            TimeCreated  : 3/13/2026 2:06:00 AM\nProviderName : Service Control Manager\nId           : 7045\nMessage      : A service\n  \
            Service Name: MyFault\n               Service File Name:  C:\\t\\myfault.sys\n\nTimeCreated  : 3/13/2026 1:06:00 AM\n\
            ProviderName : Other\nId           : 1\nMessage      :\n";
        let export_csv = "#TYPE x\n\"Message\",\"Id\",\"ProviderName\",\"MachineName\",\"TimeCreated\"\n\
            \"The server\",\"2019\",\"srv\",\"APPSRV01\",\"3/13/2026 5:40:12 AM\"\n\"A service\nService Name: x\nService File Name: \
            C:\\t\\myfault.sys\",\"7045\",\"Service Control Manager\",\"APPSRV01\",\"3/13/2026 2:06:00 AM\"\n\"\",\"1\",\"O\",\"A\",\"3/13/2026 2:06:00 AM\"\n";
        for text in [viewer, german, wevtutil, powershell, export_csv] {
            assert!(is_event_text(text), "{text}");
            let (events, all, warnings) = parse_event_text(text);
            assert_eq!((events.len(), all), (2, 3), "{text}\n{events:#?}");
            assert!(warnings.is_empty(), "{warnings:?}\n{text}");
            assert!(matches!(events[0].kind, EventKind::PoolExhausted(_)), "{events:#?}");
            assert!(
                matches!(&events[1].kind, EventKind::Installed { what: Installed::Driver, file: Some(file), .. } if file == "myfault.sys"),
                "{events:#?}"
            );
        }
        assert!(!is_event_text("Tag  Type Allocs\nLeak Nonp 1 0 1 5 5\n"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_safe(text in "(\\PC{0,30}[\t,:]\\PC{0,30}[\t,]2019[\t,]\\PC{0,9}\n|Event\\[\n|Id: 7\n|\\PC{0,30}\n){0,6}") {
            let _ = is_event_text(&text);
            let _ = parse_event_text(&text);
        }
    }
}
