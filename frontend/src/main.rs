//! Starts the webmail in the page that loaded it. Everything else is in the library.

fn main() {
    // A build for development says on the console what went wrong; in a release its words would
    // only be weight.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into())
    }));
    frontend::app::start();
}
