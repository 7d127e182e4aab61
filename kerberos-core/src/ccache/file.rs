//! The FILE credential cache: versions 1 to 4 are read, version 4 is written.
//!
//! Entries that another program removed in place are skipped, and configuration entries are told
//! apart from credentials. A file that ends within an entry is refused with the position, since
//! what it lost cannot be known.

use bytes::Bytes;

use crate::assigned::EncryptionType;
use crate::credential::{Credential, Tagged};
use crate::crypto::StoredKey;
use crate::flags::TicketFlags;
use crate::name::{MAX_COMPONENTS, NameError, NameType, Principal, Realm};
use crate::octets::{ByteOrder, Reader};
use crate::time::{KerberosTime, TicketTimes};
use crate::wire::{self, Ticket};

use super::{CacheFileError, ConfigEntry, CredentialCache, KdcOffset, MemoryCache};

/// Reads a cache file.
///
/// # Errors
///
/// [`CacheFileError`] with the position, when these are not the bytes of a cache of version 1
/// to 4 or exceed a limit.
pub fn decode(bytes: &[u8]) -> Result<MemoryCache, CacheFileError> {
    if bytes.len() > MAX_BYTES {
        return Err(CacheFileError::TooLarge {
            limit: MAX_BYTES,
            found: bytes.len(),
        });
    }
    let version = match bytes {
        [FORMAT, version @ 1..=4, ..] => *version,
        [FORMAT, version, ..] => return Err(CacheFileError::UnknownVersion { version: *version }),
        [] | [FORMAT] => return Err(CacheFileError::Truncated { position: 0 }),
        _ => return Err(CacheFileError::NotACache),
    };
    // Versions 1 and 2 are in the writer's byte order, which has been this one for decades.
    let order = if version < 3 {
        ByteOrder::Little
    } else {
        ByteOrder::Big
    };
    let mut decoder = Decoder {
        reader: Reader::new(bytes, order),
        version,
    };
    decoder.reader.take(2)?;
    let kdc_offset = decoder.header()?;
    let mut cache = MemoryCache::new(decoder.principal()?);
    cache.set_kdc_offset(kdc_offset);
    let mut entries = 0;
    while !decoder.reader.is_empty() {
        if entries == MAX_ENTRIES {
            return Err(decoder.too_many("entries", MAX_ENTRIES));
        }
        entries += 1;
        decoder.entry(&mut cache)?;
    }
    Ok(cache)
}

/// Writes a cache as a file of version 4: configuration first, then credentials in their order.
///
/// # Errors
///
/// [`CacheFileError::DoesNotFit`], [`CacheFileError::TooMany`] or [`CacheFileError::TooLarge`]
/// for a cache that [`decode`] would refuse.
pub fn encode(cache: &MemoryCache) -> Result<Vec<u8>, CacheFileError> {
    let mut out = vec![FORMAT, 4];
    let offset = cache.kdc_offset().unwrap_or(UNKNOWN_OFFSET);
    out.extend_from_slice(&[0, 12, 0, KDC_OFFSET_TAG, 0, 8]);
    out.extend_from_slice(&offset.seconds.to_be_bytes());
    out.extend_from_slice(&offset.micros.to_be_bytes());
    put_principal(&mut out, cache.principal())?;
    if cache.config_entries().len() + cache.credentials().len() > MAX_ENTRIES {
        return Err(CacheFileError::TooMany {
            what: "entries",
            limit: MAX_ENTRIES,
            position: out.len(),
        });
    }
    for entry in cache.config_entries() {
        put_config(&mut out, cache.principal(), entry)?;
    }
    for credential in cache.credentials() {
        put_credential(&mut out, credential)?;
    }
    if out.len() > MAX_BYTES {
        return Err(CacheFileError::TooLarge {
            limit: MAX_BYTES,
            found: out.len(),
        });
    }
    Ok(out)
}

/// One credential as it stands in a file of version 4, to append to one.
///
/// # Errors
///
/// [`CacheFileError::DoesNotFit`] or [`CacheFileError::TooMany`].
pub fn encode_credential(credential: &Credential) -> Result<Vec<u8>, CacheFileError> {
    let mut out = Vec::new();
    put_credential(&mut out, credential)?;
    Ok(out)
}

struct Decoder<'a> {
    reader: Reader<'a>,
    version: u8,
}

impl Decoder<'_> {
    fn header(&mut self) -> Result<Option<KdcOffset>, CacheFileError> {
        if self.version < 4 {
            return Ok(None);
        }
        let length = self.reader.u16()?;
        let mut fields = self.reader.part(length.into())?;
        let mut offset = None;
        while !fields.is_empty() {
            let tag = fields.u16()?;
            let length = fields.u16()?;
            let mut field = fields.part(length.into())?;
            if tag == u16::from(KDC_OFFSET_TAG) {
                offset = Some(KdcOffset {
                    seconds: field.u32()?.cast_signed(),
                    micros: field.u32()?.cast_signed(),
                });
            }
        }
        Ok(offset.filter(|offset| *offset != UNKNOWN_OFFSET))
    }

    fn principal(&mut self) -> Result<Principal, CacheFileError> {
        let name = self.name()?;
        name.map_err(|_| {
            self.bad_name(NameError::BadRealm {
                realm: String::new(),
            })
        })
    }

    /// A principal, or the rest of one that has no realm.
    fn name(&mut self) -> Result<Result<Principal, Realmless>, CacheFileError> {
        let name_type = if self.version == 1 {
            NameType::UNKNOWN
        } else {
            NameType::new(self.reader.u32()?.cast_signed())
        };
        let count = self.count("name components", MAX_COMPONENTS + 1)?;
        // Version 1 counts the realm.
        let count = count.saturating_sub(usize::from(self.version == 1));
        let realm = self.reader.counted32()?;
        let mut components = Vec::new();
        for _ in 0..count {
            let component = str::from_utf8(self.reader.counted32()?);
            let component = component.map_err(|_| self.bad_name(NameError::NotUtf8))?;
            components.push(component.to_owned());
        }
        if realm.is_empty() {
            return Ok(Err(Realmless {
                name_type,
                components,
            }));
        }
        let realm = Realm::from_bytes(realm).map_err(|source| self.bad_name(source))?;
        let principal = Principal::new(name_type, components, realm);
        principal.map(Ok).map_err(|source| self.bad_name(source))
    }

    /// Reads one credential or configuration value and puts it where it belongs.
    fn entry(&mut self, cache: &mut MemoryCache) -> Result<(), CacheFileError> {
        let client = self.principal()?;
        let service = self.name()?;
        let key = self.key()?;
        let authtime = self.time()?;
        let starttime = self.time()?;
        let endtime = self.time()?;
        let renew_till = self.time()?;
        let user_to_user = self.reader.u8()? != 0;
        let flags = TicketFlags::from_bits(self.reader.u32()?);
        let addresses = self.tagged("addresses")?;
        let authorization_data = self.tagged("authorization-data elements")?;
        let ticket = Bytes::copy_from_slice(self.reader.counted32()?);
        let second_ticket = Bytes::copy_from_slice(self.reader.counted32()?);

        // A ticket that nobody can name is nothing to find.
        let Some(service) = service.or_else(|name| name.completed(&ticket)).ok() else {
            return Ok(());
        };
        match service.realm().as_str() {
            CONFIG_REALM => {
                if let Some((key, about)) = config_name(service.components()) {
                    cache.append_config(key, about, ticket);
                }
            }
            REMOVED_CONFIG_REALM => {}
            _ if endtime == KerberosTime::EPOCH => {}
            _ => {
                let times = TicketTimes {
                    authtime,
                    starttime: present(starttime),
                    endtime,
                    renew_till: present(renew_till),
                };
                let credential = Credential::new(client, service, key, times, flags, ticket)
                    .with_second_ticket_as_stored(second_ticket, user_to_user)
                    .with_addresses(addresses)
                    .with_authorization_data(authorization_data);
                cache.append(credential);
            }
        }
        Ok(())
    }

    fn key(&mut self) -> Result<StoredKey, CacheFileError> {
        let etype = self.reader.u16()?.cast_signed();
        if self.version == 3 {
            self.reader.u16()?;
        }
        let material = self.reader.counted32()?;
        Ok(StoredKey::new(EncryptionType::new(etype.into()), material))
    }

    fn time(&mut self) -> Result<KerberosTime, CacheFileError> {
        Ok(KerberosTime::from_seconds(self.reader.u32()?.into()))
    }

    fn tagged(&mut self, what: &'static str) -> Result<Vec<Tagged>, CacheFileError> {
        let count = self.count(what, MAX_TAGGED)?;
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(Tagged {
                number: self.reader.u16()?.cast_signed(),
                content: Bytes::copy_from_slice(self.reader.counted32()?),
            });
        }
        Ok(list)
    }

    fn count(&mut self, what: &'static str, limit: usize) -> Result<usize, CacheFileError> {
        let too_many = self.too_many(what, limit);
        match usize::try_from(self.reader.u32()?) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(too_many),
        }
    }

    const fn too_many(&self, what: &'static str, limit: usize) -> CacheFileError {
        CacheFileError::TooMany {
            what,
            limit,
            position: self.reader.position(),
        }
    }

    const fn bad_name(&self, source: NameError) -> CacheFileError {
        CacheFileError::BadName {
            position: self.reader.position(),
            source,
        }
    }
}

/// The name of a service without its realm. MIT's client leaves out the realm of a ticket that it
/// got by S4U2Proxy and by referral.
struct Realmless {
    name_type: NameType,
    components: Vec<String>,
}

impl Realmless {
    /// The service, in the realm that issued the ticket.
    fn completed(self, ticket: &[u8]) -> Result<Principal, NameError> {
        let unnamed = || NameError::BadRealm {
            realm: String::new(),
        };
        let ticket: Ticket<'_> = wire::decode(ticket).map_err(|_| unnamed())?;
        Principal::new(self.name_type, self.components, ticket.realm.to_realm()?)
    }
}

/// Key and service of a configuration entry; other names in that realm mean nothing known.
fn config_name(components: &[String]) -> Option<(String, Option<String>)> {
    match components {
        [marker, key] if marker == CONFIG_NAME => Some((key.clone(), None)),
        [marker, key, about] if marker == CONFIG_NAME => Some((key.clone(), Some(about.clone()))),
        _ => None,
    }
}

/// Zero stands for a time that a ticket does not have.
fn present(time: KerberosTime) -> Option<KerberosTime> {
    (time != KerberosTime::EPOCH).then_some(time)
}

fn put_principal(out: &mut Vec<u8>, principal: &Principal) -> Result<(), CacheFileError> {
    let name_type = principal.name_type().number();
    let realm = principal.realm().as_str();
    put_name(
        out,
        name_type,
        realm,
        principal.components().iter().map(String::as_str),
    )
}

fn put_name<'a>(
    out: &mut Vec<u8>,
    name_type: i32,
    realm: &str,
    components: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), CacheFileError> {
    out.extend_from_slice(&name_type.to_be_bytes());
    put_length(out, "name", components.len())?;
    put_data(out, "realm", realm.as_bytes())?;
    for component in components {
        put_data(out, "name", component.as_bytes())?;
    }
    Ok(())
}

fn put_credential(out: &mut Vec<u8>, credential: &Credential) -> Result<(), CacheFileError> {
    put_principal(out, credential.client())?;
    put_principal(out, credential.service())?;
    let key = credential.stored_key();
    let etype = i16::try_from(key.etype().number())
        .map_err(|_| CacheFileError::DoesNotFit { field: "etype" })?;
    out.extend_from_slice(&etype.to_be_bytes());
    put_data(out, "session key", key.expose_material())?;
    let times = credential.times();
    put_time(out, times.authtime);
    put_time(out, times.starttime.unwrap_or_default());
    // An end of zero would mark the entry as removed.
    put_time(out, times.endtime.max(KerberosTime::from_seconds(1)));
    put_time(out, times.renew_till.unwrap_or_default());
    out.push(credential.is_user_to_user().into());
    out.extend_from_slice(&credential.flags().bits().to_be_bytes());
    put_tagged(out, "addresses", credential.addresses())?;
    let authorization_data = credential.authorization_data();
    put_tagged(out, "authorization-data elements", authorization_data)?;
    put_data(out, "ticket", credential.ticket())?;
    put_data(out, "second ticket", credential.second_ticket())
}

fn put_config(
    out: &mut Vec<u8>,
    client: &Principal,
    entry: &ConfigEntry,
) -> Result<(), CacheFileError> {
    put_principal(out, client)?;
    let name_type = NameType::PRINCIPAL.number();
    let key = entry.key.as_str();
    match &entry.service {
        None => put_name(out, name_type, CONFIG_REALM, [CONFIG_NAME, key].into_iter()),
        Some(about) => {
            let name = [CONFIG_NAME, key, about.as_str()];
            put_name(out, name_type, CONFIG_REALM, name.into_iter())
        }
    }?;
    // No key, no times, no flags, no addresses, no authorization data.
    out.extend_from_slice(&[0; 6 + 16 + 1 + 4 + 4 + 4]);
    put_data(out, "configuration value", &entry.value)?;
    put_length(out, "second ticket", 0)
}

/// Times outside 1970 to 2106 become the nearest that the format can hold.
fn put_time(out: &mut Vec<u8>, time: KerberosTime) {
    let seconds = u32::try_from(time.seconds().max(0)).unwrap_or(u32::MAX);
    out.extend_from_slice(&seconds.to_be_bytes());
}

fn put_tagged(
    out: &mut Vec<u8>,
    what: &'static str,
    list: &[Tagged],
) -> Result<(), CacheFileError> {
    if list.len() > MAX_TAGGED {
        return Err(CacheFileError::TooMany {
            what,
            limit: MAX_TAGGED,
            position: out.len(),
        });
    }
    put_length(out, what, list.len())?;
    for item in list {
        out.extend_from_slice(&item.number.to_be_bytes());
        put_data(out, what, &item.content)?;
    }
    Ok(())
}

fn put_data(out: &mut Vec<u8>, field: &'static str, data: &[u8]) -> Result<(), CacheFileError> {
    put_length(out, field, data.len())?;
    out.extend_from_slice(data);
    Ok(())
}

fn put_length(out: &mut Vec<u8>, field: &'static str, length: usize) -> Result<(), CacheFileError> {
    let length = u32::try_from(length).map_err(|_| CacheFileError::DoesNotFit { field })?;
    out.extend_from_slice(&length.to_be_bytes());
    Ok(())
}

/// First byte of every version.
const FORMAT: u8 = 5;

/// The one header field there is: the KDC's clock against the client's.
const KDC_OFFSET_TAG: u8 = 1;

/// What MIT writes while it has not measured the offset.
const UNKNOWN_OFFSET: KdcOffset = KdcOffset {
    seconds: -1,
    micros: 0,
};

/// Realm of configuration entries.
const CONFIG_REALM: &str = "X-CACHECONF:";

/// First component of their names.
const CONFIG_NAME: &str = "krb5_ccache_conf_data";

/// Realm that MIT writes over [`CONFIG_REALM`] to remove an entry in place.
const REMOVED_CONFIG_REALM: &str = "X-RMED-CONF:";

/// Bytes in one file. A ticket takes a few KiB, with a large PAC up to 64 KiB.
const MAX_BYTES: usize = 16 << 20;

/// Entries in one file, removed ones included: years of a busy client that never cleans up.
const MAX_ENTRIES: usize = 10_000;

/// Addresses or authorization-data elements of one credential; a host has a few dozen at most.
const MAX_TAGGED: usize = 1_000;
