//! Why a request failed, and its form in a journey.

use crate::network_error;
use event::catalogue::network::FetchError;
use mail::dns::Failure;
use std::fmt;
use std::io;

/// Why nothing could be fetched.
#[derive(Debug)]
pub enum FetchFault {
    /// The host's addresses could not be looked up.
    Dns(Failure),
    /// The host has no address.
    NoAddress,
    /// The caller does not permit one of the host's addresses.
    NotPermitted,
    /// There was no connection, or it was lost.
    Connection(io::Error),
    /// The handshake failed or the certificate was rejected.
    Tls(io::Error),
    /// The server's response is not what was asked for.
    Response(ResponseFault),
}

/// What is wrong with an HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseFault {
    /// Its head is not that of HTTP/1.
    NotHttp,
    /// Its status is not 200.
    Status(String),
    /// Its media type is not the expected one.
    ContentType {
        /// The type that it has.
        found: String,
        /// The type that it should have.
        expected: String,
    },
    /// Its head is longer than [`super::HEAD_BYTES_MAX`].
    HeaderTooLong,
    /// Its body is longer than the caller allows.
    TooLarge,
    /// A chunk of its body is malformed.
    BadChunk,
}

impl From<&FetchFault> for FetchError {
    fn from(fault: &FetchFault) -> FetchError {
        match fault {
            FetchFault::Dns(failure) => FetchError::Dns { failure: *failure },
            FetchFault::NoAddress | FetchFault::NotPermitted => FetchError::NoAddress,
            FetchFault::Connection(error) => FetchError::Connection {
                error: network_error(error),
            },
            FetchFault::Tls(error) => FetchError::Tls {
                error: network_error(error),
            },
            FetchFault::Response(fault) => fault.into(),
        }
    }
}

impl From<&ResponseFault> for FetchError {
    fn from(fault: &ResponseFault) -> FetchError {
        match fault {
            ResponseFault::NotHttp => FetchError::NotHttp,
            ResponseFault::Status(status) => FetchError::Status {
                status: status.clone(),
            },
            ResponseFault::ContentType { found, expected } => FetchError::ContentType {
                found: found.clone(),
                expected: expected.clone(),
            },
            ResponseFault::HeaderTooLong => FetchError::HeaderTooLong,
            ResponseFault::TooLarge => FetchError::TooLarge,
            ResponseFault::BadChunk => FetchError::BadChunk,
        }
    }
}

impl From<ResponseFault> for FetchFault {
    fn from(fault: ResponseFault) -> FetchFault {
        FetchFault::Response(fault)
    }
}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchFault::NotPermitted => f.write_str("an address of the host is not permitted"),
            fault => FetchError::from(fault).fmt(f),
        }
    }
}

impl std::error::Error for FetchFault {}
