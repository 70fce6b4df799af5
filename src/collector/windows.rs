//! The objects that a Windows release can log, and its logman options.

use crate::base::windows::ReleaseInfo;

pub use crate::base::windows::Collecting as Windows;

impl Windows {
    /// The release for a common name, such as `2008 R2` or `Windows 11`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ReleaseInfo::by_name(name).map(|release| release.collecting)
    }

    /// The release for the output of cmd's `ver`, in any language: `Microsoft Windows [Version 10.0.22631.3007]`.
    #[must_use]
    pub fn from_ver(text: &str) -> Option<Self> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
            let numbers: Vec<u32> = word.split('.').map_while(|number| number.parse().ok()).collect();
            let [major, minor, ..] = numbers[..] else { return None };
            let build = numbers.get(2).copied().unwrap_or(0);
            ReleaseInfo::by_version(major, minor, build).map(|release| release.collecting)
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
