//! The reader's language, and the trait of values that have a text in each language. The sentences
//! are in [`catalogue`](crate::catalogue).

use mail::dns::Failure;
use std::fmt::{self, Display};
use std::net::IpAddr;

/// A language that sentences are available in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// English: logs, SMTP replies, the command line.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

/// A value with a text in each language.
pub trait Localize {
    /// Writes the value in that language.
    ///
    /// # Errors
    /// Where the formatter fails.
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result;

    /// The value as something that can be formatted.
    fn in_locale(&self, locale: Locale) -> Localized<'_, Self> {
        Localized(locale, self)
    }

    /// The value as text.
    fn sentence(&self, locale: Locale) -> String {
        self.in_locale(locale).to_string()
    }
}

/// A value with the language it is shown in. Formatting flags are passed on to the value.
#[derive(Debug)]
pub struct Localized<'a, T: ?Sized>(pub Locale, pub &'a T);

impl<T: Localize + ?Sized> Display for Localized<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.write(self.0, f)
    }
}

/// Values with the same text in every language.
macro_rules! neutral {
    ($($type:ty),+) => {
        $(impl Localize for $type {
            fn write(&self, _: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(self, f)
            }
        })+
    };
}

neutral!(String, u64, u32, i32, IpAddr);

impl<T: Localize> Localize for Box<T> {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::write(self, locale, f)
    }
}

/// A list, separated by commas.
impl<T: Localize> Localize for Vec<T> {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            item.write(locale, f)?;
        }
        Ok(())
    }
}

impl Localize for Failure {
    fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match locale {
            Locale::English => Display::fmt(self, f),
            Locale::Chinese => f.write_str(match self {
                Failure::NoSuchName => "域名不存在（NXDOMAIN）",
                Failure::ServerFailure => "域名服务器出错（SERVFAIL）",
                Failure::Timeout => "域名服务器没有及时应答",
            }),
        }
    }
}
