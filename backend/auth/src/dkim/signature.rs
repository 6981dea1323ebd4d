//! Parses the signature fields of DKIM (RFC 6376 §3.5) and ARC (RFC 8617 §4.1.2). Does not verify
//! them.

use super::Algorithm;
use super::canonical::{self, Canonical};
use super::signed_field;
use super::tags::{Tags, base64};
use crate::dns::{is_host_name, to_ascii};
use crate::head::Head;
use crate::proof::Proof;
use event::ProofFact;
use event::catalogue::authentication::SignatureError;
use std::collections::HashMap;

/// A parsed signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The index of its field in the header.
    pub field: usize,
    /// The ARC instance; 0 for DKIM.
    pub instance: u32,
    pub algorithm: Algorithm,
    pub domain: String,
    pub selector: String,
    /// The domain after the `@` of `i=`.
    pub identity: String,
    pub headers: Vec<String>,
    pub header_form: Canonical,
    pub body_form: Canonical,
    pub length: Option<u64>,
    pub expires: Option<i64>,
    pub body_hash: Vec<u8>,
    pub value: Vec<u8>,
}

/// A signature that cannot be parsed, with the tags that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvalidSignature {
    pub domain: Option<String>,
    pub error: SignatureError,
}

impl Signature {
    /// `DKIM-Signature`
    pub(crate) fn dkim(field: usize, value: &str) -> Result<Signature, InvalidSignature> {
        let tags = Tags::parse(value).map_err(|error| InvalidSignature {
            domain: None,
            error,
        })?;
        let broken = |error| InvalidSignature {
            domain: tags.get("d").map(str::to_lowercase),
            error,
        };
        if tags.get("v") != Some("1") {
            return Err(broken(match tags.get("v") {
                Some(version) => SignatureError::Version {
                    version: version.to_owned(),
                },
                None => missing("v"),
            }));
        }
        // RFC 6376 §3.5 q=
        if tags.list("q").is_some_and(|q| !q.contains(&"dns/txt")) {
            return Err(broken(SignatureError::QueryMethod {
                text: tags.get("q").unwrap_or_default().to_owned(),
            }));
        }
        let signature = Signature::common(field, &tags).map_err(broken)?;
        // RFC 6376 §5.4: the author must be signed.
        if !signature
            .headers
            .iter()
            .any(|h| h.eq_ignore_ascii_case("from"))
        {
            return Err(broken(SignatureError::FromNotSigned));
        }
        let below = signature
            .identity
            .strip_suffix(&signature.domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if !below {
            return Err(broken(SignatureError::Identity {
                identity: signature.identity,
                domain: signature.domain,
            }));
        }
        Ok(signature)
    }

    /// `ARC-Message-Signature` (RFC 8617 §4.1.2)
    pub(crate) fn arc(field: usize, value: &str) -> Result<Signature, SignatureError> {
        let tags = Tags::parse(value)?;
        if tags.get("v").is_some() {
            return Err(SignatureError::ArcVersion);
        }
        let mut signature = Signature::common(field, &tags)?;
        signature.instance = instance(&tags)?;
        // RFC 8617 §4.1.2
        if signature
            .headers
            .iter()
            .any(|h| h.eq_ignore_ascii_case("arc-seal"))
        {
            return Err(SignatureError::SealSigned);
        }
        Ok(signature)
    }

    /// `ARC-Seal` (RFC 8617 §4.1.3): without a body, with a fixed list of fields, always relaxed.
    /// Also returns `cv=`.
    pub(crate) fn seal(field: usize, value: &str) -> Result<(Signature, String), SignatureError> {
        let tags = Tags::parse(value)?;
        if tags.get("h").is_some() {
            return Err(SignatureError::SealFields);
        }
        let cv = required(&tags, "cv")?.to_ascii_lowercase();
        let (algorithm, domain, selector, value) = key_tags(&tags)?;
        let signature = Signature {
            field,
            instance: instance(&tags)?,
            algorithm,
            identity: domain.clone(),
            domain,
            selector,
            headers: Vec::new(),
            header_form: Canonical::Relaxed,
            body_form: Canonical::Relaxed,
            length: None,
            expires: None,
            body_hash: Vec::new(),
            value,
        };
        Ok((signature, cv))
    }

    fn common(field: usize, tags: &Tags<'_>) -> Result<Signature, SignatureError> {
        let (algorithm, domain, selector, value) = key_tags(tags)?;
        let headers = tags.list("h").ok_or_else(|| missing("h"))?;
        if headers.iter().any(|h| h.is_empty()) {
            return Err(SignatureError::EmptyFieldName);
        }
        let (header_form, body_form) = forms(tags.get("c").unwrap_or("simple/simple"))?;
        let number = |name: &str| match tags.compact(name) {
            None => Ok(None),
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                Ok(Some(digits.parse::<u64>().unwrap_or(u64::MAX)))
            }
            Some(text) => Err(SignatureError::NotANumber {
                tag: name.to_owned(),
                text,
            }),
        };
        let (made, expires) = (number("t")?, number("x")?);
        if let (Some(made), Some(expires)) = (made, expires)
            && expires <= made
        {
            return Err(SignatureError::Times {
                expires,
                created: made,
            });
        }
        let body_hash = tags
            .get("bh")
            .and_then(base64)
            .filter(|b| !b.is_empty())
            .ok_or_else(|| SignatureError::MissingOrNotBase64 { tag: "bh".into() })?;
        let identity = tags
            .compact("i")
            .and_then(|i| i.rsplit_once('@').map(|(_, d)| to_ascii(d)));
        Ok(Signature {
            field,
            instance: 0,
            algorithm,
            identity: identity.unwrap_or_else(|| domain.clone()),
            domain,
            selector,
            headers: headers.into_iter().map(str::to_owned).collect(),
            header_form,
            body_form,
            length: number("l")?,
            expires: expires.map(|x| i64::try_from(x).unwrap_or(i64::MAX)),
            body_hash,
            value,
        })
    }

    /// The name at which the key is published.
    pub(crate) fn key_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// The signed bytes: the named fields from the bottom up, then the signature field without the
    /// value of `b=` (RFC 6376 §3.7, §5.4.2).
    pub(crate) fn signed_bytes(&self, head: &Head) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        self.push_fields(head, &mut out);
        self.push_itself(head, &mut out);
        out
    }

    /// The fields that `h=` names. A name beyond the number of its fields signs the absence of
    /// another one.
    pub(crate) fn push_fields(&self, head: &Head, out: &mut Vec<u8>) {
        let mut left: HashMap<String, Vec<usize>> = HashMap::new();
        for name in &self.headers {
            let name = name.to_ascii_lowercase();
            let fields = left
                .entry(name)
                .or_insert_with_key(|name| head.all(name).collect());
            if let Some(index) = fields.pop() {
                canonical::field(self.header_form, head.name(index), head.raw(index), out);
            }
        }
    }

    /// Adds a proof step for each covered field.
    pub(crate) fn proof(&self, head: &Head) -> Proof {
        let mut proof = Proof::default();
        proof.step(ProofFact::Signature {
            domain: self.domain.clone(),
            selector: self.selector.clone(),
            algorithm: self.algorithm.as_str().to_owned(),
            canonicalization: format!("{}/{}", self.header_form.as_str(), self.body_form.as_str()),
        });
        let mut left: HashMap<String, Vec<usize>> = HashMap::new();
        let mut absent = Vec::new();
        for name in &self.headers {
            let name = name.to_ascii_lowercase();
            let index = left
                .entry(name.clone())
                .or_insert_with_key(|name| head.all(name).collect())
                .pop();
            match index {
                Some(index) => {
                    let mut canonical = Vec::new();
                    canonical::field(
                        self.header_form,
                        head.name(index),
                        head.raw(index),
                        &mut canonical,
                    );
                    proof.step(signed_field::describe(&name, &canonical));
                }
                None => absent.push(name),
            }
        }
        if !absent.is_empty() {
            proof.step(ProofFact::AbsentFields { names: absent });
        }
        proof
    }

    /// The signature field without the value of `b=` and without its final line end.
    pub(crate) fn push_itself(&self, head: &Head, out: &mut Vec<u8>) {
        let own = canonical::without_signature(head.raw(self.field));
        canonical::field(self.header_form, head.name(self.field), &own, out);
        while out.last().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            out.pop();
        }
    }
}

fn missing(tag: &str) -> SignatureError {
    SignatureError::Missing {
        tag: tag.to_owned(),
    }
}

fn required<'a>(tags: &Tags<'a>, tag: &str) -> Result<&'a str, SignatureError> {
    tags.get(tag).ok_or_else(|| missing(tag))
}

fn key_tags(tags: &Tags<'_>) -> Result<(Algorithm, String, String, Vec<u8>), SignatureError> {
    let name = required(tags, "a")?;
    let algorithm = Algorithm::parse(name).ok_or_else(|| SignatureError::Algorithm {
        name: name.to_owned(),
    })?;
    let domain = to_ascii(required(tags, "d")?);
    let selector = to_ascii(required(tags, "s")?);
    if !is_host_name(&domain) || !is_host_name(&selector) {
        return Err(SignatureError::NotDomainNames { domain, selector });
    }
    let value = tags
        .get("b")
        .and_then(base64)
        .filter(|b| !b.is_empty())
        .ok_or_else(|| SignatureError::MissingOrNotBase64 { tag: "b".into() })?;
    Ok((algorithm, domain, selector, value))
}

/// `i=` of ARC: 1 to 50 (RFC 8617 §4.2.1).
pub(crate) fn instance(tags: &Tags<'_>) -> Result<u32, SignatureError> {
    let text = required(tags, "i")?;
    let number = text
        .parse::<u32>()
        .ok()
        .filter(|i| (1..=50).contains(i) && text.bytes().all(|b| b.is_ascii_digit()));
    number.ok_or_else(|| SignatureError::Instance {
        text: text.to_owned(),
    })
}

// `header-alg [ "/" body-alg ]`; the default for the body is simple.
fn forms(text: &str) -> Result<(Canonical, Canonical), SignatureError> {
    let one = |name: &str| {
        let forms = [Canonical::Simple, Canonical::Relaxed];
        forms
            .into_iter()
            .find(|f| f.as_str().eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| SignatureError::Canonicalization {
                text: text.to_owned(),
            })
    };
    match text.split_once('/') {
        Some((header, body)) => Ok((one(header)?, one(body)?)),
        None => Ok((one(text)?, Canonical::Simple)),
    }
}
