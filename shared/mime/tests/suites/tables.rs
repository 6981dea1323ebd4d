//! Tables of single rules: encoded words, dates, addresses, subjects, charsets, HTML, packed files.

mod charsets;
mod exceptions;
mod headers;
mod packed;
mod texts;

use suites::Suites;

pub fn add(all: &mut Suites) {
    headers::add(all);
    texts::add(all);
    charsets::add(all);
    packed::add(all);
}
