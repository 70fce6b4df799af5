//! What a release of Windows has to log, and how its logman is told.

/// A release of Windows, as far as collectors differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Windows {
    /// Has no logman.
    Windows2000,
    /// XP and Server 2003: logman's intervals are `[[hh:]mm:]ss`, and the log's folder must admit the service.
    Xp,
    /// Vista and Server 2008: no object Processor Information.
    Vista,
    /// Windows 7 to 10, Server 2008 R2 to 2022.
    #[default]
    Windows7,
    /// Windows 11 and Server 2025, which have Process V2.
    Windows11,
}

impl Windows {
    /// By the name that people give it, such as `2008 R2` or `Windows 11`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.strip_prefix("microsoft").unwrap_or(&name);
        let name = name.strip_prefix("windows").or(name.strip_prefix("win")).unwrap_or(name);
        let name = name.strip_prefix("server").unwrap_or(name);
        Some(match name {
            "2000" => Self::Windows2000,
            "xp" | "2003" | "2003r2" => Self::Xp,
            "vista" | "2008" => Self::Vista,
            "7" | "8" | "81" | "10" | "2008r2" | "2012" | "2012r2" | "2016" | "2019" | "2022" => Self::Windows7,
            "11" | "2025" => Self::Windows11,
            _ => return None,
        })
    }

    /// By what `ver` of cmd prints, in any language: `Microsoft Windows [Version 10.0.22631.3007]`.
    #[must_use]
    pub fn from_ver(text: &str) -> Option<Self> {
        /// The first build of Windows 11. Server 2022, which lacks Process V2, is 20348.
        const WINDOWS_11: u32 = 22_000;
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
            let numbers: Vec<u32> = word.split('.').map_while(|number| number.parse().ok()).collect();
            match numbers[..] {
                [5, 0, ..] => Some(Self::Windows2000),
                [5, _, ..] => Some(Self::Xp),
                [6, 0, ..] => Some(Self::Vista),
                [10, _, build, ..] if build >= WINDOWS_11 => Some(Self::Windows11),
                [6 | 10, _, ..] => Some(Self::Windows7),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases() {
        for (name, ver, windows) in [
            ("2000", "Microsoft Windows 2000 [Version 5.00.2195]", Windows::Windows2000),
            ("Server 2003", "Microsoft Windows [Version 5.2.3790]", Windows::Xp),
            ("2008", "Microsoft Windows [Versi\u{f3}n 6.0.6002]", Windows::Vista),
            ("2008 R2", "Microsoft Windows [Version 6.1.7601]", Windows::Windows7),
            ("2022", "Microsoft Windows [Version 10.0.20348.2227]", Windows::Windows7),
            ("Windows 11", "Microsoft Windows [Version 10.0.22631.3007]", Windows::Windows11),
        ] {
            assert_eq!((Windows::from_name(name), Windows::from_ver(ver)), (Some(windows), Some(windows)), "{name}");
        }
        assert_eq!((Windows::from_name("95"), Windows::from_ver("")), (None, None));
    }
}
