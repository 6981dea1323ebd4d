//! `[[step]]`: what people and faults do, and when.

use super::Fault;
use super::host::{Sections, SigningSpec};
use crate::text::Span;
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// `[[step]]`: when, and what.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepSpec {
    /// Since the beginning of the run.
    pub at: Span,
    /// What is done.
    #[serde(flatten)]
    pub step: Step,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Step {
    /// A mail program submits a message.
    Submit {
        /// The machine it runs on.
        on: String,
        /// The server.
        to_host: String,
        /// 587 or 465.
        #[serde(default = "port_submission")]
        port: u16,
        /// The user name; without it the program does not sign in.
        #[serde(default)]
        login: Option<String>,
        /// Another password than the user's own.
        #[serde(default)]
        password: Option<String>,
        /// Reverse path; empty for `<>`.
        from: String,
        /// Recipients.
        to: Vec<String>,
        /// The message, with LF line ends.
        #[serde(alias = "letter")]
        message: String,
    },
    /// A person types a dialogue: `> ` sends a line, `< ` waits until a line begins with these
    /// words, `. 5s` waits.
    Type {
        /// The machine it is typed on.
        on: String,
        /// The server.
        to_host: String,
        /// The server's port.
        port: u16,
        /// Whether TLS is on from the first byte.
        #[serde(default)]
        tls: bool,
        /// What is sent and waited for.
        lines: String,
    },
    /// A fault begins or ends.
    Fault(Fault),
    /// The host's settings change: at the beginning before it starts; later it is restarted with
    /// them.
    Settings {
        /// The host.
        host: String,
        /// Keys to change, in their sections.
        set: Sections,
    },
    /// An alias gets other targets; without any it is removed.
    Alias {
        /// The host.
        host: String,
        /// `team@b.test`
        name: String,
        /// The targets.
        to: Vec<String>,
    },
    /// A mailbox gets another quota.
    Quota {
        /// The host.
        host: String,
        /// The owner of the mailbox.
        person: String,
        /// Bytes; without them there is no quota.
        #[serde(default)]
        #[serde(alias = "octets")]
        bytes: Option<u64>,
    },
    /// A signing key is added, or stops signing.
    Dkim {
        /// The host.
        host: String,
        /// The key.
        key: SigningSpec,
    },
    /// DNS changes: names get these records in place of those of the same types.
    Zone {
        /// Zone file text.
        set: String,
        /// `name TYPE`: all records of that type are removed.
        #[serde(default)]
        remove: Vec<String>,
    },
}

fn port_submission() -> u16 {
    587
}

const STEP_KEYS: &[&str] = &[
    "at", "submit", "type", "fault", "settings", "alias", "quota", "dkim", "zone",
];

// Written by hand: derived code would read the step from a copy of the table that has lost the
// places of its values, and errors could not name their lines.
impl<'de> Deserialize<'de> for StepSpec {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<StepSpec, D::Error> {
        d.deserialize_map(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> Visitor<'de> for StepVisitor {
    type Value = StepSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StepSpec, A::Error> {
        let (mut at, mut step) = (None, None);
        while let Some(key) = map.next_key::<StepKey>()? {
            match key {
                StepKey::At if at.is_some() => return Err(A::Error::duplicate_field("at")),
                StepKey::At => at = Some(map.next_value()?),
                StepKey::Step(name) if step.is_some() => {
                    return Err(A::Error::unknown_field(&name, &["at"]));
                }
                StepKey::Step(name) => {
                    step = Some(Step::deserialize(OneEntry {
                        name,
                        map: &mut map,
                    })?);
                }
            }
        }
        Ok(StepSpec {
            at: at.ok_or_else(|| A::Error::missing_field("at"))?,
            step: step.ok_or_else(|| A::Error::missing_field("submit, type, fault …"))?,
        })
    }
}

enum StepKey {
    At,
    Step(String),
}

impl<'de> Deserialize<'de> for StepKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<StepKey, D::Error> {
        let key = String::deserialize(d)?;
        match key.as_str() {
            "at" => Ok(StepKey::At),
            known if STEP_KEYS.contains(&known) => Ok(StepKey::Step(key)),
            _ => Err(D::Error::unknown_field(&key, STEP_KEYS)),
        }
    }
}

// One entry of a map as the only entry of an enum's table.
struct OneEntry<'a, A> {
    name: String,
    map: &'a mut A,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for OneEntry<'_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for OneEntry<'_, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), A::Error> {
        let name: StringDeserializer<A::Error> = self.name.clone().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for OneEntry<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.map.next_value()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(Content {
            visitor,
            table: false,
        })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(Content {
            visitor,
            table: true,
        })
    }
}

struct Content<V> {
    visitor: V,
    table: bool,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Content<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<V::Value, D::Error> {
        if self.table {
            d.deserialize_map(self.visitor)
        } else {
            d.deserialize_seq(self.visitor)
        }
    }
}
