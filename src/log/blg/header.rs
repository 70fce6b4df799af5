//! The log header event: the writer, its settings and its time zone.

use super::buffer;
use super::bytes::{i32_at, i64_at, pad8, u16_at, u32_at, wide_text};
use super::layout::{BUFFER_HEADER, MODE_CIRCULAR, MODE_KILOBYTES, SYSTEM_HEADER};
use crate::base::time::FileTime;
use crate::log::zone::{Rule, Zone};

/// The log header. Fields missing in a truncated header are `None` or zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeader {
    /// Size of a buffer in bytes.
    pub buffer_size: usize,
    /// Operating system: major, minor, build.
    pub os_version: (u8, u8, u32),
    /// `EVENT_TRACE_*_MODE` bits.
    pub mode: u32,
    /// Pointer size in bytes, 4 or 8.
    pub pointer_size: usize,
    /// Number of events that the logger dropped.
    pub events_lost: u32,
    /// Number of buffers that the logger dropped.
    pub buffers_lost: u32,
    /// Time zone of the writer.
    pub zone: Option<Zone>,
    /// Boot time of the writer, UTC.
    pub boot: Option<FileTime>,
    /// Ticks per second of the performance counter; 0 in a truncated header.
    pub perf_frequency: i64,
    /// Maximum file size of a circular log, bytes.
    pub max_bytes: Option<u64>,
    /// Whether the writer closed the log: it sets `EndTime` of `TRACE_LOGFILE_HEADER` last.
    pub closed: bool,
}

impl LogHeader {
    /// Parses the header at the start of a file.
    pub fn parse(file: &[u8]) -> Option<Self> {
        let buffer_size = buffer::buffer_size(file)?;
        let event = file.get(BUFFER_HEADER..)?;
        let size = usize::from(u16_at(event, 4)?);
        let h = event.get(SYSTEM_HEADER..size.min(event.len()))?;
        let pointer_size = match u32_at(h, 0x2C) {
            Some(4) => 4,
            _ => 8,
        };
        let zone_at = 0x38 + 2 * pointer_size;
        let times_at = pad8(zone_at + 172);
        Some(Self {
            buffer_size,
            os_version: (*h.get(4)?, *h.get(5)?, u32_at(h, 8)?),
            mode: u32_at(h, 0x20).unwrap_or(0),
            pointer_size,
            events_lost: u32_at(h, 0x30).unwrap_or(0),
            buffers_lost: u32_at(h, times_at + 0x1C).unwrap_or(0),
            zone: zone(h, zone_at),
            boot: i64_at(h, times_at).filter(|t| *t > 0).map(FileTime),
            perf_frequency: i64_at(h, times_at + 8).unwrap_or(0),
            max_bytes: max_bytes(u32_at(h, 0x1C)?, u32_at(h, 0x20)?),
            closed: i64_at(h, 0x10) != Some(0),
        })
    }

    /// Whether the log overwrites its oldest buffers.
    pub fn is_circular(&self) -> bool {
        self.mode & MODE_CIRCULAR != 0
    }
}

/// Maximum file size from the header, in megabytes or, by its mode, kilobytes; 0 means none.
fn max_bytes(size: u32, mode: u32) -> Option<u64> {
    let unit = if mode & MODE_KILOBYTES == 0 { 20 } else { 10 };
    (size > 0).then_some(u64::from(size) << unit)
}

/// A `TIME_ZONE_INFORMATION`.
fn zone(header: &[u8], at: usize) -> Option<Zone> {
    let bytes = header.get(at..at.checked_add(172)?)?;
    let bias = i32_at(bytes, 0)?;
    let text = |at: usize| {
        let name = wide_text(&bytes[at..at + 64]);
        name.split('\0').next().unwrap_or_default().to_owned()
    };
    let rule = |at: usize| {
        // A year means one fixed date, which does not apply to other years.
        let field = |n: usize| u16_at(bytes, at + 2 * n).map_or(u32::MAX, u32::from);
        let rule = Rule { month: field(1), weekday: field(2), week: field(3), hour: field(4), minute: field(5) };
        rule.checked().filter(|_| field(0) == 0)
    };
    // 4 bias, 64 name, 16 date, 4 bias, 64 name, 16 date, 4 bias.
    let rules = rule(152).zip(rule(68));
    let plausible = |minutes: i32| (-24 * 60..=24 * 60).contains(&minutes);
    let standard_bias = bias.saturating_add(i32_at(bytes, 84)?);
    let daylight_bias = bias.saturating_add(i32_at(bytes, 168)?);
    (plausible(standard_bias) && plausible(daylight_bias)).then(|| Zone {
        standard_bias,
        daylight_bias,
        rules,
        name: display_name(&text(4)),
        daylight_name: display_name(&text(88)),
    })
}

/// Since Vista the names refer to resources of tzres.dll, such as `@tzres.dll,-322`: standard time has even numbers,
/// daylight time the odd number before. Numbers are from the zones' public registry entries; an unknown one stays
/// unchanged.
fn display_name(logged: &str) -> String {
    const ZONES: &[(u32, &str)] = &[
        (112, "Eastern"),
        (162, "Central"),
        (192, "Mountain"),
        (212, "Pacific"),
        (222, "Alaskan"),
        (232, "Hawaiian"),
        (262, "GMT"),
        (272, "Greenwich"),
        (282, "Central Europe"),
        (292, "Central European"),
        (302, "Romance"),
        (322, "W. Europe"),
        (332, "E. Europe"),
        (342, "Egypt"),
        (352, "FLE"),
        (362, "GTB"),
        (382, "South Africa"),
        (392, "Arab"),
        (402, "Arabic"),
        (412, "E. Africa"),
        (422, "Russian"),
        (432, "Iran"),
        (442, "Arabian"),
        (492, "India"),
        (502, "Nepal"),
        (562, "SE Asia"),
        (572, "China"),
        (602, "W. Australia"),
        (622, "Korea"),
        (632, "Tokyo"),
        (652, "AUS Central"),
        (662, "Cen. Australia"),
        (672, "AUS Eastern"),
        (682, "E. Australia"),
        (692, "Tasmania"),
        (742, "New Zealand"),
    ];
    let known = || {
        let number: u32 = logged.strip_prefix("@tzres.dll,-")?.parse().ok()?;
        let (standard, name) = ZONES.iter().find(|(standard, _)| number == *standard || number + 1 == *standard)?;
        let season = if number == *standard { "Standard" } else { "Daylight" };
        Some(format!("{name} {season} Time"))
    };
    known().unwrap_or_else(|| logged.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_references_are_names() {
        for (logged, name) in [
            ("@tzres.dll,-212", "Pacific Standard Time"),
            ("@tzres.dll,-111", "Eastern Daylight Time"),
            ("@tzres.dll,-492", "India Standard Time"),
            ("@tzres.dll,-9999", "@tzres.dll,-9999"),
            ("Pacific Standard Time", "Pacific Standard Time"),
        ] {
            assert_eq!(display_name(logged), name);
        }
    }
}
