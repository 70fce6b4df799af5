//! An incident with all its evidence, as in a support case: the log, PoolMon snapshots, the System log, driver files.

use std::io;
use std::path::Path;

use super::File;
use super::driver::{DriverFile, Processor};
use super::machine::SimulatedMachine;
use super::random::Random;
use super::scenario::{INCIDENT, INCIDENT_BASE, INCIDENT_BEGINS, INCIDENT_FULL};
use crate::base::time::{FileTime, ZonedTime};
use crate::base::units::{KB, MB};

/// Name of the folder.
pub const FOLDER: &str = "incident";
/// What happens in the incident.
pub const STORY: &str =
    "a new driver leaks until nonpaged pool is exhausted; with PoolMon snapshots, events and driver files";

/// Hours from the first sample to the first PoolMon snapshot.
const FIRST_SNAPSHOT: f64 = 11.0;
/// Hours between snapshots.
const SNAPSHOT_HOURS: f64 = 1.5;
/// Number of snapshots.
const SNAPSHOTS: usize = 10;

/// Tags of nonpaged pool other than the leaking one: name, share of the pool, bytes of an allocation.
const NONPAGED: &[(&str, f64, f64)] = &[
    ("EtwB", 0.16, 65536.0),
    ("File", 0.10, 352.0),
    ("Thre", 0.08, 1280.0),
    ("NtxF", 0.07, 368.0),
    ("MmCa", 0.07, 288.0),
    ("FMsl", 0.05, 208.0),
    ("Even", 0.04, 128.0),
    ("Vad", 0.04, 160.0),
    ("Pool", 0.04, 217_088.0),
    ("Irp", 0.03, 640.0),
    ("TcpE", 0.03, 832.0),
    ("AfdE", 0.03, 512.0),
    ("Io", 0.02, 720.0),
    ("Ddk", 0.02, 240.0),
    ("SmMs", 0.02, 112.0),
    ("Proc", 0.02, 1376.0),
    ("ALPC", 0.02, 480.0),
    ("usbp", 0.01, 368.0),
];
/// The same for paged pool.
const PAGED: &[(&str, f64, f64)] = &[
    ("CM25", 0.24, 4544.0),
    ("MmSt", 0.20, 896.0),
    ("NtfF", 0.14, 1600.0),
    ("IoNm", 0.08, 326.0),
    ("Toke", 0.06, 2080.0),
    ("Ntff", 0.06, 1232.0),
    ("MmRe", 0.05, 8192.0),
    ("Ntop", 0.04, 208.0),
    ("Sect", 0.03, 240.0),
    ("D2d", 0.02, 96.0),
];
/// Bytes of each leaked allocation.
const LEAKED: f64 = 16.0 * KB;

/// The files of the incident, in a subfolder.
///
/// # Errors
/// If a file cannot be written.
pub fn files() -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    let mut add = |name: &str, bytes: &[u8]| files.push((Path::new(FOLDER).join(name), bytes.to_vec()));
    let mut snapshots = Vec::new();
    let mut full = None;
    let mut first: Option<ZonedTime> = None;
    let log = INCIDENT.live(&mut |machine, time| {
        let begin = *first.get_or_insert(time);
        let hours = time.utc.seconds_since(begin.utc) / 3600.0;
        let next = FIRST_SNAPSHOT + SNAPSHOT_HOURS * snapshots.len() as f64;
        if snapshots.len() < SNAPSHOTS && hours >= next {
            snapshots.push(poolmon(machine, time, snapshots.len()));
        }
        if machine.driver_nonpaged >= INCIDENT_FULL && full.is_none() {
            full = Some(time);
        }
    })?;
    add(INCIDENT.file_name, &log);
    for (number, text) in snapshots.iter().enumerate() {
        add(&format!("poolmonlog{}.txt", number + 1), text.as_bytes());
    }
    let (first, full) = first.zip(full).ok_or_else(|| io::Error::other("the pool is never exhausted"))?;
    add("System.xml", events(first, full).as_bytes());
    for (name, driver) in drivers() {
        add(&format!("drivers/{name}"), &driver);
    }
    Ok(files)
}

/// The output of `echo %date% %time%` and `poolmon /b /n`.
fn poolmon(machine: &SimulatedMachine, time: ZonedTime, number: usize) -> String {
    let mut random = Random::new(number as u64 + 77);
    let mut rows: Vec<(String, &str, f64, f64, f64)> = Vec::new();
    let leaked = machine.leaked_nonpaged();
    let pools = [("Nonp", NONPAGED, machine.pool_nonpaged() - leaked), ("Paged", PAGED, machine.pool_paged())];
    for (pool, tags, bytes) in pools {
        for (tag, share, each) in tags {
            let outstanding = (bytes * share / each * (1.0 + 0.01 * random.normal())).round().max(1.0);
            // Busy tags have allocated and freed much more than is outstanding.
            let frees = (outstanding * 8.0 * (number as f64 + 3.0)).round();
            rows.push((format!("{tag:<4}"), pool, outstanding + frees, frees, outstanding * each));
        }
    }
    let outstanding = (leaked / LEAKED).round();
    if outstanding > 0.0 {
        rows.push(("Leak".to_owned(), "Nonp", outstanding + 3.0, 3.0, outstanding * LEAKED));
    }
    rows.sort_by(|a, b| b.4.total_cmp(&a.4).then(a.0.cmp(&b.0)));
    let kb = |bytes: f64| (bytes / KB).round();
    let local = time.local().to_naive().map_or_else(String::new, |t| t.format("%a %m/%d/%Y %k:%M:%S.41").to_string());
    let mut text = format!(
        "{local}\r\n Memory:{:>8}K Avail:{:>8}K  PageFlts:{:>9}   InRam Krnl:{:>5}K P:{:>6}K\r\n Commit:{:>8}K Limit:{:>8}K \
         Peak:{:>8}K            Pool N:{:>6}K P:{:>6}K\r\n System pool information\r\n Tag  Type     Allocs            Frees            \
         Diff   Bytes       Per Alloc\r\n\r\n",
        kb(machine.ram),
        kb(machine.available()),
        912_113 + 40_000 * number,
        56_708,
        kb(machine.pool_paged() * 0.9),
        kb(machine.committed()),
        kb(machine.ram * 2.0),
        kb(machine.committed() * 1.1),
        kb(machine.pool_nonpaged()),
        kb(machine.pool_paged())
    );
    for (tag, pool, allocs, frees, bytes) in rows {
        let outstanding = allocs - frees;
        let each = (bytes / outstanding).floor();
        text += &format!(
            " {tag} {pool:<5} {allocs:>10} (   0) {frees:>10} (   0) {outstanding:>8} {bytes:>9} (     0) {each:>6}\r\n"
        );
    }
    text
}

/// The System log, as exported by Event Viewer.
fn events(first: ZonedTime, full: ZonedTime) -> String {
    let at = |moment: ZonedTime, minutes: i32| {
        let utc: FileTime = moment.utc.plus_minutes(minutes);
        utc.to_naive().map_or_else(String::new, |t| t.format("%Y-%m-%dT%H:%M:%S.000000000Z").to_string())
    };
    let mut number = 48_811;
    let mut event = |provider: &str, id: u32, time: &str, data: &str| {
        number += 3;
        format!(
            "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/><EventID>{id}</EventID>\
             <TimeCreated SystemTime='{time}'/><EventRecordID>{number}</EventRecordID><Channel>System</Channel>\
             <Computer>APPSRV03.example</Computer></System>{data}</Event>\n"
        )
    };
    let data = |pairs: &[(&str, &str)]| {
        let each: Vec<String> =
            pairs.iter().map(|(name, value)| format!("<Data Name='{name}'>{value}</Data>")).collect();
        format!("<EventData>{}</EventData>", each.concat())
    };
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<Events>\n".to_owned();
    text += &event("EventLog", 6005, &at(first, -31 * 60), "");
    text += &event(
        "Service Control Manager",
        7036,
        &at(first, 40),
        &data(&[("param1", "Windows Update"), ("param2", "running")]),
    );
    text += &event(
        "Microsoft-Windows-WindowsUpdateClient",
        19,
        &at(first, 190),
        &data(&[("updateTitle", "Definition Update for Windows Defender"), ("updateRevisionNumber", "200")]),
    );
    // Four minutes before the leak starts.
    text += &event(
        "Service Control Manager",
        7045,
        &at(first, (INCIDENT_BEGINS * 60.0) as i32 - 4),
        &data(&[
            ("ServiceName", "MyFault"),
            ("ImagePath", r"\??\C:\Tools\myfault.sys"),
            ("ServiceType", "kernel mode driver"),
            ("StartType", "demand start"),
            ("AccountName", ""),
        ]),
    );
    for minutes in [7, 12, 18, 31, 44] {
        text += &event("srv", 2019, &at(full, minutes), &data(&[("", r"\Device\LanmanServer")]));
    }
    text + "</Events>\n"
}

/// Driver files: the leaking driver, some from Windows, and one with the word "Leak" only in its messages.
fn drivers() -> Vec<(&'static str, Vec<u8>)> {
    let imports = b"\0\0ExAllocatePoolWithTag\0\0\0ExFreePoolWithTag\0ntoskrnl.exe\0";
    let x64 = |tag: &[u8; 4]| {
        // xor ecx, ecx; mov edx, 4000h; mov r8d, tag; call; ret.
        let mut code = vec![0x48, 0x83, 0xEC, 0x28, 0x33, 0xC9, 0xBA, 0, 0x40, 0, 0, 0x41, 0xB8];
        code.extend(tag);
        code.extend([0xFF, 0x15, 0x10, 0x10, 0, 0, 0x48, 0x83, 0xC4, 0x28, 0xC3]);
        code
    };
    let x86 = |tag: &[u8; 4]| {
        // push tag; push 4000h; push 0; call.
        let mut code = vec![0x55, 0x8B, 0xEC, 0x68];
        code.extend(tag);
        code.extend([0x68, 0, 0x40, 0, 0, 0x6A, 0, 0xFF, 0x15, 0, 0x20, 0x40, 0, 0x5D, 0xC3]);
        code
    };
    let windows = |name: &'static str, what: &'static str| {
        ["Microsoft Corporation", "Microsoft\u{ae} Windows\u{ae} Operating System", what, "6.1.7601.17514", name]
    };
    let speaks = [&imports[..], b"Leak detection: %d bytes leaked, Memory Leak found\0"].concat();
    let of = |name, processor, code: &[u8], data: &[u8], version, signed| {
        (name, DriverFile { processor, code, data, version, signed }.bytes())
    };
    vec![
        of(
            "afd.sys",
            Processor::X64,
            &x64(b"AfdE"),
            imports,
            windows("afd.sys", "Ancillary Function Driver for WinSock"),
            false,
        ),
        of(
            "leakwatch.sys",
            Processor::X64,
            &x64(b"LkWt"),
            &speaks,
            ["Contoso Ltd", "LeakWatch", "Leak monitor", "2.1.0.0", "leakwatch.sys"],
            true,
        ),
        of(
            "myfault.sys",
            Processor::X64,
            &x64(b"Leak"),
            imports,
            ["Sysinternals", "Sysinternals Myfault", "Crash Test Driver", "4.20", "myfault.sys"],
            true,
        ),
        of("ntfs.sys", Processor::X64, &x64(b"NtxF"), imports, windows("ntfs.sys", "NT File System Driver"), false),
        of("oldraid.sys", Processor::X86, &x86(b"ORdB"), imports, ["", "", "", "", ""], false),
    ]
}

/// Additions for this incident.
impl SimulatedMachine {
    /// Nonpaged pool of the leaking driver, bytes.
    fn leaked_nonpaged(&self) -> f64 {
        (self.driver_nonpaged - INCIDENT_BASE * MB).max(0.0)
    }
}
