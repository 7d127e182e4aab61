//! msDS-TrustForestTrustInfo in octets ([MS-ADTS] §6.1.6.9.3).

use kerberos_core::pac::{FileTime, Sid};

use super::octets::{Octets, TrustBlobError, put_counted, put_length};
use super::{ForestTrustInfo, NameContent, NameRecord};

/// The version of the attribute.
const VERSION: u32 = 1;

/// Records that are read ([MS-LSAD] §2.2.7.25 allows as many).
const MAX_RECORDS: usize = 4000;

/// Octets of a record that are read: a name of DNS has 255, a SID 68.
const MAX_RECORD: usize = 65_536;

/// Octets of a record before its data: flags, time and type.
const RECORD_HEADER: usize = 13;

const TOP_LEVEL_NAME: u8 = 0;
const TOP_LEVEL_NAME_EX: u8 = 1;
const DOMAIN_INFO: u8 = 2;

impl ForestTrustInfo {
    /// Reads the attribute's octets.
    ///
    /// # Errors
    ///
    /// [`TrustBlobError`].
    ///
    /// [MS-ADTS] §6.1.6.9.3
    pub fn decode(octets: &[u8]) -> Result<Self, TrustBlobError> {
        let mut octets = Octets::new(octets);
        if octets.number("Version")? != VERSION {
            let (field, at) = ("Version", 0);
            return Err(TrustBlobError::OutOfRange { field, at });
        }
        let count = octets.count(MAX_RECORDS, "RecordCount")?;
        let records = (0..count).map(|_| {
            let at = octets.position();
            let length = octets.count(MAX_RECORD, "RecordLen")?;
            let end = octets.position().saturating_add(length);
            let record = NameRecord::decode(&mut octets, end)?;
            if octets.position() == end {
                return Ok(record);
            }
            let field = "RecordLen";
            Err(TrustBlobError::OutOfRange { field, at })
        });
        Ok(Self::from_records(records.collect::<Result<_, _>>()?))
    }

    /// The attribute's octets.
    ///
    /// [MS-ADTS] §6.1.6.9.3
    pub fn encode(&self) -> Vec<u8> {
        let mut out = VERSION.to_le_bytes().to_vec();
        put_length(&mut out, self.records().len());
        for record in self.records() {
            let data = record.data();
            put_length(&mut out, RECORD_HEADER + data.len());
            out.extend_from_slice(&record.flags.to_le_bytes());
            out.extend_from_slice(&record.since.ticks().to_le_bytes());
            out.push(record.content.record_type());
            out.extend_from_slice(&data);
        }
        out
    }
}

impl NameContent {
    /// The number of the record's type.
    pub const fn record_type(&self) -> u8 {
        match self {
            Self::TopLevelName(_) => TOP_LEVEL_NAME,
            Self::TopLevelNameEx(_) => TOP_LEVEL_NAME_EX,
            Self::DomainInfo { .. } => DOMAIN_INFO,
            Self::Other { record_type, .. } => *record_type,
        }
    }
}

impl NameRecord {
    fn decode(octets: &mut Octets<'_>, end: usize) -> Result<Self, TrustBlobError> {
        let flags = octets.number("Flags")?;
        let since = FileTime::from_ticks(octets.long("Timestamp")?);
        let content = match octets.octet("RecordType")? {
            TOP_LEVEL_NAME => NameContent::TopLevelName(text(octets, "TopLevelName")?),
            TOP_LEVEL_NAME_EX => NameContent::TopLevelNameEx(text(octets, "TopLevelName")?),
            DOMAIN_INFO => {
                let at = octets.position();
                let sid = Sid::from_octets(octets.counted(MAX_RECORD, "Sid")?);
                let field = "Sid";
                NameContent::DomainInfo {
                    sid: sid.map_err(|_| TrustBlobError::OutOfRange { field, at })?,
                    dns_name: text(octets, "DnsName")?,
                    netbios_name: text(octets, "NetbiosName")?,
                }
            }
            record_type => NameContent::Other {
                record_type,
                data: {
                    let length = end.saturating_sub(octets.position());
                    octets.take(length, "Data")?.to_vec()
                },
            },
        };
        Ok(Self {
            flags,
            since,
            content,
        })
    }

    fn data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match &self.content {
            NameContent::TopLevelName(name) | NameContent::TopLevelNameEx(name) => {
                put_counted(&mut out, name.as_bytes());
            }
            NameContent::DomainInfo {
                dns_name,
                netbios_name,
                sid,
            } => {
                put_counted(&mut out, &sid.to_octets());
                put_counted(&mut out, dns_name.as_bytes());
                put_counted(&mut out, netbios_name.as_bytes());
            }
            NameContent::Other { data, .. } => out.extend_from_slice(data),
        }
        out
    }
}

fn text(octets: &mut Octets<'_>, field: &'static str) -> Result<String, TrustBlobError> {
    let at = octets.position();
    let text = octets.counted(MAX_RECORD, field)?;
    String::from_utf8(text.to_vec()).map_err(|_| TrustBlobError::NotText { field, at })
}
