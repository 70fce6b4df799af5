//! The HTML report: whole in itself, safe against what a log holds, the same bytes every time.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{fixture, real};
use perfverdict::Options;
use perfverdict::TimeRange;
use perfverdict::analyze;
use perfverdict::demo::SCENARIOS;
use perfverdict::model::Report;
use perfverdict::report::{from_json, to_html, to_json, to_text};

fn report(paths: &[PathBuf]) -> Report {
    analyze(paths, &Options::default(), TimeRange::default())
}

/// A fixture by relative path, which is what the report prints; Windows takes this separator too.
fn relative(name: &str) -> PathBuf {
    format!("fixtures/{name}").into()
}

fn of_fixture(name: &str) -> Report {
    report(&[relative(name)])
}

/// The page without its style sheet and drawings, one element a line: what a person reads.
fn words(html: &str) -> String {
    let without = |text: String, open: &str, close: &str| {
        let mut out = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(open) {
            out += &rest[..at];
            let end = rest[at..].find(close).map_or(rest.len(), |end| at + end + close.len());
            rest = &rest[end..];
        }
        out + rest
    };
    let html = without(html.to_owned(), "<style>", "</style>");
    let html = without(html, "<svg", "</svg>");
    let html = without(html, "<details>", "</details>");
    html.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_report_of_a_kernel_leak() {
    insta::assert_snapshot!(words(&to_html(&of_fixture("nonpaged-leak.blg")).unwrap()));
}

#[test]
fn the_report_of_a_process_leak() {
    insta::assert_snapshot!(words(&to_html(&of_fixture("process-leak.blg")).unwrap()));
}

#[test]
fn the_summaries() {
    let all: Vec<PathBuf> = SCENARIOS.iter().map(|s| relative(s.file_name)).collect();
    insta::assert_snapshot!(anstream::adapter::strip_str(&to_text(&report(&all))).to_string());
}

#[test]
fn a_report_needs_nothing_but_itself() {
    for scenario in SCENARIOS {
        let html = to_html(&of_fixture(scenario.file_name)).unwrap();
        for part in ["<script", "http:", "https:", "url(", "@import", " src=", "<link rel=\"stylesheet\""] {
            assert!(!html.contains(part), "{}: {part}", scenario.file_name);
        }
        assert!(html.contains("Content-Security-Policy") && html.contains("prefers-color-scheme"));
        assert!(html.len() < 400_000, "{}: {} bytes", scenario.file_name, html.len());
        assert_eq!(html, to_html(&of_fixture(scenario.file_name)).unwrap(), "the same bytes every time");
    }
}

/// A log in which everything that can hold text holds markup.
fn hostile_log() -> String {
    let evil = "<img src=x onerror=alert(1)>&\u{1b}[2J";
    let mut text = format!(
        "\"(PDH-CSV 4.0) (<b>zone</b>)(0)\",\"\\\\<i>m</i>\\Memory\\Pool Nonpaged Bytes\",\
         \"\\\\<i>m</i>\\Process({evil})\\Pool Nonpaged Bytes\",\"\\\\<i>m</i>\\Process({evil})\\ID Process\",\
         \"\\\\<i>m</i>\\Memory\\Pool Paged Bytes\"\n"
    );
    for hour in 0..60_u32 {
        let own = 1_000_000 * hour;
        text += &format!(
            "\"01/{:02}/2026 {:02}:00:00.000\",\"{}\",\"{own}\",\"77\",\"1\"\n",
            1 + hour / 24,
            hour % 24,
            50_000_000 + own
        );
    }
    text
}

#[test]
fn nothing_from_a_log_becomes_markup() {
    let folder = tempfile::tempdir().unwrap();
    // Windows allows no such names.
    let path = folder.path().join(if cfg!(windows) { "evil.csv" } else { "<u>evil.csv" });
    std::fs::write(&path, hostile_log()).unwrap();
    let report = report(&[path]);
    assert_eq!(report.machines[0].findings[0].suspects[0].pid, Some(77), "{:?}", report.machines[0]);
    let html = to_html(&report).unwrap();
    for part in ["<img", "<i>m", "<b>zone", "<u>evil"] {
        assert!(!html.contains(part), "{part}");
    }
    assert!(html.contains("&#60;img src=x onerror=alert(1)&#62;"));
    assert!(serde_json::from_slice::<serde_json::Value>(&to_json(&report).unwrap()).is_ok());
    assert!(!anstream::adapter::strip_str(&to_text(&report)).to_string().contains('\u{1b}'));
}

/// The page needs nothing but the JSON, and what is read from the JSON is written again as it was.
fn comes_back_from_json(paths: &[PathBuf]) {
    let report = report(paths);
    let json = to_json(&report).unwrap();
    let read = from_json(&json).unwrap();
    assert_eq!(to_json(&read).unwrap(), json, "{paths:?}");
    assert_eq!(to_html(&read).unwrap(), to_html(&report).unwrap(), "{paths:?}");
    assert_eq!(to_text(&read), to_text(&report), "{paths:?}");
}

#[test]
fn a_report_from_json_is_the_same() {
    SCENARIOS.iter().for_each(|scenario| comes_back_from_json(&[relative(scenario.file_name)]));
    comes_back_from_json(&[relative("incident")]);
    for folder in ["blg", "csv", "events", "poolmon", "windbg"] {
        let Some(folder) = real(folder) else { return };
        std::fs::read_dir(folder).unwrap().for_each(|entry| comes_back_from_json(&[entry.unwrap().path()]));
    }
}

#[test]
fn a_report_of_nothing_says_so() {
    let html = to_html(&report(&[fixture("no-such-file.blg")])).unwrap();
    assert!(html.contains("What could not be read") && html.contains("no-such-file.blg"));
}

/// What a browser said of a page: console messages, and requests that the page made.
fn browse(browser: &str, folder: &Path, html: &str) -> (Vec<String>, usize) {
    let (page, log, shot) = (folder.join("page.html"), folder.join("net.json"), folder.join("shot.png"));
    std::fs::write(&page, html).unwrap();
    let flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
        "--enable-logging=stderr",
    ];
    let output = Command::new(browser)
        .args(flags)
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("--screenshot={}", shot.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(std::fs::metadata(&shot).is_ok_and(|m| m.len() > 1000), "no screenshot: {messages}");
    let console = messages.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    // The browser's own requests have "not an origin" there; a local page has the opaque one.
    let requests = std::fs::read_to_string(&log).unwrap().matches("\"initiator\":\"null\"").count();
    (console, requests)
}

/// Opens reports in a browser: no console message, no request over the network.
#[test]
fn a_browser_has_nothing_to_complain_of() {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let Some(browser) = names.iter().find(|name| Command::new(name).arg("--version").output().is_ok()) else {
        eprintln!("skipped: no Chromium on this machine");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let guilty = "<!doctype html><img src='http://example.invalid/x.png'><script>console.error('x')</script>";
    let (console, requests) = browse(browser, folder.path(), guilty);
    assert!(!console.is_empty() && requests > 0, "a page that does both is noticed: {console:?} {requests}");
    for name in ["nonpaged-leak.blg", "load.blg"] {
        let html = to_html(&of_fixture(name)).unwrap();
        assert_eq!(browse(browser, folder.path(), &html), (Vec::new(), 0), "{name}");
    }
}

/// A verdict from elsewhere can hold any chart. Each of these once made plotters count without end, or chrono panic.
#[test]
fn charts_that_cannot_be_drawn_are_left_out() {
    let good = serde_json::to_value(of_fixture("nonpaged-leak.blg")).unwrap();
    let drawn = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut verdict = good.clone();
        let findings = verdict["machines"][0]["findings"].as_array_mut().unwrap();
        findings.truncate(1);
        change(&mut findings[0]["chart"]);
        let report = from_json(verdict.to_string().as_bytes()).ok()?;
        Some(to_html(&report).unwrap().contains("<svg"))
    };
    assert_eq!(drawn(&|_| ()), Some(true));
    for value in [-1e15, 1e15, -1e300, 1e300] {
        assert_eq!(drawn(&|chart| chart["trend"]["from"][1] = value.into()), Some(false), "trend from {value}");
        assert_eq!(drawn(&|chart| chart["trend"]["to_ci95"][1] = value.into()), Some(false), "trend to {value}");
    }
    for value in [-1e300, 1.7e308] {
        assert_eq!(drawn(&|chart| chart["points"][3][1] = value.into()), Some(false), "point {value}");
        assert_eq!(drawn(&|chart| chart["limit"]["value"] = value.into()), Some(false), "limit {value}");
    }
    assert_eq!(drawn(&|chart| chart["trend"]["from"][0] = "1700-01-01T00:00:00.000Z".into()), Some(false));
    assert_eq!(drawn(&|chart| chart["points"][0][0] = "9999-12-31T00:00:00.000Z".into()), Some(false), "not in order");
    assert_eq!(drawn(&|chart| chart["points"][0][0] = "+262000-01-01T00:00:00.000".into()), None, "no such year");
    // Odd, but it can be drawn: years on the axis, a label as long as a book, a flat line.
    let last = good["machines"][0]["findings"][0]["chart"]["points"].as_array().unwrap().len() - 1;
    let centuries = |chart: &mut serde_json::Value| {
        chart["points"][0][0] = "1601-01-02T00:00:00.000Z".into();
        chart["points"][last][0] = "9999-12-30T00:00:00.000Z".into();
        chart["marks"] = serde_json::json!([{"time": "9999-12-29T00:00:00.000Z", "label": "a".repeat(100_000)}]);
    };
    assert_eq!(drawn(&centuries), Some(true));
    let flat = |chart: &mut serde_json::Value| {
        chart["points"].as_array_mut().unwrap().iter_mut().for_each(|point| point[1] = 5.into());
        chart["limit"] = serde_json::Value::Null;
        chart["trend"] = serde_json::Value::Null;
    };
    assert_eq!(drawn(&flat), Some(true));
}
