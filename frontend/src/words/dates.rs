//! Dates, times and numbers in the reader's language, by the browser's `Intl`.
