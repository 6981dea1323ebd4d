//! Starts the webmail in the page that loaded it. Everything else is in the library.

fn main() {
    frontend::app::start();
}
