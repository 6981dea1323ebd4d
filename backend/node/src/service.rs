//! What a listener needs to know about its protocol: where connections are rate-limited, and the
//! reply to a connection over the limit.

pub use mail::Service;

/// SMTP sessions rate-limit their own connections, and reply accordingly.
pub(crate) fn limits_own_rate(service: Service) -> bool {
    matches!(
        service,
        Service::Smtp | Service::Submission | Service::Submissions
    )
}

/// The greeting sent to a connection over the limit.
pub(crate) fn too_many_connections_reply(service: Service) -> &'static [u8] {
    match service {
        Service::Smtp | Service::Submission | Service::Submissions => {
            b"421 4.3.2 too many connections; try again later\r\n"
        }
        Service::Imap | Service::Imaps => {
            b"* BYE [UNAVAILABLE] too many connections; try again later\r\n"
        }
        Service::Pop3 | Service::Pop3s => {
            b"-ERR [SYS/TEMP] too many connections; try again later\r\n"
        }
    }
}
