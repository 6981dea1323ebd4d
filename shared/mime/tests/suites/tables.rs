//! Tables of single rules: encoded words, dates, addresses, subjects, conversations, charsets,
//! HTML, packed files.

mod charsets;
mod exceptions;
mod headers;
mod packed;
mod texts;
mod threads;

use suites::Suites;

pub fn add(all: &mut Suites) {
    headers::add(all);
    threads::add(all);
    texts::add(all);
    charsets::add(all);
    packed::add(all);
}
