//! Reads a parsed TOML document into configuration types with serde, with errors that are typed
//! and know their byte offset. It does not parse TOML and knows no key.
//!
//! serde reports errors through constructors (`unknown_field`, `invalid_type`, …); [`ReadError`]
//! keeps their arguments instead of a sentence.

use serde::de::value::{CowStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Why a value cannot be read, and the byte offset of the key or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// Byte offset in the text; set by the reader once it knows.
    pub offset: Option<usize>,
    /// What is wrong.
    pub problem: ReadProblem,
}

/// What is wrong with a key or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadProblem {
    /// A key that does not exist in its table.
    UnknownKey {
        /// As written.
        key: String,
        /// The keys of the table.
        known: &'static [&'static str],
    },
    /// A string that is not one of a fixed set.
    UnknownChoice {
        /// As written.
        value: String,
        /// The set.
        known: &'static [&'static str],
    },
    /// A required key is missing.
    MissingKey(&'static str),
    /// A key and its alias are both there.
    DuplicateKey(&'static str),
    /// A value of the wrong type.
    WrongType {
        /// Its type.
        found: ValueType,
        /// What was expected.
        expected: String,
    },
    /// An integer that does not fit.
    NumberOutOfRange(String),
    /// A value that its own parser refused.
    BadValue(String),
}

/// Type of a TOML value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `"…"`
    String,
    /// `1`
    Integer,
    /// `1.5`
    Float,
    /// `true`
    Boolean,
    /// `2026-11-01`
    Datetime,
    /// `[…]`
    Array,
    /// `{…}` or a section
    Table,
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueType::String => "a string",
            ValueType::Integer => "an integer",
            ValueType::Float => "a floating-point number",
            ValueType::Boolean => "true or false",
            ValueType::Datetime => "a date",
            ValueType::Array => "an array",
            ValueType::Table => "a table",
        })
    }
}

impl ReadError {
    fn new(problem: ReadProblem) -> ReadError {
        ReadError {
            offset: None,
            problem,
        }
    }

    fn wrong_type(found: ValueType, expected: ValueType) -> ReadError {
        ReadError::new(ReadProblem::WrongType {
            found,
            expected: expected.to_string(),
        })
    }

    // The innermost place wins.
    fn at(mut self, span: &Range<usize>) -> ReadError {
        self.offset.get_or_insert(span.start);
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for ReadError {}

impl Error for ReadError {
    fn custom<T: fmt::Display>(why: T) -> ReadError {
        ReadError::new(ReadProblem::BadValue(why.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> ReadError {
        ReadError::new(ReadProblem::WrongType {
            found: value_type(&found),
            expected: expected.to_string(),
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> ReadError {
        ReadError::new(match found {
            Unexpected::Signed(number) => ReadProblem::NumberOutOfRange(number.to_string()),
            Unexpected::Unsigned(number) => ReadProblem::NumberOutOfRange(number.to_string()),
            Unexpected::Str(text) => {
                ReadProblem::BadValue(format!("expected {expected}, found {text:?}"))
            }
            other => ReadProblem::BadValue(format!("expected {expected}, found {other}")),
        })
    }

    fn unknown_variant(value: &str, known: &'static [&'static str]) -> ReadError {
        ReadError::new(ReadProblem::UnknownChoice {
            value: value.to_owned(),
            known,
        })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> ReadError {
        ReadError::new(ReadProblem::UnknownKey {
            key: key.to_owned(),
            known,
        })
    }

    fn missing_field(key: &'static str) -> ReadError {
        ReadError::new(ReadProblem::MissingKey(key))
    }

    fn duplicate_field(key: &'static str) -> ReadError {
        ReadError::new(ReadProblem::DuplicateKey(key))
    }
}

fn value_type(found: &Unexpected<'_>) -> ValueType {
    match found {
        Unexpected::Bool(_) => ValueType::Boolean,
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => ValueType::Integer,
        Unexpected::Float(_) => ValueType::Float,
        Unexpected::Seq => ValueType::Array,
        Unexpected::Map => ValueType::Table,
        _ => ValueType::String,
    }
}

/// One value of the document.
pub struct ValueReader<'de>(Spanned<DeValue<'de>>);

impl<'de> ValueReader<'de> {
    /// The whole document.
    pub fn document(table: Spanned<DeTable<'de>>) -> ValueReader<'de> {
        let span = table.span();
        ValueReader(Spanned::new(span, DeValue::Table(table.into_inner())))
    }

    fn found(&self) -> ValueType {
        match self.0.get_ref() {
            DeValue::String(_) => ValueType::String,
            DeValue::Integer(_) => ValueType::Integer,
            DeValue::Float(_) => ValueType::Float,
            DeValue::Boolean(_) => ValueType::Boolean,
            DeValue::Datetime(_) => ValueType::Datetime,
            DeValue::Array(_) => ValueType::Array,
            DeValue::Table(_) => ValueType::Table,
        }
    }

    fn read<V: Visitor<'de>>(self, expected: ValueType, visitor: V) -> Result<V::Value, ReadError> {
        let found = self.found();
        if found == expected {
            self.deserialize_any(visitor)
        } else {
            Err(ReadError::wrong_type(found, expected).at(&self.0.span()))
        }
    }
}

macro_rules! expect_type {
    ($($method:ident => $expected:ident),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.read(ValueType::$expected, visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for ValueReader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let span = self.0.span();
        let read = match self.0.into_inner() {
            DeValue::String(text) => visitor.visit_str(&text),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => visitor.visit_i64(number),
                    Err(_) => Err(ReadError::new(ReadProblem::NumberOutOfRange(
                        number.to_string(),
                    ))),
                }
            }
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(ReadError::new(ReadProblem::NumberOutOfRange(
                    number.to_string(),
                ))),
            },
            DeValue::Boolean(value) => visitor.visit_bool(value),
            // No key is a date: read as text, its parser refuses it.
            DeValue::Datetime(date) => visitor.visit_string(date.to_string()),
            DeValue::Array(values) => visitor.visit_seq(Values(values.into_iter())),
            DeValue::Table(table) => visitor.visit_map(Entries {
                entries: table.into_iter(),
                value: None,
            }),
        };
        read.map_err(|error| error.at(&span))
    }

    expect_type! {
        deserialize_bool => Boolean,
        deserialize_i8 => Integer,
        deserialize_i16 => Integer,
        deserialize_i32 => Integer,
        deserialize_i64 => Integer,
        deserialize_u8 => Integer,
        deserialize_u16 => Integer,
        deserialize_u32 => Integer,
        deserialize_u64 => Integer,
        deserialize_str => String,
        deserialize_string => String,
        deserialize_seq => Array,
        deserialize_map => Table,
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.read(ValueType::Table, visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        // TOML has no null: what is written is there.
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let (found, span) = (self.found(), self.0.span());
        match self.0.into_inner() {
            DeValue::String(text) => visitor.visit_enum(Choice(text)),
            _ => Err(ReadError::wrong_type(found, ValueType::String)),
        }
        .map_err(|error| error.at(&span))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}

// Errors raised after the value itself was read, by a parser of its text, get its position here.
fn read_seed<'de, T: DeserializeSeed<'de>>(
    seed: T,
    value: Spanned<DeValue<'de>>,
) -> Result<T::Value, ReadError> {
    let span = value.span();
    seed.deserialize(ValueReader(value))
        .map_err(|error| error.at(&span))
}

struct Values<'de>(<toml::de::DeArray<'de> as IntoIterator>::IntoIter);

impl<'de> SeqAccess<'de> for Values<'de> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        self.0
            .next()
            .map(|value| read_seed(seed, value))
            .transpose()
    }
}

struct Entries<'de> {
    entries: <DeTable<'de> as IntoIterator>::IntoIter,
    value: Option<Spanned<DeValue<'de>>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let span = key.span();
        self.value = Some(value);
        seed.deserialize(CowStrDeserializer::new(key.into_inner()))
            .map(Some)
            .map_err(|error: ReadError| error.at(&span))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, ReadError> {
        let Some(value) = self.value.take() else {
            return Err(ReadError::custom("a value was read before its key"));
        };
        read_seed(seed, value)
    }
}

/// A string that names one of a set.
struct Choice<'de>(DeString<'de>);

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = ReadError;
    type Variant = UnitVariant;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, UnitVariant), ReadError> {
        let name: StrDeserializer<'_, ReadError> = (&*self.0).into_deserializer();
        seed.deserialize(name).map(|value| (value, UnitVariant))
    }
}

/// The content of a variant that was given by its name only: none.
struct UnitVariant;

impl<'de> VariantAccess<'de> for UnitVariant {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, ReadError> {
        Err(ReadError::wrong_type(ValueType::String, ValueType::Table))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ReadError> {
        Err(ReadError::wrong_type(ValueType::String, ValueType::Array))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ReadError> {
        Err(ReadError::wrong_type(ValueType::String, ValueType::Table))
    }
}
