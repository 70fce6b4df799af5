//! The bytes of a file: mapped where the system can, else read into memory.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// Bytes of a file.
pub enum Bytes {
    /// Mapped.
    Mapped(memmap2::Mmap),
    /// In memory.
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file. Pipes, which cannot be mapped, are read to their end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn map(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let meta = file.metadata()?;
        if meta.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a folder, not a file"));
        }
        if !meta.is_file() {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut &file, &mut bytes)?;
            return Ok(Self::Owned(bytes));
        }
        if meta.len() == 0 {
            return Ok(Self::Owned(Vec::new()));
        }
        Self::map_file(&file)
    }

    /// Maps an open file.
    ///
    /// # Errors
    /// When the system refuses.
    #[allow(unsafe_code, reason = "mapping a file is unsafe in itself")]
    pub fn map_file(file: &File) -> io::Result<Self> {
        // SAFETY: the map is read-only and every access goes through a bounds-checked slice whose
        // contents are treated as untrusted. A program that truncates the file while it is read
        // can still fault this process; a log that is being written only grows or is overwritten
        // in place, and no reference into the map is handed out of `Log`.
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self::Mapped(map))
    }

    /// Gives the memory of the first bytes back to the system; they are read from the file again
    /// when needed. A log of any size then needs no more memory than its values.
    #[allow(unsafe_code, reason = "telling the system about pages is unsafe in itself")]
    pub fn release(&self, end: usize) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self {
            let whole_pages = end.min(map.len()) & !0xFFFF;
            // SAFETY: the map is read-only and of a file, so that dropped pages come back unchanged.
            // A system that refuses keeps the pages, which does no harm.
            let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, 0, whole_pages) };
        }
        #[cfg(not(unix))]
        let _ = end;
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// Whether another program has the file open and writes to it: Windows then refuses to open it for readers alone.
/// Other systems do not report it.
#[must_use]
pub fn is_being_written(path: &Path) -> bool {
    #[cfg(windows)]
    {
        use std::os::windows::fs::OpenOptionsExt;
        const FILE_SHARE_READ: u32 = 1;
        const SHARING_VIOLATION: i32 = 32;
        let opened = File::options().read(true).share_mode(FILE_SHARE_READ).open(path);
        opened.is_err_and(|e| e.raw_os_error() == Some(SHARING_VIOLATION))
    }
    #[cfg(not(windows))]
    {
        let _ = path;
        false
    }
}
