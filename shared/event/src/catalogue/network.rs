//! Connections, certificates and small files over HTTPS: why one could not be had.

use super::catalogue;
use mail::dns::Failure;

catalogue! {
    /// Why a connection could not be opened, or broke off.
    pub enum NetworkError {
        Refused = "connection refused" / "连接被拒绝";
        TimedOut = "timed out" / "超时";
        Reset = "connection reset" / "连接被对方重置";
        BrokenPipe = "broken pipe" / "连接已断开";
        UnexpectedEof = "unexpected end of file" / "连接提前结束";
        NetworkUnreachable = "network unreachable" / "网络不可达";
        HostUnreachable = "host unreachable" / "主机不可达";
        WriteZero = "nothing could be written" / "无法写入数据";
        Tls(error: TlsError) = "{error}" / "{error}";
        // Whatever else the operating system reports.
        Other { text: String } = "{text}" / "“{text}”";
    }
}

/// Classifies an error of the operating system. One that carries a [`TlsError`] or a
/// [`NetworkError`] of its own yields that.
impl From<&std::io::Error> for NetworkError {
    fn from(error: &std::io::Error) -> NetworkError {
        use std::io::ErrorKind;
        if let Some(inner) = error.get_ref() {
            if let Some(own) = inner.downcast_ref::<NetworkError>() {
                return own.clone();
            }
            if let Some(tls) = inner.downcast_ref::<TlsError>() {
                return NetworkError::Tls(tls.clone());
            }
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => NetworkError::Refused,
            ErrorKind::TimedOut => NetworkError::TimedOut,
            ErrorKind::ConnectionReset => NetworkError::Reset,
            ErrorKind::BrokenPipe => NetworkError::BrokenPipe,
            ErrorKind::UnexpectedEof => NetworkError::UnexpectedEof,
            ErrorKind::NetworkUnreachable => NetworkError::NetworkUnreachable,
            ErrorKind::HostUnreachable => NetworkError::HostUnreachable,
            ErrorKind::WriteZero => NetworkError::WriteZero,
            _ => NetworkError::Other {
                text: error.to_string(),
            },
        }
    }
}

catalogue! {
    /// Why a TLS handshake failed.
    pub enum TlsError {
        CertificateExpired = "the certificate has expired" / "证书已过期";
        CertificateNameMismatch = "the certificate is for another name" / "证书与主机名不符";
        CertificateUntrusted = "the certificate is not signed by a trusted authority" / "证书不是由受信任的机构签发的";
        CertificateNotInTlsa = "the certificate matches no TLSA record" / "证书与任何 TLSA 记录都不匹配";
        CertificateUnusable = "the certificate cannot be used" / "证书无法使用";
        CertificateUnreadable = "the certificate cannot be read" / "证书无法读取";
        NoCertificate = "this host has no certificate" / "本机没有证书";
        NotTls = "the peer did not answer with a TLS handshake" / "对方的应答不是 TLS 握手";
        HandshakeOrder = "a TLS handshake message came out of order" / "TLS 握手消息顺序错误";
        // What the TLS library reports.
        Other { text: String } = "{text}" / "“{text}”";
        CertificateNotYetValid = "the certificate is not valid yet" / "证书尚未生效";
        CertificateRevoked = "the certificate was revoked" / "证书已被吊销";
        // `alert` is the name of RFC 8446 §6: `handshake_failure`.
        Alert { alert: String } = "the peer ended the handshake with the alert {alert}" / "对方以警报 {alert} 中止了握手";
        Incompatible = "the peer and this host have no TLS version or cipher in common" / "对方与本机没有共同支持的 TLS 版本或加密套件";
        Misbehaved = "the peer broke the TLS protocol" / "对方违反了 TLS 协议";
    }
}

catalogue! {
    /// Why a file could not be fetched over HTTPS.
    pub enum FetchError {
        Dns { failure: Failure } = "no address: {failure}" / "查不到地址：{failure}";
        NoAddress = "no A or AAAA record" / "没有 A 或 AAAA 记录";
        Connection { error: NetworkError } = "no connection: {error}" / "无法连接：{error}";
        Tls { error: NetworkError } = "TLS: {error}" / "TLS：{error}";
        Status { status: String } = "the server answered with status {status}" / "服务器返回的状态码是 {status}";
        ContentType { found: String, expected: String } = "the answer is of type {found}, not {expected}" / "内容类型是 {found}，不是 {expected}";
        NotHttp = "the answer is not HTTP/1.1" / "应答不是 HTTP/1.1";
        TooLarge = "the answer is too large" / "应答过大";
        HeaderTooLong = "the answer's header is too long" / "应答的头部过长";
        BadLength = "the answer's length is not a number" / "应答的长度不是数字";
        BadChunk = "a chunk of the answer has no valid size" / "应答中有一个分块的大小无效";
    }
}

macro_rules! errors {
    ($($name:ident),+) => {
        $(
            impl std::fmt::Display for $name {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    use crate::locale::{Locale, Localize};
                    self.write(Locale::English, f)
                }
            }

            impl std::error::Error for $name {}
        )+
    };
}

errors!(NetworkError, TlsError, FetchError);
