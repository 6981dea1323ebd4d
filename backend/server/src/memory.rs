//! The memory allocator and its options.

use std::os::unix::process::CommandExt;
use std::process::Command;

// Verifying a password takes 19 MiB for a moment, on a thread of its own. The system allocator
// keeps such blocks for every thread that ever had one; mimalloc can return them at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// mimalloc reads its options from the environment, only when the program starts.
const OPTIONS: [(&str, &str); 2] = [
    // Return free memory at once. By default it is returned at the next large allocation, and an
    // idle server makes none.
    ("MIMALLOC_PURGE_DELAY", "0"),
    // A huge page is returned only as a whole: a few messages would hold 50 MB.
    ("MIMALLOC_ALLOW_THP", "0"),
];

/// Sets the allocator's options in the environment and executes the program again in the same
/// process. Returns if they are already set, or if that fails: the server then uses more memory.
/// Options set by the user are kept.
pub(crate) fn apply_allocator_options() {
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
    let mut restart = Command::new(program);
    if let Some(name) = args.next() {
        restart.arg0(name);
    }
    // Returns only on failure.
    let _ = restart.args(args).envs(missing()).exec();
}
