//! `[[step]]`: the actions of users and the faults, with their times.

use super::Fault;
use super::host::{Sections, SigningSpec};
use crate::text::Span;
use serde::de::value::StringDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor,
};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// `[[step]]`: an action or a fault, with its time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepSpec {
    /// The time since the beginning of the run.
    pub at: Span,
    /// The action or fault.
    #[serde(flatten)]
    pub step: Step,
}

/// An action or a fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Step {
    /// A mail program submits a message.
    Submit {
        /// The host that it runs on.
        on: String,
        /// The server.
        to_host: String,
        /// The port: 587 or 465.
        #[serde(default = "port_submission")]
        port: u16,
        /// The user name; if absent, the program does not sign in.
        #[serde(default)]
        login: Option<String>,
        /// The password, if not the user's own.
        #[serde(default)]
        password: Option<String>,
        /// The envelope sender; empty for `<>`.
        from: String,
        /// The envelope recipients.
        to: Vec<String>,
        /// The message, with LF line ends.
        #[serde(alias = "letter")]
        message: String,
    },
    /// A user types a dialogue: `> ` sends a line, `< ` waits until a line begins with these words,
    /// `. 5s` waits.
    Type {
        /// The host on which it is typed.
        on: String,
        /// The server.
        to_host: String,
        /// The server's port.
        port: u16,
        /// Whether TLS is implicit.
        #[serde(default)]
        tls: bool,
        /// The dialogue.
        lines: String,
    },
    /// A fault begins or ends.
    Fault(Fault),
    /// Changes the settings of a host: at the beginning before it starts, later by restarting it.
    Settings {
        /// The host.
        host: String,
        /// The keys to change, in their sections.
        set: Sections,
    },
    /// Replaces the targets of an alias; without targets, removes the alias.
    Alias {
        /// The host.
        host: String,
        /// The name: `team@b.test`.
        name: String,
        /// The targets.
        to: Vec<String>,
    },
    /// Changes the quota of a mailbox.
    Quota {
        /// The host.
        host: String,
        /// The owner of the mailbox.
        person: String,
        /// The quota in bytes; `None`: unlimited.
        #[serde(default)]
        #[serde(alias = "octets")]
        bytes: Option<u64>,
    },
    /// Adds a signing key, or changes whether it signs.
    Dkim {
        /// The host.
        host: String,
        /// The key.
        key: SigningSpec,
    },
    /// Changes DNS: the records replace those of the same names and types.
    Zone {
        /// The new records, as zone file text.
        set: String,
        /// The records to remove: `name TYPE`, all of that type.
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

// Implemented by hand: derived code would deserialize the step from a copy of the table without the
// positions of its values, and errors would not contain their lines.
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

// One entry of a map, presented as the only entry of an enum's table.
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
