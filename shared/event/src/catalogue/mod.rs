//! The message catalogue: reasons and proof steps as typed values, each variant with its sentence
//! in English and in Chinese. Sentences are only written, never parsed.
//!
//! To add a reason: append a variant to the enum of its area (never insert, rename or remove: the
//! stored form counts them), write both sentences, and run the tests with `BLESS=1` to append it to
//! `tests/data/catalogue.txt`.
//!
//! # Example
//! ```
//! use event::catalogue::delivery::RouteReason;
//! use event::{Locale, Localize, Reason};
//!
//! let reason = Reason::from(RouteReason::NullMx { domain: "b.test".to_owned() });
//! let english = "b.test does not accept mail (null MX)";
//! assert_eq!(reason.sentence(Locale::English), english);
//! assert_eq!(reason.sentence(Locale::Chinese), "b.test 声明不接收邮件（空 MX）");
//! ```

pub(crate) mod codec;
mod status;

pub mod authentication;
pub mod delivery;
pub mod inbound;
pub mod network;
pub mod proof;
pub mod reason;
pub mod submission;

#[cfg(test)]
mod tests;

pub use status::status_meaning;

/// Defines an enum of which each variant has its sentences:
/// `Variant { field: Type } = "English {field}" / "中文 {field}";`. A sentence names the fields in
/// braces; a field of a catalogue type is worded in the same language.
macro_rules! catalogue {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $variant:ident
                $( { $($field:ident: $type:ty),+ $(,)? } )?
                $( ($inner:ident: $inner_type:ty) )?
                = $english:literal / $chinese:literal;
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "a variant is documented by its sentence")]
        #[allow(clippy::empty_docs, reason = "the absent reason has an empty sentence")]
        pub enum $name {
            $( #[doc = $english] $variant $( { $($field: $type),+ } )? $( ($inner_type) )? ),+
        }

        impl $crate::locale::Localize for $name {
                #[allow(unused_variables, reason = "a sentence need not name every field")]
            fn write(
                &self,
                locale: $crate::locale::Locale,
                f: &mut std::fmt::Formatter<'_>,
            ) -> std::fmt::Result {
                use $crate::locale::Locale;
                match self {
                    $( Self::$variant $( { $($field),+ } )? $( ($inner) )? => {
                        $( $( let $field = $crate::locale::Localized(locale, $field); )+ )?
                        $( let $inner = $crate::locale::Localized(locale, $inner); )?
                        match locale {
                            Locale::English => write!(f, $english),
                            Locale::Chinese => write!(f, $chinese),
                        }
                    } )+
                }
            }
        }

        const _: () = {
            use $crate::catalogue::codec::{Coded, Input, Malformed, Output};

            enum Index { $($variant),+ }
            const NAMES: &[&str] = &[$(stringify!($variant)),+];

            impl Coded for $name {
                fn put(&self, out: &mut dyn Output) {
                    match self {
                        $( Self::$variant $( { $($field),+ } )? $( ($inner) )? => {
                            out.variant(Index::$variant as u32, stringify!($variant));
                            $( $( $field.put(out); )+ )?
                            $( $inner.put(out); )?
                        } )+
                    }
                }

                fn take(input: &mut dyn Input) -> Result<Self, Malformed> {
                    let index = input.variant(NAMES)?;
                    $(
                        if index == Index::$variant as u32 {
                            return Ok(Self::$variant
                                $( { $($field: <$type as Coded>::take(input)?),+ } )?
                                $( (<$inner_type as Coded>::take(input)?) )?);
                        }
                    )+
                    Err(Malformed)
                }

                #[allow(unused_variables, reason = "not every enum has texts")]
                fn edit_texts(&mut self, edit: &mut dyn FnMut(&mut String)) {
                    match self {
                        $( Self::$variant $( { $($field),+ } )? $( ($inner) )? => {
                            $( $( Coded::edit_texts($field, edit); )+ )?
                            $( Coded::edit_texts($inner, edit); )?
                        } )+
                    }
                }

                #[cfg(test)]
                fn samples() -> Vec<Self> {
                    vec![$( Self::$variant
                        $( { $($field: $crate::catalogue::tests::sample::<$type>()),+ } )?
                        $( ($crate::catalogue::tests::sample::<$inner_type>()) )? ),+]
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                    $crate::catalogue::codec::serialize(|out| self.put(out), s)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    $crate::catalogue::codec::deserialize(d)
                }
            }
        };
    };
}

pub(crate) use catalogue;
