//! The webmail's entry point, and the function where the program is split into two WebAssembly
//! files; everything else is in the library.

use frontend::app::Pages;
use frontend::pages::lazy;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// The pages in the second file: what only they use is not in the first. Natively, for tests, there
/// is one program.
#[wasm_split(pages, fallible)]
fn lazy_pages() -> Result<Pages, SplitLoaderError> {
    Ok(lazy::all())
}

fn main() {
    // Debug builds print panics on the console; in release builds the messages would add size.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
    frontend::root::start(|| Box::pin(async { lazy_pages().await.ok() }));
}
