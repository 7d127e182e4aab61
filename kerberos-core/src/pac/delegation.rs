//! S4U_DELEGATION_INFO: the way of a delegated logon ([MS-PAC] §2.9).

use super::ndr::{NdrReader, NdrWriter};
use super::{PacBufferType, PacContent, PacError};

/// S4U_DELEGATION_INFO ([MS-PAC] §2.9).
///
/// ```
/// use kerberos_core::pac::{DelegationInfo, PacContent};
///
/// let info = DelegationInfo {
///     target: "cifs/files.contoso.com".into(),
///     transited: vec!["HTTP/web.contoso.com@CONTOSO.COM".into()],
/// };
/// assert_eq!(DelegationInfo::decode(&info.encode()?)?, info);
/// # Ok::<(), kerberos_core::pac::PacError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "a finished wire structure")]
pub struct DelegationInfo {
    /// The service that the ticket is for, without its realm.
    pub target: String,
    /// The services that delegated, each with its realm, the first one first.
    pub transited: Vec<String>,
}

impl PacContent for DelegationInfo {
    const BUFFER: PacBufferType = PacBufferType::DELEGATION_INFO;

    fn decode(octets: &[u8]) -> Result<Self, PacError> {
        let mut r = NdrReader::open(octets, Self::BUFFER)?;
        let target = r.text_header()?;
        let transited = (r.u32()?, r.pointer()?);
        let target = r.text(target)?;
        let headers = r.array(
            transited.1,
            transited.0,
            TEXT_HEADER_LENGTH,
            NdrReader::text_header,
        )?;
        let mut services = Vec::with_capacity(headers.len());
        for header in headers {
            services.push(r.text(header)?);
        }
        r.finish()?;
        Ok(Self {
            target,
            transited: services,
        })
    }

    fn encode(&self) -> Result<Vec<u8>, PacError> {
        let mut w = NdrWriter::new(Self::BUFFER);
        let target = w.text_header("target", &self.target, 0)?;
        w.count("transited services", self.transited.len())?;
        let transited = w.pointer(!self.transited.is_empty());
        w.text(&target);
        if w.pointee(&transited) {
            w.count("transited services", self.transited.len())?;
            let mut services = Vec::with_capacity(self.transited.len());
            for service in &self.transited {
                services.push(w.text_header("transited service", service, 0)?);
            }
            for service in &services {
                w.text(service);
            }
        }
        w.finish()
    }
}

/// Bytes of RPC_UNICODE_STRING without its text.
const TEXT_HEADER_LENGTH: usize = 8;
