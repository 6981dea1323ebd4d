//! Whether a field holds a mailbox list as RFC 5322 §3.4 has it, without the obsolete forms of §4.4
//! that a reader tolerates: what a message that is sent must hold in From.

/// `mailbox-list = mailbox *("," mailbox)`. With `international`, UTF-8 may stand wherever atoms
/// and quoted strings may (RFC 6532 §3.2).
pub fn is_mailbox_list(value: &[u8], international: bool) -> bool {
    let is_text = match international {
        true => std::str::from_utf8(value).is_ok(),
        false => value.is_ascii(),
    };
    let mut reader = Reader { rest: value };
    is_text && reader.list().is_some() && reader.rest.is_empty()
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn list(&mut self) -> Option<()> {
        self.mailbox()?;
        while self.eat(b',') {
            self.mailbox()?;
        }
        Some(())
    }

    /// `mailbox = name-addr / addr-spec`
    fn mailbox(&mut self) -> Option<()> {
        let start = self.rest;
        if self.name_addr().is_none() {
            self.rest = start;
            self.addr_spec()?;
        }
        Some(())
    }

    /// `name-addr = [display-name] angle-addr`, `display-name = 1*word`,
    /// `angle-addr = [CFWS] "<" addr-spec ">" [CFWS]`
    fn name_addr(&mut self) -> Option<()> {
        self.cfws()?;
        while !self.eat(b'<') {
            self.word()?;
        }
        self.addr_spec()?;
        self.eat(b'>').then_some(())?;
        self.cfws()
    }

    /// `word = atom / quoted-string`
    fn word(&mut self) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.quoted_string()?,
            _ => self.atom_text()?,
        }
        self.cfws()
    }

    /// `addr-spec = local-part "@" domain`, `local-part = dot-atom / quoted-string`,
    /// `domain = dot-atom / domain-literal`
    fn addr_spec(&mut self) -> Option<()> {
        self.cfws()?;
        match self.rest.first()? {
            b'"' => self.quoted_string()?,
            _ => self.dot_atom_text()?,
        }
        self.cfws()?;
        self.eat(b'@').then_some(())?;
        self.cfws()?;
        match self.rest.first()? {
            b'[' => self.domain_literal()?,
            _ => self.dot_atom_text()?,
        }
        self.cfws()
    }

    fn dot_atom_text(&mut self) -> Option<()> {
        self.atom_text()?;
        while self.eat(b'.') {
            self.atom_text()?;
        }
        Some(())
    }

    /// `1*atext`
    fn atom_text(&mut self) -> Option<()> {
        let is_atext = |b: &u8| {
            b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(b) || !b.is_ascii()
        };
        let length = self.rest.iter().take_while(|b| is_atext(b)).count();
        self.rest = &self.rest[length..];
        (length > 0).then_some(())
    }

    fn quoted_string(&mut self) -> Option<()> {
        self.enclosed(b'"', b'"')
    }

    fn domain_literal(&mut self) -> Option<()> {
        self.enclosed(b'[', b']')
    }

    fn enclosed(&mut self, open: u8, close: u8) -> Option<()> {
        self.eat(open).then_some(())?;
        loop {
            let (&b, rest) = self.rest.split_first()?;
            self.rest = rest;
            match b {
                _ if b == close => return Some(()),
                b'\\' => self.rest = self.rest.split_first()?.1,
                b'\r' | b'\n' | b'\t' => {}
                _ if b == open || b.is_ascii_control() => return None,
                _ => {}
            }
        }
    }

    /// `[CFWS]`: white space and comments, which nest.
    fn cfws(&mut self) -> Option<()> {
        let mut depth = 0;
        while let Some((&b, rest)) = self.rest.split_first() {
            match b {
                b' ' | b'\t' | b'\r' | b'\n' => {}
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                _ if depth == 0 => break,
                b'\\' => {
                    self.rest = rest.split_first()?.1;
                    continue;
                }
                _ if b.is_ascii_control() => return None,
                _ => {}
            }
            self.rest = rest;
        }
        (depth == 0).then_some(())
    }

    fn eat(&mut self, b: u8) -> bool {
        match self.rest.strip_prefix(&[b]) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_the_present_grammar_are_valid() {
        for good in [
            "alice@here.test",
            " Alice <alice@here.test>",
            "\"2.OG Drucker\" <scanner@here.test>, bob@here.test",
            "<alice@here.test>",
            "alice (Alice (of accounts)) @here.test",
            "Alice\r\n\tSmith <\"a b\"@[192.0.2.1]> (x)",
            "=?utf-8?q?J=C3=B6rg?= <j@here.test>",
            "\"a \\\" b\" <j@here.test>",
        ] {
            assert!(is_mailbox_list(good.as_bytes(), false), "{good}");
        }
        assert!(is_mailbox_list("Jörg <jörg@here.test>".as_bytes(), true));
    }

    #[test]
    fn obsolete_and_broken_lists_are_not() {
        for bad in [
            "",
            "alice",
            "2.OG Drucker scanner@here.test",
            "2.OG Drucker <scanner@here.test>",
            "John Q. Public <j@here.test>",
            "scanner@here.test <scanner@here.test>",
            "Alice alice@here.test",
            "Alice <alice@here.test",
            "Alice <alice@here.test>>",
            "<Alice <alice@here.test>>",
            "\"Alice <alice@here.test>",
            "alice@here.test,",
            "alice@here.test; bob@here.test",
            "alice@here.test bob@here.test",
            "Staff: alice@here.test;",
            "<@relay.test:alice@here.test>",
            "alice@here..test",
            ".alice@here.test",
            "alice@@here.test",
            "alice(@here.test",
            "Jörg <j@here.test>",
        ] {
            assert!(!is_mailbox_list(bad.as_bytes(), false), "{bad}");
        }
        assert!(!is_mailbox_list(b"J\xf6rg <j@here.test>", true));
    }
}
