//! The most common pool tags, described in our own words; pooltag.txt contains the rest.

use super::tag::{Tag, TagPattern};

/// Name of this table among the lists of tags.
pub const NAME: &str = "built-in table";

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct WellKnown {
    /// Driver file name.
    pub file: &'static str,
    /// Purpose of the tag.
    pub description: &'static str,
    /// Whether Windows allocates it on behalf of other components.
    pub on_behalf: bool,
    /// Whether the row is a pattern for several tags.
    pub by_pattern: bool,
}

/// File name of the kernel.
pub const KERNEL: &str = "ntoskrnl.exe";

/// Tags of objects and requests that the kernel allocates on behalf of other components, which cause their growth.
const ON_BEHALF: &[(&str, &str)] = &[
    ("Proc", "process objects; kept while a handle or reference to an ended process stays open"),
    ("Thre", "thread objects; kept while a handle or reference to an ended thread stays open"),
    ("Toke", "access tokens"),
    ("SeTd", "data of access tokens"),
    ("SeAt", "security attributes of access tokens"),
    ("SeTa", "security attributes of access tokens"),
    ("File", "file objects, one for each open file, pipe or device"),
    ("IoNm", "names of open files"),
    ("IoFE", "extensions of file objects"),
    ("Irp", "I/O requests"),
    ("Irp+", "I/O requests"),
    ("IoSB", "buffers of I/O requests"),
    ("Io", "I/O requests of drivers of all kinds"),
    ("Mdl", "descriptions of locked memory"),
    ("MmMd", "descriptions of locked memory"),
    ("Even", "event objects"),
    ("Muta", "mutexes"),
    ("Sema", "semaphores"),
    ("Sect", "section objects"),
    ("Key", "open registry keys"),
    ("ObHd", "headers of objects"),
    ("ObNm", "names of objects"),
    ("Obtb", "handle tables of processes"),
    ("ObDi", "object directories"),
    ("Symb", "symbolic links"),
    ("Vad", "address ranges of processes"),
    ("VadS", "address ranges of processes"),
    ("VadF", "address ranges of processes"),
    ("VadL", "address ranges of processes"),
    ("ALPC", "ports and messages between processes"),
    ("AlMs", "messages between processes"),
    ("Wait", "waits on several objects"),
    ("Timr", "timer objects"),
    ("IoCc", "completion ports and packets"),
    ("IoCo", "completion ports"),
    ("Job", "job objects"),
    ("PsJb", "job objects"),
    ("MmCa", "mapped files: control areas"),
    ("MmSt", "mapped files: page tables of sections"),
    ("MmSm", "sections: segments"),
    ("MmCi", "mapped programs: control areas"),
    ("MmAc", "access logs of mapped files"),
    ("Pool", "tables of the pool itself"),
    ("Etwr", "event tracing: registrations that programs and drivers make and do not end"),
    ("EtwR", "event tracing: registrations that programs and drivers make and do not end"),
    ("EtwD", "event tracing: data of such registrations"),
    ("None", "allocations made without a tag"),
    ("NONE", "allocations made without a tag"),
];

/// Tags that belong to one driver each.
const OF_DRIVERS: &[(&str, &str, &str)] = &[
    ("Leak", "myfault.sys", "the leak that Sysinternals NotMyFault makes on purpose"),
    ("NtF?", "ntfs.sys", "NTFS: open files, their records and indexes"),
    ("Ntf?", "ntfs.sys", "NTFS: open files, their records and indexes"),
    ("Ntx?", "ntfs.sys", "NTFS"),
    ("NtxF", "ntfs.sys", "NTFS: data of open files"),
    ("FMfn", "fltmgr.sys", "Filter Manager: names of files, kept for antivirus, backup and other filter drivers"),
    ("FMsl", "fltmgr.sys", "Filter Manager: list of filter data of an open file"),
    ("FMsc", "fltmgr.sys", "Filter Manager: contexts of filter drivers"),
    ("FMic", "fltmgr.sys", "Filter Manager: I/O requests under way through filter drivers"),
    ("FM??", "fltmgr.sys", "Filter Manager, on behalf of antivirus, backup and other filter drivers"),
    ("EtwB", KERNEL, "event tracing: buffers of running traces"),
    ("Etw?", KERNEL, "event tracing"),
    ("CM??", KERNEL, "registry"),
    ("CM", KERNEL, "registry"),
    ("MmRe", KERNEL, "relocations of programs"),
    ("Afd?", "afd.sys", "sockets"),
    ("TCP?", "tcpip.sys", "TCP/IP"),
    ("TcpE", "tcpip.sys", "TCP endpoints"),
    ("UdpA", "tcpip.sys", "UDP endpoints"),
    ("TNbl", "tcpip.sys", "TCP/IP: lists of network buffers"),
    ("NDnb", "ndis.sys", "network buffers of network drivers"),
    ("Nb??", "netbt.sys", "NetBIOS over TCP/IP"),
    ("NDpp", "ndis.sys", "packet pools of network drivers"),
    ("NDpb", "ndis.sys", "buffer pools of network drivers"),
    ("ND??", "ndis.sys", "network driver library, on behalf of network drivers"),
    ("Ddk", "", "default tag of the Driver Kit's samples: any driver whose author left it"),
    ("Wdm", "", "default tag of old driver samples: any driver whose author left it"),
    ("LS??", "srv.sys", "file server (SMB 1)"),
    ("LSwi", "srv.sys", "file server: work items"),
    ("LSmf", "srv.sys", "file server: files that clients have open"),
    ("Ttfd", "win32k.sys", "fonts"),
    ("Gh0?", "win32k.sys", "drawing objects of a session"),
    ("Gla?", "win32k.sys", "drawing objects of a session"),
    ("Usty", "win32k.sys", "window objects of a session"),
    ("ScPC", "classpnp.sys", "disk requests"),
    ("VmHb", "vmbus.sys", "Hyper-V channels"),
    ("DxgK", "dxgkrnl.sys", "graphics kernel"),
    ("Vi??", "dxgmms2.sys", "graphics memory manager"),
    ("smNp", KERNEL, "memory compression and ReadyBoost"),
    ("smSt", KERNEL, "memory compression and ReadyBoost"),
    ("ConT", KERNEL, "contiguous memory that drivers asked for"),
    ("Cont", KERNEL, "contiguous memory that drivers asked for"),
    ("AcpD", "acpi.sys", "ACPI: data of devices"),
    ("Acp?", "acpi.sys", "ACPI"),
    ("AmlH", "acpi.sys", "ACPI: heap of the firmware's language"),
    ("AmlC", "acpi.sys", "ACPI: heap of the firmware's language"),
    ("HalD", "hal.dll", "memory for transfers of devices (DMA)"),
    ("SQSF", "storqosflt.sys", "storage quality of service"),
    ("SysR", "sysmondrv.sys", "Sysinternals Sysmon: rules"),
    ("WCsc", "wcifs.sys", "Windows container file system filter"),
    ("WCfc", "wcifs.sys", "Windows container file system filter"),
    ("MPf?", "wdfilter.sys", "Microsoft Defender's file system filter"),
    ("Wfp?", "netio.sys", "Windows Filtering Platform"),
    ("WfpF", "netio.sys", "Windows Filtering Platform: filters"),
];

/// Whether a file is a Windows file that this table contains.
#[must_use]
pub fn is_windows(file: &str) -> bool {
    let own = |known: &str| known.eq_ignore_ascii_case(file) && known != "myfault.sys" && known != "sysmondrv.sys";
    file.eq_ignore_ascii_case(KERNEL) || OF_DRIVERS.iter().any(|row| own(row.1))
}

/// The row of a tag: the closest if several match.
#[must_use]
pub fn find(tag: Tag) -> Option<WellKnown> {
    let on_behalf = ON_BEHALF.iter().map(|(pattern, description)| (*pattern, KERNEL, *description, true));
    let of_drivers = OF_DRIVERS.iter().map(|(pattern, file, description)| (*pattern, *file, *description, false));
    let fitting = on_behalf.chain(of_drivers).filter_map(|(pattern, file, description, on_behalf)| {
        let pattern = TagPattern::parse(pattern).filter(|p| p.matches(tag))?;
        let by_pattern = pattern.openness() > 0;
        Some((pattern.openness(), WellKnown { file, description, on_behalf, by_pattern }))
    });
    fitting.min_by_key(|(openness, _)| *openness).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_found() {
        let all = ON_BEHALF.iter().map(|row| row.0).chain(OF_DRIVERS.iter().map(|row| row.0));
        for pattern in all {
            assert!(TagPattern::parse(pattern).is_some(), "{pattern}");
            let tag = Tag::parse(&pattern.replace('?', "x")).unwrap();
            assert!(find(tag).is_some(), "{pattern}");
        }
        let leak = find(Tag(*b"Leak")).unwrap();
        assert!(leak.file == "myfault.sys" && !leak.on_behalf);
        assert!(find(Tag(*b"File")).unwrap().on_behalf);
        assert!(find(Tag(*b"FMfn")).unwrap().description.contains("names"));
        assert!(find(Tag(*b"zzzz")).is_none());
    }
}
