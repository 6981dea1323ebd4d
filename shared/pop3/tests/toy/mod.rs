//! A test maildrop in memory: three messages and one user, alice, whose password is `secret`.

use pop3::{Decision, Maildrop, Message, Query, Refusal};

pub struct Role {
    pub messages: Vec<(u32, Vec<u8>)>,
    /// Octets requested at once.
    pub asked: Vec<u32>,
    /// Reading fails at this offset.
    pub fails_at: Option<u64>,
}

impl Default for Role {
    fn default() -> Role {
        let messages = vec![
            (
                1,
                b"Subject: one\r\n\r\n.dots\r\n..more\r\nlast line\r\n".to_vec(),
            ),
            (3, b"Subject: three\r\n\r\nno line end".to_vec()),
            (4, b"A: b\r\n".to_vec()),
        ];
        Role {
            messages,
            asked: Vec::new(),
            fails_at: None,
        }
    }
}

impl Role {
    pub fn kept(&self) -> Vec<u32> {
        self.messages.iter().map(|m| m.0).collect()
    }

    pub fn answer(&mut self, query: Query) -> Decision {
        match query {
            Query::Login { user, .. } if user == "busy" => Decision::Refused(Refusal::Locked),
            Query::Login {
                user,
                password,
                acting_as: None,
            } if user == "alice" && password.reveal() == b"secret" => {
                let messages = self
                    .messages
                    .iter()
                    .map(|(uid, bytes)| Message {
                        uid: *uid,
                        bytes: bytes.len() as u32,
                    })
                    .collect();
                Decision::Maildrop(Maildrop {
                    validity: 7,
                    messages,
                })
            }
            Query::Login { .. } => Decision::Refused(Refusal::InvalidCredentials),
            Query::Read { offset, .. } if self.fails_at == Some(offset) => {
                Decision::Refused(Refusal::Internal)
            }
            Query::Read {
                uid,
                offset,
                bytes_max,
                ..
            } => {
                self.asked.push(bytes_max);
                let Some((_, bytes)) = self.messages.iter().find(|m| m.0 == uid) else {
                    return Decision::Refused(Refusal::MessageRemoved);
                };
                let rest = &bytes[(offset as usize).min(bytes.len())..];
                Decision::Bytes(rest[..rest.len().min(bytes_max as usize)].to_vec())
            }
            Query::Update { deleted } => {
                self.messages.retain(|m| !deleted.contains(&m.0));
                Decision::Done
            }
        }
    }
}
