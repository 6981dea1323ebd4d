//! The MRA: gives users access to their stored mail by IMAP and POP3. Makes the decisions of the
//! sessions in `imap` and `pop3` from `store`. Does not parse protocols, deliver mail or open
//! sockets.

pub mod imap;
pub mod pop3;
