//! What PowerShell's `Get-Counter` gives: as CSV one row a counter and sample, or one row a sample with all readings in
//! one cell; as CLIXML, as JSON, or as the text on the screen.

mod clixml;
mod json;
mod reading;
mod screen;

use encoding_rs::Encoding;

use super::code_page;
use super::error::LogErrorKind;
use super::info::{Format, LogInfo};
use super::pdh_text;
use super::select::Query;
use super::sink::{Contents, Sink};
use crate::base::time::FileTime;
use reading::{Reading, moment};

/// How the readings are written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Rows { layout: Layout, separator: u8 },
    Clixml,
    Json,
    Screen,
}

/// Where the cells of a row are.
#[derive(Clone, Copy, Debug)]
enum Layout {
    /// `(Get-Counter …).CounterSamples | Export-Csv`
    Samples { path: usize, value: usize, time: usize, ticks: Option<usize>, status: Option<usize> },
    /// `Get-Counter … | Export-Csv`
    Sets { time: usize, readings: usize },
}

/// An open file: how its readings are written.
pub struct GetCounterLog {
    form: Form,
    info: LogInfo,
}

impl GetCounterLog {
    /// Recognises a file by its beginning; `None` when it is none.
    #[must_use]
    pub fn open(bytes: &[u8]) -> Option<Self> {
        // The names are in the first lines; a type line may come first.
        let start = pdh_text::narrow(&bytes[..bytes.len().min(8192) & !1]);
        let start = &start[pdh_text::first_line(&start)..];
        let form = match start.first()? {
            b'<' if clixml::is_clixml(start) => Form::Clixml,
            b'#' if clixml::is_clixml(start) => Form::Clixml,
            b'[' | b'{' => json::is_json(start).then_some(Form::Json)?,
            _ if screen::is_screen(start) => Form::Screen,
            _ => rows_form(start)?,
        };
        Some(Self { form, info: LogInfo::default() })
    }

    /// Its format: that of rows, or that of the other forms.
    #[must_use]
    pub fn format(&self) -> Format {
        match self.form {
            Form::Rows { .. } => Format::GetCounter,
            Form::Clixml | Form::Json | Form::Screen => Format::GetCounterOutput,
        }
    }

    /// Empty: the file records nothing about its machine.
    #[must_use]
    pub fn info(&self) -> &LogInfo {
        &self.info
    }

    /// Reads all rows; `bytes` must be those passed to [`GetCounterLog::open`].
    ///
    /// # Errors
    /// When not one reading is found.
    pub fn read(&self, bytes: &[u8], query: &Query<'_>, sink: &mut dyn Sink) -> Result<Contents, LogErrorKind> {
        let text = pdh_text::narrow(bytes);
        let text = &text[pdh_text::first_line(&text)..];
        let encoding = code_page::of_header(&text[..text.len().min(ENOUGH_TEXT)]);
        let mut reading = Reading::new(query, sink);
        match self.form {
            Form::Rows { layout, separator } => read_rows(text, layout, separator, encoding, &mut reading),
            Form::Clixml => clixml::read(&code_page::decode(encoding, text), &mut reading),
            Form::Json => json::read(&code_page::decode(encoding, text), &mut reading),
            Form::Screen => screen::read(&code_page::decode(encoding, text), &mut reading),
        }
        reading.finish()
    }
}

/// The layout of rows, by their column names.
fn rows_form(start: &[u8]) -> Option<Form> {
    let separator = start.iter().copied().find(|b| matches!(b, b',' | b';' | b'\t'))?;
    let record = rows(start, separator).find(|record| !record.get(0).is_some_and(|c| c.starts_with(b"#")))?;
    let place = |name: &str| record.iter().position(|cell| cell.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
    let layout = match (place("Timestamp")?, place("Path"), place("CookedValue"), place("Readings")) {
        (time, Some(path), Some(value), _) => {
            Layout::Samples { path, value, time, ticks: place("Timestamp100NSec"), status: place("Status") }
        }
        (time, _, _, Some(readings)) => Layout::Sets { time, readings },
        _ => return None,
    };
    Some(Form::Rows { layout, separator })
}

fn read_rows(text: &[u8], layout: Layout, separator: u8, encoding: &'static Encoding, reading: &mut Reading<'_>) {
    let (Layout::Samples { time: time_cell, .. } | Layout::Sets { time: time_cell, .. }) = layout;
    let mut last = Vec::new();
    let times = rows(text, separator).filter_map(|row| {
        let cell = row.get(time_cell)?;
        (cell != last).then(|| {
            last = cell.to_vec();
            code_page::decode(encoding, cell).into_owned()
        })
    });
    let order = pdh_text::order_of(times);
    let mut names_seen = false;
    for record in rows(text, separator) {
        if !names_seen {
            names_seen = !record.get(0).is_some_and(|cell| cell.starts_with(b"#"));
            continue;
        }
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let parsed = || pdh_text::parse_time(code_page::decode(encoding, cell(time_cell)).as_bytes(), order);
        match layout {
            Layout::Samples { path, value, ticks, status, .. } => {
                let ticks = ticks.and_then(|at| std::str::from_utf8(cell(at)).ok()?.trim().parse().ok());
                let ticks = ticks.filter(|t| *t > 0).map(FileTime);
                let Some((time, zone_known)) = moment(parsed(), ticks) else {
                    reading.timeless(cell(time_cell));
                    continue;
                };
                reading.zone_known |= zone_known;
                reading.at(time);
                let valid = status.is_none_or(|at| matches!(cell(at).trim_ascii(), b"0" | b"1" | b""));
                reading.take(&code_page::decode(encoding, cell(path)), if valid { cell(value) } else { b"" });
            }
            Layout::Sets { readings, .. } => {
                let Some((time, _)) = moment(parsed(), None) else {
                    reading.timeless(cell(time_cell));
                    continue;
                };
                reading.at(time);
                reading.take_text(code_page::decode(encoding, cell(readings)).lines());
            }
        }
    }
}

/// The rows of a text. Cells may span lines.
fn rows(text: &[u8], separator: u8) -> impl Iterator<Item = csv::ByteRecord> {
    pdh_text::csv_reader(separator).from_reader(text).into_byte_records().map_while(Result::ok)
}

/// Bytes that are enough to detect the code page of a file.
const ENOUGH_TEXT: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::{ClockZone, ZonedTime};
    use crate::log::sink::{Cell, Column, ColumnId};
    use crate::log::{LogWarning, Selection};

    #[derive(Default)]
    struct Table(Vec<String>, Vec<(i64, Vec<f64>)>);

    impl Sink for Table {
        fn column(&mut self, _: ColumnId, column: &Column) {
            self.0.push(column.path.to_string());
        }

        fn sample(&mut self, time: ZonedTime, cells: &[Cell]) {
            self.1.push((time.utc.0, cells.iter().map(|c| c.value).collect()));
        }
    }

    fn read(text: &str) -> (Table, Contents) {
        let log = GetCounterLog::open(text.as_bytes()).unwrap();
        let mut table = Table::default();
        let contents = log.read(text.as_bytes(), &Selection::All.into(), &mut table).unwrap();
        (table, contents)
    }

    const SAMPLES: &str = "#TYPE Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSample\r\n\
        \"Path\",\"InstanceName\",\"CookedValue\",\"RawValue\",\"SecondValue\",\"MultipleCount\",\"CounterType\",\"Timestamp\",\
        \"Timestamp100NSec\",\"Status\",\"DefaultScale\",\"TimeBase\"\r\n\
        \"\\\\srv\\memory\\pool nonpaged bytes\",,\"104857600\",\"104857600\",\"0\",\"1\",\"NumberOfItems64\",\
        \"3/3/2026 2:10:00 AM\",\"134169918000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\process(app)\\handle count\",\"app\",\"12,5\",\"12\",\"0\",\"1\",\"NumberOfItems32\",\
        \"3/3/2026 2:10:00 AM\",\"134169918000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\memory\\pool nonpaged bytes\",,\"104857700\",\"0\",\"0\",\"1\",\"NumberOfItems64\",\
        \"3/3/2026 2:15:00 AM\",\"134169921000000000\",\"0\",\"0\",\"10000000\"\r\n\
        \"\\\\srv\\process(app)\\handle count\",\"app\",\"0\",\"0\",\"0\",\"1\",\"NumberOfItems32\",\
        \"3/3/2026 2:15:00 AM\",\"134169921000000000\",\"2147485649\",\"0\",\"10000000\"\r\n";

    #[test]
    fn one_row_a_counter_and_sample() {
        let (table, contents) = read(SAMPLES);
        assert_eq!(table.0, [r"\\srv\memory\pool nonpaged bytes", r"\\srv\process(app)\handle count"]);
        let values: Vec<Vec<f64>> = table.1.iter().map(|(_, values)| values.clone()).collect();
        assert_eq!(values, [vec![104_857_600.0, 12.5], vec![104_857_700.0]], "a bad status is no value");
        assert_eq!((contents.samples, contents.interval_seconds), (2, Some(300.0)));
        assert_eq!(contents.first.map(|first| first.offset_minutes), Some(-240), "text less ticks");
        assert_eq!(contents.warnings, []);
    }

    #[test]
    fn ticks_that_are_days_from_the_text_are_no_time() {
        let (table, contents) = read(&SAMPLES.replace("1341699", "1340000"));
        let times: Vec<i64> = table.1.iter().map(|(time, _)| *time).collect();
        assert_eq!(times[1] - times[0], 5 * 60 * 10_000_000);
        let first = contents.first.unwrap().local().to_naive().unwrap();
        assert_eq!((first.to_string().as_str(), contents.zone), ("2026-03-03 02:10:00", ClockZone::Unknown));
    }

    #[test]
    fn one_row_a_sample_with_all_readings() {
        let text = "\"Timestamp\",\"Readings\"\n\"03/03/2026 02:10:00\",\"\\\\srv\\memory\\available mbytes :\n2048\n\n\
            \\\\srv\\\\process(a:b)\\handle count :\n7\n\"\n\"13/03/2026 02:10:00\",\"\\\\srv\\memory\\available mbytes :\n2047\n\"\n";
        let (table, contents) = read(text);
        assert_eq!(table.0, [r"\\srv\memory\available mbytes", r"\\srv\process(a:b)\handle count"]);
        assert_eq!(table.1[0].1, [2048.0, 7.0]);
        assert_eq!(contents.interval_seconds, Some(10.0 * 86_400.0), "days first, as the second row tells");
    }

    /// The same two samples in every form, each as text.
    fn forms() -> [(&'static str, String); 8] {
        let json = |time: &dyn Fn(u32) -> String, wrap: &dyn Fn(String) -> String| {
            let sets: Vec<String> = [0, 5].iter().map(|minute| {
                let time = time(*minute);
                let samples = format!(
                    r#"[{{"Path":"\\\\srv\\memory\\pool nonpaged bytes","InstanceName":null,"CookedValue":{}.0,"Status":0,"Timestamp":{time}}},
                    {{"Path":"\\\\srv\\process(a)\\handle count","CookedValue":7,"Extra":[[1],{{"x":2}}],"Timestamp":{time}}}]"#,
                    200 + minute
                );
                format!(r#"{{"Timestamp":{time},"CounterSamples":{},"Readings":"x"}}"#, wrap(samples))
            }).collect();
            format!("[{}]", sets.join(",\n"))
        };
        let clixml = |body: &dyn Fn(u32, &str) -> String| {
            let set = |minute: u32| {
                let time = format!("<DT N=\"Timestamp\">2026-03-03T02:1{minute}:00.1234567+01:00</DT>");
                format!("<Obj RefId=\"0\"><Props>{time}{}</Props></Obj>", body(minute, &time))
            };
            let kind = "Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSampleSet";
            format!("<Objs Version=\"1.1.0.1\"><TN><T>{kind}</T></TN>{}{}</Objs>\r\n", set(0), set(5))
        };
        let property = |minute: u32, time: &str| {
            format!(
                "<LST><Obj><S N=\"Path\">\\\\srv\\memory\\pool nonpaged bytes</S><S N=\"InstanceName\"></S>\
                 <Db N=\"CookedValue\">{}</Db>{time}<U32 N=\"Status\">0</U32></Obj>\
                 <Obj><S N=\"Path\">\\\\srv\\process(a)\\handle count</S><Db N=\"CookedValue\">7</Db>{time}</Obj></LST>",
                200 + minute
            )
        };
        let as_text = |minute: u32, _: &str| {
            format!(
                "<S N=\"Readings\">\\\\srv\\memory\\pool nonpaged bytes :_x000A_{}_x000A__x000A_\
                 \\\\srv\\process(a)\\handle count :_x000A_7_x000A_</S>",
                200 + minute
            )
        };
        let screen = |time: &str, first: &str, second: &str| {
            format!(
                "{time}   \\\\srv\\memory\\pool {first}\r\n                  {second}\r\n\r\n                  \
                 \\\\srv\\process(a)\\handle count :\r\n                  7\r\n\r\n\r\n"
            )
        };
        let heading = "\r\nTimestamp         CounterSamples\r\n---------         --------------\r\n";
        let number = |minute: u32| format!("{}", 200 + minute);
        let plain = |samples: String| samples;
        [
            (
                "Windows PowerShell",
                json(
                    &|minute| format!(r#""\/Date({})\/""#, 1_772_500_200_000_u64 + u64::from(minute) * 60_000),
                    &plain,
                ),
            ),
            (
                "Windows PowerShell's objects",
                json(
                    &|minute| {
                        format!(
                            r#"{{"value":"\/Date({})\/","DisplayHint":2}}"#,
                            1_772_500_200_000_u64 + u64::from(minute) * 60_000
                        )
                    },
                    &|samples| format!(r#"{{"value":{samples},"Count":2}}"#),
                ),
            ),
            ("PowerShell 7", json(&|minute| format!(r#""2026-03-03T02:1{minute}:00.1234567+01:00""#), &plain)),
            ("CLIXML", clixml(&property)),
            ("CLIXML, readings as text", clixml(&as_text)),
            (
                "screen",
                heading.to_owned()
                    + &screen("3/3/2026 2:10:00 AM", "nonpaged bytes :", &number(0))
                    + &screen("3/3/2026 2:15:00 AM", "nonpaged bytes :", &number(5)),
            ),
            (
                "screen in another culture",
                "PS C:\\> get-counter\r\n".to_owned()
                    + heading
                    + &screen("3.3.2026 2.10.00", "nonpaged bytes :", "200,0")
                    + &screen("3.3.2026 2.15.00", "nonpaged bytes :", "205,0"),
            ),
            (
                "narrow screen",
                heading.to_owned()
                    + &screen("3/3/2026 2:10:00 AM", "nonpa", "ged bytes :\r\n              200")
                    + &screen("3/3/2026 2:15:00 AM", "nonpaged", "bytes :\r\n              205"),
            ),
        ]
    }

    #[test]
    fn every_form_is_read() {
        for (name, text) in forms() {
            let wide: Vec<u8> =
                "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
            for bytes in [text.as_bytes(), &wide] {
                let log = GetCounterLog::open(bytes).unwrap_or_else(|| panic!("{name}: {text}"));
                assert_eq!(log.format(), Format::GetCounterOutput, "{name}");
                let mut table = Table::default();
                let contents = log.read(bytes, &Selection::All.into(), &mut table).unwrap();
                assert_eq!(table.0, [r"\\srv\memory\pool nonpaged bytes", r"\\srv\process(a)\handle count"], "{name}");
                let values: Vec<Vec<f64>> = table.1.into_iter().map(|(_, values)| values).collect();
                assert_eq!(values, [[200.0, 7.0], [205.0, 7.0]], "{name}");
                assert_eq!((contents.samples, contents.interval_seconds), (2, Some(300.0)), "{name}");
                let no_zone = contents.warnings.contains(&LogWarning::NoTimeZone);
                assert_eq!(
                    (no_zone, contents.warnings.len()),
                    (name.contains("screen"), usize::from(no_zone)),
                    "{name}"
                );
                if name.contains('7') || name.contains("CLIXML") {
                    assert_eq!(contents.first.map(|first| first.offset_minutes), Some(60), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_comes_before_a_cut_is_kept() {
        for (name, text) in forms() {
            let mut most = 0;
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let Some(log) = GetCounterLog::open(&text.as_bytes()[..end]) else { continue };
                let mut table = Table::default();
                if let Ok(contents) = log.read(&text.as_bytes()[..end], &Selection::All.into(), &mut table) {
                    most = most.max(contents.samples);
                }
            }
            assert!(most > 0, "{name}");
        }
    }

    #[test]
    fn rows_in_the_cultures_of_windows() {
        for (first, second, value, separator) in [
            ("3/14/2026 2:10:00\u{202F}AM", "3/14/2026 2:15:00\u{202F}AM", "200.5", ','),
            ("2026-03-14 오전 2:10:00", "2026-03-14 오전 2:15:00", "200.5", ','),
            ("2026/3/14 上午 02:10:00", "2026/3/14 上午 02:15:00", "200.5", ','),
            ("14/03/2026 02:10:00 a. m.", "14/03/2026 02:15:00 a. m.", "200.5", ','),
            ("14.3.2026 2.10.00", "14.3.2026 2.15.00", "200,5", ';'),
            ("14.03.2026 02:10:00", "14.03.2026 02:15:00", "200,5", ','),
        ] {
            let row = |time: &str| {
                format!("\"{time}\"{separator}\"\\\\srv\\memory\\available mbytes\"{separator}\"{value}\"\r\n")
            };
            let names = format!("\"Timestamp\"{separator}\"Path\"{separator}\"CookedValue\"\r\n");
            let (table, contents) = read(&(names + &row(first) + &row(second)));
            assert_eq!(table.1[0].1, [200.5], "{first}");
            assert_eq!((contents.samples, contents.interval_seconds), (2, Some(300.0)), "{first}");
            assert_eq!(contents.first.unwrap().utc.to_naive().unwrap().to_string(), "2026-03-14 02:10:00", "{first}");
        }
    }

    #[test]
    fn other_tables_are_none() {
        for text in ["", "Timestamp", "Timestamp,Value\n1,2\n", "\"(PDH-CSV 4.0) (X)(0)\",\"\\\\S\\A\\x\"\n"] {
            assert!(GetCounterLog::open(text.as_bytes()).is_none(), "{text}");
        }
    }
}
