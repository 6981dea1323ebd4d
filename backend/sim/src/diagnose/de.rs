//! A deserializer for a [`Tree`] with typed errors that include the position.

use super::Diagnosis;
use super::tree::{Entry, Tree, Value, shorten};
use crate::error::{Found, Syntax, ValueKind, Wanted};
use crate::text::{SPAN_TYPE, Span};
use serde::de::value::{StrDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use std::fmt;

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.syntax)
    }
}

impl std::error::Error for Diagnosis {}

impl From<Syntax> for Diagnosis {
    fn from(syntax: Syntax) -> Diagnosis {
        Diagnosis {
            offset: None,
            syntax: Some(syntax),
        }
    }
}

fn names(known: &'static [&'static str]) -> Vec<String> {
    known.iter().map(|name| (*name).to_owned()).collect()
}

fn found(unexpected: Unexpected<'_>) -> Found {
    let (kind, value) = match unexpected {
        Unexpected::Bool(value) => (ValueKind::Boolean, value.to_string()),
        Unexpected::Unsigned(number) => (ValueKind::Integer, number.to_string()),
        Unexpected::Signed(number) => (ValueKind::Integer, number.to_string()),
        Unexpected::Float(number) => (ValueKind::Float, number.to_string()),
        Unexpected::Char(c) => (ValueKind::Text, c.to_string()),
        Unexpected::Str(text) => (ValueKind::Text, shorten(text)),
        Unexpected::Seq | Unexpected::Bytes(_) => (ValueKind::List, String::new()),
        Unexpected::Unit | Unexpected::Option => (ValueKind::Null, String::new()),
        _ => (ValueKind::Table, String::new()),
    };
    Found { kind, value }
}

impl Error for Diagnosis {
    // The reason is in English only; `value_of` replaces it with the rejected value.
    fn custom<T: fmt::Display>(_: T) -> Diagnosis {
        Diagnosis {
            offset: None,
            syntax: None,
        }
    }

    fn invalid_type(unexpected: Unexpected<'_>, _: &dyn Expected) -> Diagnosis {
        Syntax::WrongType {
            found: found(unexpected),
            wanted: None,
        }
        .into()
    }

    fn invalid_value(unexpected: Unexpected<'_>, _: &dyn Expected) -> Diagnosis {
        Syntax::InvalidValue(found(unexpected)).into()
    }

    fn invalid_length(length: usize, _: &dyn Expected) -> Diagnosis {
        Syntax::WrongLength(length).into()
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Diagnosis {
        Syntax::UnknownKeyword {
            keyword: shorten(variant),
            known: names(known),
        }
        .into()
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Diagnosis {
        Syntax::UnknownKey {
            key: shorten(field),
            known: names(known),
        }
        .into()
    }

    fn missing_field(field: &'static str) -> Diagnosis {
        Syntax::MissingKey(field.to_owned()).into()
    }

    fn duplicate_field(field: &'static str) -> Diagnosis {
        Syntax::DuplicateKey(field.to_owned()).into()
    }
}

// Adds the position to an error, unless a more precise one is known.
fn at<T>(offset: Option<usize>, result: Result<T, Diagnosis>) -> Result<T, Diagnosis> {
    result.map_err(|diagnosis| Diagnosis {
        offset: diagnosis.offset.or(offset),
        ..diagnosis
    })
}

// Adds the value to an error that does not name it.
fn value_of<T>(tree: &Tree, result: Result<T, Diagnosis>) -> Result<T, Diagnosis> {
    result.map_err(|diagnosis| Diagnosis {
        offset: diagnosis.offset.or(tree.offset),
        syntax: diagnosis
            .syntax
            .or_else(|| Some(Syntax::InvalidValue(tree.found()))),
    })
}

impl Tree {
    fn wrong_type<T>(&self, wanted: Wanted) -> Result<T, Diagnosis> {
        Err(Diagnosis {
            offset: self.offset,
            syntax: Some(Syntax::WrongType {
                found: self.found(),
                wanted: Some(wanted),
            }),
        })
    }

    fn visit<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Diagnosis> {
        let visited = match &self.value {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (.., number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::Text(text) | Value::Date(text) => visitor.visit_str(text),
            Value::List(all) => visitor.visit_seq(Items(all.iter())),
            Value::Table(entries) => visitor.visit_map(Entries {
                entries: entries.iter(),
                value: None,
            }),
        };
        at(self.offset, visited)
    }
}

macro_rules! typed {
    ($pattern:pat => $wanted:expr => $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Diagnosis> {
            match &self.value {
                $pattern => self.visit(visitor),
                _ => self.wrong_type($wanted),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &Tree {
    type Error = Diagnosis;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Diagnosis> {
        self.visit(visitor)
    }

    typed! { Value::Boolean(_) => Wanted::Boolean => deserialize_bool }
    typed! { Value::Number(_) => Wanted::Integer =>
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    }
    typed! { Value::Number(_) => Wanted::Unsigned =>
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }
    typed! { Value::Number(_) => Wanted::Number => deserialize_f32 deserialize_f64 }
    typed! { Value::Text(_) => Wanted::Text =>
        deserialize_char deserialize_str deserialize_string deserialize_identifier
    }
    typed! { Value::List(_) => Wanted::List => deserialize_seq deserialize_bytes deserialize_byte_buf }
    typed! { Value::Table(_) => Wanted::Table => deserialize_map }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        match &self.value {
            Value::Text(text) if name == SPAN_TYPE && Span::parse(text).is_none() => {
                at(self.offset, Err(Syntax::NotADuration(shorten(text)).into()))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Diagnosis> {
        match &self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Diagnosis> {
        self.visit(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        self.visit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Diagnosis> {
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        let visited = match &self.value {
            Value::Text(text) => visitor.visit_enum(VariantName(text)),
            Value::Table(entries) if entries.len() == 1 => visitor.visit_enum(&entries[0]),
            _ => return self.wrong_type(Wanted::Keyword),
        };
        at(self.offset, visited)
    }
}

// An enum given as a string: the name of a variant without content.
struct VariantName<'a>(&'a str);

impl<'de> EnumAccess<'de> for VariantName<'_> {
    type Error = Diagnosis;
    type Variant = UnitVariant;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, UnitVariant), Diagnosis> {
        let keyword: StrDeserializer<'_, Diagnosis> = self.0.into_deserializer();
        Ok((seed.deserialize(keyword)?, UnitVariant))
    }
}

// The content of a variant that was given by its name only: none.
struct UnitVariant;

impl UnitVariant {
    fn missing<T>() -> Result<T, Diagnosis> {
        Err(Syntax::WrongType {
            found: Found {
                kind: ValueKind::Null,
                value: String::new(),
            },
            wanted: Some(Wanted::Table),
        }
        .into())
    }
}

impl<'de> VariantAccess<'de> for UnitVariant {
    type Error = Diagnosis;

    fn unit_variant(self) -> Result<(), Diagnosis> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Diagnosis> {
        UnitVariant::missing()
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Diagnosis> {
        UnitVariant::missing()
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Diagnosis> {
        UnitVariant::missing()
    }
}

impl<'de, 'a> EnumAccess<'de> for &'a Entry {
    type Error = Diagnosis;
    type Variant = &'a Tree;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, &'a Tree), Diagnosis> {
        let keyword: StrDeserializer<'_, Diagnosis> = self.key.as_str().into_deserializer();
        Ok((at(self.offset, seed.deserialize(keyword))?, &self.tree))
    }
}

impl<'de> VariantAccess<'de> for &Tree {
    type Error = Diagnosis;

    fn unit_variant(self) -> Result<(), Diagnosis> {
        match &self.value {
            Value::Null => Ok(()),
            _ => self.wrong_type(Wanted::Keyword),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Diagnosis> {
        value_of(self, seed.deserialize(self))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Diagnosis> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Diagnosis> {
        self.deserialize_map(visitor)
    }
}

struct Items<'a>(std::slice::Iter<'a, Tree>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Diagnosis;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Diagnosis> {
        self.0
            .next()
            .map(|tree| value_of(tree, seed.deserialize(tree)))
            .transpose()
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    value: Option<&'a Tree>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Diagnosis;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Diagnosis> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(&entry.tree);
        let key: StringDeserializer<Diagnosis> = entry.key.clone().into_deserializer();
        at(entry.offset, seed.deserialize(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Diagnosis> {
        let tree = self.value.take();
        let tree = tree.ok_or_else(|| Diagnosis::from(Syntax::Json))?;
        value_of(tree, seed.deserialize(tree))
    }
}
