//! ANSI code pages: Windows writes text logs in the machine's code page and does not record which.

use std::borrow::Cow;

use encoding_rs::Encoding;

use crate::counters::CounterPath;
use crate::counters::locale;

/// Windows code page numbers.
const CODE_PAGES: &[(u32, &Encoding)] = &[
    (1252, encoding_rs::WINDOWS_1252),
    (1250, encoding_rs::WINDOWS_1250),
    (1251, encoding_rs::WINDOWS_1251),
    (1253, encoding_rs::WINDOWS_1253),
    (1254, encoding_rs::WINDOWS_1254),
    (1255, encoding_rs::WINDOWS_1255),
    (1256, encoding_rs::WINDOWS_1256),
    (1257, encoding_rs::WINDOWS_1257),
    (1258, encoding_rs::WINDOWS_1258),
    (874, encoding_rs::WINDOWS_874),
    (932, encoding_rs::SHIFT_JIS),
    (936, encoding_rs::GBK),
    (949, encoding_rs::EUC_KR),
    (950, encoding_rs::BIG5),
    (65001, encoding_rs::UTF_8),
];

/// The encoding of a code page; Western European for unknown numbers.
#[must_use]
pub fn encoding(code_page: u32) -> &'static Encoding {
    CODE_PAGES
        .iter()
        .find(|(number, _)| *number == code_page)
        .map_or(encoding_rs::WINDOWS_1252, |(_, encoding)| encoding)
}

/// The encoding of a text log's header line: UTF-8 if valid, else the code page with the most known counter names, else
/// the one that its letters suggest.
#[must_use]
pub fn of_header(line: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(line).is_ok() {
        return encoding_rs::UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(line, true);
    let mut guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // Few Portuguese letters differ between the Western and the Central European code page.
    let western = encoding_rs::WINDOWS_1252.decode_without_bom_handling(line).0.to_lowercase();
    if guess == encoding_rs::WINDOWS_1250 && PORTUGUESE.iter().any(|piece| western.contains(piece)) {
        guess = encoding_rs::WINDOWS_1252;
    }
    let known = |encoding: &'static Encoding| known_names(&encoding.decode_without_bom_handling(line).0);
    let (best, score) = CODE_PAGES
        .iter()
        .map(|(_, encoding)| (*encoding, known(encoding)))
        .fold((guess, known(guess)), |best, next| if next.1 > best.1 { next } else { best });
    if score > 0 { best } else { guess }
}

/// Parts of words that occur only in Portuguese.
const PORTUGUESE: &[&str] = &["ção", "ções", "não "];

/// Number of paths to examine, spread over the header: enough for any log.
const PATHS: usize = 200;

/// Number of counter names in a header that are known in some language.
fn known_names(header: &str) -> usize {
    let paths: Vec<&str> = header.split(['"', '\t', ',', ';']).filter(|cell| cell.starts_with('\\')).collect();
    let step = paths.len().div_ceil(PATHS).max(1);
    let is_known = |path: &&&str| {
        CounterPath::parse(path).is_some_and(|path| {
            !(path.object.is_ascii() && path.counter.is_ascii())
                && locale::object(&path.object).is_some_and(|o| locale::counter(o, &path.counter).is_some())
        })
    };
    paths.iter().step_by(step).filter(is_known).count()
}

/// Bytes as text in an encoding; invalid characters become U+FFFD.
#[must_use]
pub fn decode<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Cow<'b, str> {
    encoding.decode_without_bom_handling(bytes).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_s_language_tells() {
        for (text, code_page) in [
            (
                "\"(PDH-CSV 4.0) (Közép-európai téli idő)(-60)\",\"\\\\S\\Memória\\Rendelkezésre álló bájtok\",\"\\\\S\\Folyamat(főkönyvelő)\\x\"",
                1250,
            ),
            ("\"(PDH-CSV 4.0) (Mitteleuropäische Zeit)(-60)\",\"\\\\S\\Arbeitsspeicher\\Verfügbare Bytes\"", 1252),
            ("\"(PDH-CSV 4.0) (RTZ 2 (зима))(-180)\",\"\\\\S\\Память\\Байт в невыгружаемом страничном пуле\"", 1251),
            ("\"(PDH-CSV 4.0) (Środkowoeuropejski czas stand.)(-60)\",\"\\\\S\\Pamięć\\Dostępne bajty\"", 1250),
            ("\"(PDH-CSV 4.0) (東京 (標準時))(-540)\",\"\\\\S\\Process(メモ帳)\\Private Bytes\"", 932),
            ("\"(PDH-CSV 4.0) (中国标准时间)(-480)\",\"\\\\S\\Process(记事本程序)\\Private Bytes\"", 936),
            ("\"(PDH-CSV 4.0) (대한민국 표준시)(-540)\",\"\\\\S\\Process(메모장)\\Private Bytes\"", 949),
            ("\"(PDH-CSV 4.0) (台北標準時間)(-480)\",\"\\\\S\\Process(記事本)\\Private Bytes\"", 950),
            ("\"(PDH-CSV 4.0) (Hora oficial do Brasil)(180)\",\"\\\\S\\Memória\\Bytes de pool não paginável\"", 1252),
            ("\"(PDH-CSV 4.0) (Ώρα GTB (χειμερινή))(-120)\",\"\\\\S\\Μνήμη\\Διαθέσιμα byte\"", 1253),
            ("\"(PDH-CSV 4.0) (Türkiye Standart Saati)(-180)\",\"\\\\S\\Bellek\\Kullanılabilir Bayt Sayısı\"", 1254),
            ("\"(PDH-CSV 4.0) (שעון ישראל (חורף))(-120)\",\"\\\\S\\Memory\\Available Bytes\"", 1255),
            ("\"(PDH-CSV 4.0) (توقيت مصر الرسمي)(-120)\",\"\\\\S\\Memory\\Available Bytes\"", 1256),
        ] {
            let bytes = encoding(code_page).encode(text).0;
            let found = of_header(&bytes);
            assert_eq!(decode(found, &bytes), text, "{code_page}: taken for {}", found.name());
        }
    }
}
