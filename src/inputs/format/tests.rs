use super::*;

fn of(bytes: &[u8], name: &str) -> Option<Format> {
    Format::of(bytes, Path::new(name))
}

#[test]
fn content_decides_and_the_name_does_not() {
    for (bytes, format) in [
        (&b"PAGEDU64 ..."[..], Format::KernelDump),
        (b"ElfFile\0...", Format::EventLog),
        (b"MDMP\x93\xA7", Format::ProcessDump),
        (b"PK\x03\x04 0123456789012345678901 log.csv", Format::Zip),
        (b"PK\x03\x0401234567890123456789012345[Content_Types].xml", Format::OfficeDocument),
        (b"\x1F\x8B\x08", Format::Gzip),
        (b"%PDF-1.7", Format::Pdf),
        (b"MZ\x90", Format::Program),
        (b"<?xml version=\"1.0\"?>\n<DataCollectorSet><EventLog>0</EventLog>", Format::Template),
        (b"<Events><Event xmlns=\"x\">", Format::EventXml),
        (b"Tag,Type,Allocs,Frees,Diff,Bytes\nLeak,Nonp,5,1,4,400\n", Format::PoolTagTable),
        (b" Tag  Type  Allocs Frees Diff\n Leak Nonp 5 1 4 400 100\n", Format::PoolMonDisplay),
        (b"AfdB - afd.sys - x\nAfdX - afd.sys - y\nLeak - myfault.sys - z\n", Format::PoolTagList),
        (b"This is BibTeX, Version 0.99d (TeX Live 2015)\n", Format::BibTex),
        (b"\"Process:\",\"tool.exe\"\r\n\"PID:\",\"632\"\r\n\r\n\"Type\",\"Size\",\"Committed\"\r\n", Format::VmMap),
        (
            b"\r\nImage Name          PID Session Name\r\n=========== ====== =======\r\nSystem  4 Services\r\n",
            Format::TaskList,
        ),
        (b"\"Image Name\",\"PID\",\"Session Name\"\r\n\"System\",\"4\",\"Services\"\r\n", Format::TaskList),
        (b"PAR1\x15\x04\x15", Format::Parquet),
        (b"Level\tDate and Time\tSource\tEvent ID\tTask Category\n", Format::EventText),
        (b"0: kd> !vm\nPhysical Memory: 262144 ( 1048576 Kb)\n", Format::DebuggerText),
        (b"\"(PDH-CSV 4.0) (X)(0)\",\"\\\\a\\Memory\\Pool Paged Bytes\"\n", Format::PdhCsv),
        (b"\"(PDH-TSV 4.0) (X)(0)\"\t\"\\\\a\\Memory\\Pool Paged Bytes\"\n", Format::PdhTsv),
        (b"\"Time\",\"\\\\a\\Memory\\Pool Paged Bytes\"\n", Format::PdhCsv),
        (b"\"Timestamp\",\"Path\",\"CookedValue\"\n", Format::GetCounter),
        (b"\r\nTimestamp      CounterSamples\r\n---------      -----\r\n", Format::GetCounterOutput),
        (b"[{\"Timestamp\":\"x\",\"CounterSamples\":[]}]", Format::GetCounterOutput),
        (b"<Objs Version=\"1.1.0.1\"><T>PerformanceCounterSampleSet</T>", Format::GetCounterOutput),
        (b"\r\n\xEF\xBB\xBF\"(PDH-CSV 4.0)\",\"\\\\a\\Memory\\Pool Paged Bytes\"\r\n", Format::PdhCsv),
        (b"\"(PDH-CSV 4.0)\",\"Memory\\Pool Paged Bytes\"\r\n", Format::PdhCsv),
        (b",Timestamp,\\\\a\\Memory\\Pool Paged Bytes\n0,2026-03-02 08:00:00,1\n", Format::PdhCsv),
    ] {
        let shown = String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(of(bytes, "a.blg"), Some(format), "{shown}");
    }
    assert_eq!(of(b"MZ\x90", "a.sys"), Some(Format::DriverFile), "a program cannot be told from a driver");
    assert_eq!((of(b"", "x"), of(b"Dear all,\nthe server is slow", "x")), (None, None));
}

#[test]
fn every_row_has_a_format_of_its_own() {
    for (at, row) in TABLE.iter().enumerate() {
        assert!(TABLE[..at].iter().all(|other| other.format != row.format), "{:?}", row.format);
    }
}
