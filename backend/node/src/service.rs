//! What the ports of a host need besides the name of what is spoken there: who counts connections,
//! and what a client hears that is turned away.

pub use mail::Service;

/// SMTP counts its own connections, and says so in its own words.
pub(crate) fn counts_itself(service: Service) -> bool {
    matches!(
        service,
        Service::Smtp | Service::Submission | Service::Submissions
    )
}

/// What a client hears that comes when the host is full or stops, before anything else is said.
pub(crate) fn busy(service: Service) -> &'static [u8] {
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
