//! Channel bindings: what ties a context to the channel that it is established over.

use std::borrow::Cow;

use crate::crypto::rsa_md5;

/// The channel that both sides see (RFC 2743 §1.1.6, RFC 4121 §4.1.1.2).
///
/// ```
/// use kerberos_core::gss::ChannelBindings;
///
/// let bindings = ChannelBindings::tls_server_end_point(&[7; 32]);
/// assert!(bindings.application_data.starts_with(b"tls-server-end-point:"));
/// assert_ne!(bindings.hash(), ChannelBindings::default().hash());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelBindings<'a> {
    /// The initiator's address type; 0 when addresses do not count.
    pub initiator_address_type: u32,
    /// The initiator's address.
    pub initiator_address: &'a [u8],
    /// The acceptor's address type.
    pub acceptor_address_type: u32,
    /// The acceptor's address.
    pub acceptor_address: &'a [u8],
    /// What else names the channel.
    pub application_data: Cow<'a, [u8]>,
}

impl ChannelBindings<'static> {
    /// The bindings of a TLS connection by the hash of its server's certificate
    /// (RFC 5929 §4).
    pub fn tls_server_end_point(certificate_hash: &[u8]) -> Self {
        let data = [b"tls-server-end-point:", certificate_hash].concat();
        Self {
            application_data: Cow::Owned(data),
            ..Self::default()
        }
    }
}

impl ChannelBindings<'_> {
    /// The sixteen octets that stand for the bindings in an authenticator.
    ///
    /// MD5 over numbers in four octets, little-endian, and lengths before contents
    /// (RFC 4121 §4.1.1.2).
    pub fn hash(&self) -> [u8; 16] {
        let mut input = Vec::new();
        for (address_type, address) in [
            (self.initiator_address_type, self.initiator_address),
            (self.acceptor_address_type, self.acceptor_address),
        ] {
            input.extend_from_slice(&address_type.to_le_bytes());
            push_counted(&mut input, address);
        }
        push_counted(&mut input, &self.application_data);
        rsa_md5(&input)
    }
}

fn push_counted(input: &mut Vec<u8>, octets: &[u8]) {
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    input.extend_from_slice(&length.to_le_bytes());
    input.extend_from_slice(octets);
}
