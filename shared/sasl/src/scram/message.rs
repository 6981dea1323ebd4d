//! The messages of SCRAM (RFC 5802 §7): attributes `a=value` separated by commas. Reads and writes
//! them; computes nothing.

/// The longest message that is accepted, in bytes.
pub(super) const MESSAGE_BYTES_MAX: usize = 4096;

/// `saslname`: a comma is written `=2C`, an equals sign `=3D`.
pub(crate) fn escape(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// Reads [`escape`]'s form; `None` for an equals sign before anything else, and for the empty name.
pub(crate) fn unescape(name: &str) -> Option<String> {
    let mut parts = name.split('=');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (char, rest) = part
            .strip_prefix("2C")
            .map(|r| (',', r))
            .or_else(|| part.strip_prefix("3D").map(|r| ('=', r)))?;
        out.push(char);
        out.push_str(rest);
    }
    (!out.is_empty() && !out.contains(',') || name.contains("=2C"))
        .then_some(out)
        .filter(|o| !o.contains('\0'))
}

/// The client's channel binding flag: `gs2-cbind-flag = ("p=" cb-name) / "n" / "y"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Binding {
    /// `n`: not supported by the client.
    No,
    /// `y`: supported by the client, but it assumes not by the server.
    Unused,
    /// `p=name`
    Required(String),
}

/// `client-first-message = gs2-header client-first-message-bare`.
#[derive(Debug)]
pub(super) struct ClientFirst {
    /// The header as received, for the check of `c=`.
    pub header: String,
    pub binding: Binding,
    pub authorization: Option<String>,
    pub bare: String,
    pub user: String,
    pub nonce: String,
}

/// A printable nonce: `printable = %x21-2B / %x2D-7E`.
fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b',')
}

impl ClientFirst {
    pub(super) fn read(message: &[u8]) -> Option<ClientFirst> {
        let text = std::str::from_utf8(message)
            .ok()
            .filter(|t| t.len() <= MESSAGE_BYTES_MAX)?;
        // gs2-header = gs2-cbind-flag "," [ authzid ] ","
        let (flag, rest) = text.split_once(',')?;
        let (who, bare) = rest.split_once(',')?;
        let binding = match flag {
            "n" => Binding::No,
            "y" => Binding::Unused,
            _ => Binding::Required(flag.strip_prefix("p=")?.to_owned()),
        };
        let authorization = match who.strip_prefix("a=") {
            Some(name) => Some(unescape(name)?),
            None if who.is_empty() => None,
            None => return None,
        };
        // client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions];
        // reserved extensions are refused.
        let mut parts = bare.split(',');
        let user = crate::prepare(&unescape(parts.next()?.strip_prefix("n=")?)?)?;
        let nonce = parts
            .next()?
            .strip_prefix("r=")
            .filter(|n| is_nonce(n))?
            .to_owned();
        let header = text[..text.len() - bare.len()].to_owned();
        Some(ClientFirst {
            header,
            binding,
            authorization,
            bare: bare.to_owned(),
            user,
            nonce,
        })
    }
}

/// `client-final-message = channel-binding "," nonce ["," extensions] "," proof`.
#[derive(Debug)]
pub(super) struct ClientFinal {
    pub without_proof: String,
    pub binding: Vec<u8>,
    pub nonce: String,
    pub proof: Vec<u8>,
}

impl ClientFinal {
    pub(super) fn read(message: &[u8]) -> Option<ClientFinal> {
        let text = std::str::from_utf8(message)
            .ok()
            .filter(|t| t.len() <= MESSAGE_BYTES_MAX)?;
        let (without_proof, proof) = text.rsplit_once(",p=")?;
        let mut parts = without_proof.split(',');
        let binding = crate::decode(parts.next()?.strip_prefix("c=")?)?;
        let nonce = parts.next()?.strip_prefix("r=")?.to_owned();
        Some(ClientFinal {
            without_proof: without_proof.to_owned(),
            binding,
            nonce,
            proof: crate::decode(proof)?,
        })
    }
}

/// `server-first-message = [reserved-mext ","] nonce "," salt "," iteration-count [","
/// extensions]`.
#[derive(Debug)]
pub(super) struct ServerFirst {
    pub nonce: String,
    pub salt: Vec<u8>,
    pub iterations: u32,
}

impl ServerFirst {
    pub(super) fn read(message: &[u8]) -> Option<ServerFirst> {
        let text = std::str::from_utf8(message)
            .ok()
            .filter(|t| t.len() <= MESSAGE_BYTES_MAX)?;
        let mut parts = text.split(',');
        let nonce = parts
            .next()?
            .strip_prefix("r=")
            .filter(|n| is_nonce(n))?
            .to_owned();
        let salt = crate::decode(parts.next()?.strip_prefix("s=")?).filter(|s| !s.is_empty())?;
        let iterations = parts
            .next()?
            .strip_prefix("i=")
            .filter(|n| n.bytes().all(|b| b.is_ascii_digit()))?
            .parse()
            .ok()?;
        Some(ServerFirst {
            nonce,
            salt,
            iterations,
        })
    }

    pub(super) fn write(&self) -> String {
        format!(
            "r={},s={},i={}",
            self.nonce,
            crate::encode(&self.salt),
            self.iterations
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_and_equals_signs_survive() {
        for name in ["user", "a,b=c", "=", ",", "用户"] {
            assert_eq!(unescape(&escape(name)).as_deref(), Some(name));
        }
        for bad in ["", "a=", "a=2", "a=2c", "a=41", "a\0b"] {
            assert_eq!(unescape(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn refuses_malformed_first_messages() {
        let good = "n,a=boss,n=user,r=abc,x=1";
        let read = ClientFirst::read(good.as_bytes()).unwrap();
        assert_eq!(
            (read.header.as_str(), read.bare.as_str()),
            ("n,a=boss,", "n=user,r=abc,x=1")
        );
        assert_eq!(read.authorization.as_deref(), Some("boss"));
        for bad in [
            "",
            "n",
            "n,",
            "n,,",
            "n,,n=,r=a",
            "n,,n=u",
            "n,,n=u,r=",
            "x,,n=u,r=a",
            "n,b,n=u,r=a",
            "n,,m=x,n=u,r=a",
            "n,,n=u,r=\u{7f}",
        ] {
            assert!(ClientFirst::read(bad.as_bytes()).is_none(), "{bad:?}");
        }
        let long = |n: usize| format!("n,,n=u,r={}", "x".repeat(n - 9));
        assert!(ClientFirst::read(long(MESSAGE_BYTES_MAX).as_bytes()).is_some());
        assert!(ClientFirst::read(long(MESSAGE_BYTES_MAX + 1).as_bytes()).is_none());
    }
}
