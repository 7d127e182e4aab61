//! Trusts as a journal keeps them: the objects at both ends, keys and secrets and all.

use std::sync::{Arc, RwLock};

use kerberos_core::assigned::EncryptionType;
use kerberos_core::name::Realm;
use kerberos_core::pac::{FileTime, Sid};
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::connection::Connection;
use super::keys::{Version, Versions};
use super::names::ForestTrustInfo;
use super::sid_filter::SidPolicy;
use super::{TrustAttributes, TrustBoundary, TrustKeys, TrustObject, TrustType};
use crate::forest::KeySet;
use crate::forest::written::{self, Secret};
use crate::topology::{TrustDirection, TrustEntry, TrustKind};

/// All there is of a trust.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptTrust {
    /// What it was asked for as, in the form of topology files.
    entry: String,
    #[serde(with = "written")]
    realm: Realm,
    #[serde(with = "written")]
    partner: Realm,
    tenant: Option<String>,
    own: Option<KeptObject>,
    theirs: Option<KeptObject>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptObject {
    #[serde(with = "written")]
    partner: Realm,
    partner_netbios_name: String,
    kind: TrustKind,
    direction: TrustDirection,
    trust_type: u32,
    attributes: u32,
    /// msDS-TrustForestTrustInfo, and when it was made, in ticks.
    names: String,
    names_since: u64,
    #[serde(with = "written")]
    sid: Option<Sid>,
    #[serde(with = "written")]
    sids: Vec<Sid>,
    #[serde(with = "written")]
    own_sids: Vec<Sid>,
    claims: bool,
    own_sids_pass: bool,
    incoming: Option<KeptKeys>,
    outgoing: Option<KeptKeys>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptKeys {
    #[serde(with = "written")]
    issuer: Realm,
    #[serde(with = "written")]
    serves: Realm,
    etypes: Vec<i32>,
    last_version: i32,
    /// Newest first: the first is the present one.
    versions: Vec<KeptVersion>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeptVersion {
    #[serde(with = "written")]
    keys: KeySet,
    secret: Secret,
    #[serde(with = "written")]
    since: Timestamp,
}

impl KeptTrust {
    /// A trust as it is kept; why it cannot be.
    pub(in crate::forest) fn of(trust: &Connection) -> Result<Self, String> {
        let (own, theirs) = trust.objects();
        Ok(Self {
            entry: toml::to_string(trust.entry()).map_err(|error| error.to_string())?,
            realm: trust.realm().clone(),
            partner: trust.partner().clone(),
            tenant: trust.tenant().map(str::to_owned),
            own: own.map(|own| KeptObject::of(own)),
            theirs: theirs.map(|theirs| KeptObject::of(theirs)),
        })
    }

    /// The trust that was kept; why there is none.
    pub(in crate::forest) fn restored(self) -> Result<Connection, String> {
        let entry: TrustEntry = toml::from_str(&self.entry).map_err(|error| error.to_string())?;
        Ok(Connection::of_objects(
            &entry,
            (self.realm, self.partner),
            self.tenant,
            self.own.map(KeptObject::restored).transpose()?,
            self.theirs.map(KeptObject::restored).transpose()?,
        ))
    }
}

impl KeptObject {
    fn of(object: &TrustObject) -> Self {
        let TrustObject {
            partner,
            partner_netbios_name,
            kind,
            direction,
            trust_type,
            attributes,
            names,
            sids,
            incoming,
            outgoing,
        } = object.clone();
        let SidPolicy {
            // Follows from the attributes.
            boundary: _,
            partner: sid,
            partner_domains,
            own_domains,
            claims,
            own_sids_pass,
        } = sids;
        Self {
            partner,
            partner_netbios_name,
            kind,
            direction,
            trust_type: trust_type.number(),
            attributes: attributes.bits(),
            names: written::hexadecimal(&names.encode()),
            names_since: names.made().ticks(),
            sid,
            sids: partner_domains,
            own_sids: own_domains,
            claims,
            own_sids_pass,
            incoming: incoming.map(|keys| KeptKeys::of(&keys)),
            outgoing: outgoing.map(|keys| KeptKeys::of(&keys)),
        }
    }

    fn restored(self) -> Result<TrustObject, String> {
        let attributes = TrustAttributes::from_bits(self.attributes);
        let names = ForestTrustInfo::decode(&written::octets(&self.names)?);
        let names = names.map_err(|error| error.to_string())?;
        let number = self.trust_type;
        let unknown = || format!("trustType {number}");
        Ok(TrustObject {
            partner: self.partner,
            partner_netbios_name: self.partner_netbios_name,
            kind: self.kind,
            direction: self.direction,
            trust_type: TrustType::of_number(number).ok_or_else(unknown)?,
            attributes,
            names: names.made_at(FileTime::from_ticks(self.names_since)),
            sids: SidPolicy {
                boundary: TrustBoundary::of(attributes, self.kind == TrustKind::Realm),
                partner: self.sid,
                partner_domains: self.sids,
                own_domains: self.own_sids,
                claims: self.claims,
                own_sids_pass: self.own_sids_pass,
            },
            incoming: self.incoming.map(KeptKeys::restored).transpose()?,
            outgoing: self.outgoing.map(KeptKeys::restored).transpose()?,
        })
    }
}

impl KeptKeys {
    fn of(keys: &TrustKeys) -> Self {
        let versions = keys.read().clone();
        let versions = std::iter::once(versions.current).chain(versions.past);
        let kept = versions.map(|version| KeptVersion {
            keys: version.keys,
            secret: Secret(version.secret),
            since: version.since,
        });
        Self {
            issuer: keys.issuer.clone(),
            serves: keys.serves.clone(),
            etypes: keys.etypes.iter().map(|etype| etype.number()).collect(),
            last_version: keys.last_version,
            versions: kept.collect(),
        }
    }

    fn restored(self) -> Result<Arc<TrustKeys>, String> {
        let mut versions = self.versions.into_iter().map(|version| Version {
            keys: version.keys,
            secret: version.secret.0,
            since: version.since,
        });
        let current = versions.next().ok_or_else(|| "no key".to_owned())?;
        let past = versions.collect();
        Ok(Arc::new(TrustKeys {
            issuer: self.issuer,
            serves: self.serves,
            etypes: self.etypes.into_iter().map(EncryptionType::new).collect(),
            last_version: self.last_version,
            versions: RwLock::new(Versions { current, past }),
        }))
    }
}
