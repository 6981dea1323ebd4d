//! The webmail's entry point; everything else is in the library.

fn main() {
    // Debug builds print panics on the console; in release builds the messages would add size.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
    frontend::root::start();
}
