//! What the system does to a program that reads a file which became shorter, or that writes beyond a limit.
//!
//! Logs are read through maps of their files. If another program cuts such a file off, Linux sends the signal `SIGBUS` to
//! the thread that reads the missing part, which would end the program without a message and leave its temporary files.
//! Windows does not let a mapped file be cut off.

/// Turns both into errors.
pub fn install() {
    #[cfg(target_os = "linux")]
    linux::install();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{PipeReader, Read, pipe};
    use std::os::fd::IntoRawFd;
    use std::sync::atomic::{AtomicI32, Ordering};

    use crate::cli::EXIT_ERROR;
    use crate::cli::console::error;
    use crate::output::exit_without_temporary_files;

    /// The end of the pipe that the handler writes to; negative if there is none.
    static PIPE: AtomicI32 = AtomicI32::new(-1);
    /// Time for the other thread to print the error and exit.
    const PATIENCE_SECONDS: u32 = 5;
    /// Maps end at whole pages, which are at most so large.
    const PAGE: u64 = 1 << 16;
    /// Printed by the handler itself if no thread does.
    const MESSAGE: &[u8] = b"error: a file became shorter while it was read\n";

    #[allow(unsafe_code, reason = "handlers of signals are unsafe in themselves")]
    pub fn install() {
        if let Ok((reader, writer)) = pipe() {
            let watch = move || watch(reader);
            if std::thread::Builder::new().spawn(watch).is_ok() {
                PIPE.store(writer.into_raw_fd(), Ordering::Release);
            }
        }
        // SAFETY: the action is zeroed, which is an empty mask, and the handler calls only functions that POSIX allows in
        // handlers. With SIGXFSZ ignored, a write beyond the limit returns an error instead.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_bus_error as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        }
    }

    /// Sends the address to the thread that waits for it, and never returns: the read cannot be completed.
    #[allow(unsafe_code, reason = "handlers of signals are unsafe in themselves")]
    extern "C" fn on_bus_error(_: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        // SAFETY: the system passes a valid `info`; the buffers are live, and their sizes are right.
        unsafe {
            let address = ((*info).si_addr() as usize).to_ne_bytes();
            let pipe = PIPE.load(Ordering::Acquire);
            if pipe >= 0 && libc::write(pipe, address.as_ptr().cast(), address.len()) > 0 {
                libc::sleep(PATIENCE_SECONDS);
            }
            libc::write(libc::STDERR_FILENO, MESSAGE.as_ptr().cast(), MESSAGE.len());
            libc::_exit(i32::from(EXIT_ERROR));
        }
    }

    /// Waits for an address, and ends the program with an error that names the file.
    fn watch(mut reader: PipeReader) {
        let mut address = [0; size_of::<usize>()];
        if reader.read_exact(&mut address).is_err() {
            return;
        }
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let (file, end) = file_at(usize::from_ne_bytes(address), &maps).unwrap_or(("a file", u64::MAX));
        // A failing disk or network share sends the same signal.
        let is_whole = std::fs::metadata(file).is_ok_and(|meta| meta.len() + PAGE > end);
        error(&if is_whole {
            format!(
                "{file}: could not be read: the disk or the network share returned an error; read a copy of the file"
            )
        } else {
            format!("{file}: became shorter while it was read; read it when no program changes it, or read a copy")
        });
        exit_without_temporary_files(i32::from(EXIT_ERROR));
    }

    /// The file that is mapped at an address, and the end of its map in the file, from lines such as
    /// `7f1c40000000-7f1c40200000 r--s 00000000 08:01 131 /logs/a.blg`.
    fn file_at(address: usize, maps: &str) -> Option<(&str, u64)> {
        maps.lines().find_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (start, end) = range.split_once('-')?;
            let number = |text| usize::from_str_radix(text, 16).ok();
            let (start, end) = (number(start)?, number(end)?);
            let offset = number(rest.split_whitespace().nth(1)?)?;
            let inside = (start..end).contains(&address);
            let path = rest.find('/').map(|at| rest[at..].trim_end_matches(" (deleted)"));
            path.filter(|_| inside).map(|path| (path, (offset + (end - start)) as u64))
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_file_at_an_address() {
            let maps = "55d0-55e0 r-xp 00000000 08:01 7    /usr/bin/perfverdict\n\
                        7f10-7f20 r--s 00000000 08:01 131                /logs/my log.blg\n\
                        7f20-7f30 r--s 00000000 08:01 132                /logs/gone.blg (deleted)\n\
                        7ff0-7fff rw-p 00000000 00:00 0                          [stack]\n";
            assert_eq!(file_at(0x7F1F, maps), Some(("/logs/my log.blg", 0x10)));
            assert_eq!(file_at(0x7F20, maps), Some(("/logs/gone.blg", 0x10)));
            assert_eq!((file_at(0x7FF1, maps), file_at(1, maps)), (None, None));
        }
    }
}
