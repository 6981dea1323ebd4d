//! The program's memory: which allocator, and how it is set. Knows nothing of what is kept in
//! memory.

use std::os::unix::process::CommandExt;
use std::process::Command;

// Checking a password takes 19 MiB for a moment, on a thread of its own. The system's allocator
// keeps such pieces, one for each thread that ever held one; this one can give them back at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// The allocator reads its options from the environment when the program starts, and only then.
const OPTIONS: [(&str, &str); 2] = [
    // What is free goes back at once. Otherwise it goes back with the next large allocation, and a
    // server at rest makes none.
    ("MIMALLOC_PURGE_DELAY", "0"),
    // Huge pages are never half free: a few messages would hold 50 MB.
    ("MIMALLOC_ALLOW_THP", "0"),
];

/// Starts this program anew in the same process, with the allocator's options set; comes back if
/// they are, or if it cannot be done (the server then takes more memory and is otherwise the same).
/// Whoever set one of them himself is left alone.
pub(crate) fn settle() {
    let missing = || {
        OPTIONS
            .into_iter()
            .filter(|(name, _)| std::env::var_os(name).is_none())
    };
    if missing().next().is_none() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut args = std::env::args_os();
    let mut anew = Command::new(program);
    if let Some(name) = args.next() {
        anew.arg0(name);
    }
    // Comes back only with an error.
    let _ = anew.args(args).envs(missing()).exec();
}
