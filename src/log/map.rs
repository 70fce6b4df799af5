//! The bytes of a file: memory-mapped if possible, else read into memory.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// Bytes of a file.
pub enum Bytes {
    /// Memory-mapped file.
    Mapped(memmap2::Mmap),
    /// Bytes in memory.
    Owned(Vec<u8>),
}

impl Bytes {
    /// Maps a file. Pipes cannot be mapped and are read to their end.
    ///
    /// # Errors
    /// If the file cannot be read.
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
    /// If the system returns an error.
    #[allow(unsafe_code, reason = "mapping a file is unsafe in itself")]
    pub fn map_file(file: &File) -> io::Result<Self> {
        // SAFETY: the map is read-only and every access goes through a bounds-checked slice whose contents are treated
        // as untrusted. A program that truncates the file while it is read can still fault this process; a log that is
        // being written only grows or is overwritten in place, and no reference into the map leaves `Log`.
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self::Mapped(map))
    }

    /// Maps a part of an open file.
    ///
    /// # Errors
    /// If the system returns an error, or the part is not in the file.
    #[allow(unsafe_code, reason = "mapping a file is unsafe in itself")]
    pub fn map_part(file: &File, begin: u64, bytes: u64) -> io::Result<Self> {
        if begin.checked_add(bytes).is_none_or(|end| file.metadata().is_ok_and(|meta| end > meta.len())) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        if length == 0 {
            return Ok(Self::Owned(Vec::new()));
        }
        // SAFETY: as in `map_file`.
        let map = unsafe { memmap2::MmapOptions::new().offset(begin).len(length).map(file)? };
        Ok(Self::Mapped(map))
    }

    /// Returns the memory of the first bytes to the system; they are read from the file again when needed. So a log of
    /// any size needs no more memory than its values.
    #[allow(unsafe_code, reason = "telling the system about pages is unsafe in itself")]
    pub fn release(&self, end: usize) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self {
            let whole_pages = end.min(map.len()) & !0xFFFF;
            // SAFETY: the map is read-only and file-backed, so dropped pages are restored unchanged. A system that
            // keeps the pages does no harm.
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

/// Whether another program has the file open for writing: Windows then does not open it for readers only. Other systems
/// do not report it.
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
