//! The MRA: lets users fetch what is stored, by IMAP and POP3. Decides for the sessions of `imap`
//! and `pop3` with what `store` holds; parses no protocol, delivers no mail, and knows no sockets.

pub mod imap;
pub mod pop3;
