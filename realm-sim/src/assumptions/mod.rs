//! What nobody outside Microsoft knows for certain, each point a named switch.
//!
//! Public documents and captures leave gaps in the behaviour of Microsoft Entra Kerberos and of
//! its trust with Active Directory. Where the simulator has to decide, it asks a switch here.
//! A topology file sets them under `[assumptions]`, by name or by id. Where another answer would
//! make no sense, or a capture settles it, there is no switch but a line among the [`DECISIONS`].

mod decisions;

use std::fmt;

pub use decisions::{DECISIONS, Decision};

use serde::Deserialize;

use crate::entra::ClientKeyShape;

/// One switch: its id, its name in a topology file, the question it answers and its value.
///
/// Example: [`Assumptions`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assumption {
    /// A stable short id, such as `H05`.
    pub id: &'static str,
    /// The name in a topology file.
    pub name: &'static str,
    /// What the switch decides.
    pub question: &'static str,
    /// The value in force, as a topology file spells it.
    pub value: String,
}

macro_rules! switches {
    ($( $id:literal $name:ident: $type:ty = $default:expr, $question:literal; )*) => {
        /// The value of every switch.
        ///
        /// ```
        /// use realm_sim::assumptions::{Assumptions, Tolerance};
        ///
        /// let mut assumptions = Assumptions::default();
        /// assumptions.locator_hint = Tolerance::Refuse;
        /// assert!(assumptions.list().iter().any(|entry| entry.name == "locator_hint"));
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[non_exhaustive]
        pub struct Assumptions {
            $(
                #[doc = concat!($id, ": ", $question, ".")]
                #[serde(alias = $id)]
                pub $name: $type,
            )*
        }

        impl Default for Assumptions {
            fn default() -> Self {
                Self { $( $name: $default, )* }
            }
        }

        impl Assumptions {
            /// Every switch with its value, in order of id.
            pub fn list(&self) -> Vec<Assumption> {
                vec![ $( Assumption {
                    id: $id,
                    name: stringify!($name),
                    question: $question,
                    value: self.$name.spelled(),
                }, )* ]
            }
        }
    };
}

switches! {
    "A01" replication_delay: u64 = 0,
        "seconds until the domain controller that is asked knows a rotated key, of a trust or of a \
         read-only domain controller";
    "D01" status_before_proof: bool = true,
        "whether a DC tells why an account is refused before the client has proven itself";
    "D02" disabled_service_error: i32 = 19,
        "error code for a ticket to a service whose account is disabled";
    "D03" workstation_needed: bool = true,
        "whether a user bound to workstations is refused when the request names none";
    "D04" skew_recovery: bool = true,
        "whether KRB_AP_ERR_SKEW carries KERB_AP_ERR_TYPE_SKEW_RECOVERY";
    "D05" set_own_password: bool = false,
        "whether a kpasswd request to set the client's own password is one to change it";
    "D06" change_password_lifetime: u64 = 120,
        "lifetime of tickets for kadmin/changepw, in seconds";
    "D07" last_seconds_of_tgts: u64 = 120,
        "seconds before its end from which on a TGT counts as expired, so that no ticket for \
         kadmin/changepw serves as one";
    "D08" tgt_changes_password: bool = false,
        "whether a TGT under the name of kadmin/changepw is taken for a ticket to change passwords";
    "E01" inadmissible_user_error: i32 = 12,
        "error code at the Entra realm for a user who was not synchronised, or not wholly, for a \
         guest, and for one in too many groups";
    "E02" device_client_key: ClientKeyShape = ClientKeyShape::JweGcm,
        "how clientKey stands in the answer to a device: jwe-gcm, jwe-cbc or plain";
    "E03" trust_key_errors: [i32; 2] = [44, 31],
        "error codes at the Entra realm for a referral TGT in a version of the trust's key that it \
         lacks, and for one that its key of that version does not open";
    "F01" status_as_padata: bool = true,
        "whether an NTSTATUS in armor stands beside PA-FX-ERROR rather than in its e-data";
    "F02" challenge_replay: bool = false,
        "whether an encrypted challenge that was used before is refused, as RFC 6113 has it and \
         Windows does not";
    "F03" challenge_skew: bool = false,
        "whether an encrypted challenge of another time is refused, as RFC 6113 has it and Windows \
         does not";
    "F04" armor_of_any_service: bool = true,
        "whether the armor of an AS-REQ may be a ticket for another service of the realm, which \
         Windows takes and RFC 6113 does not";
    "H01" unknown_tenant_status: u16 = 400,
        "HTTP status when the tenant in the URL is not known";
    "H02" kerberos_error_status: u16 = 200,
        "HTTP status that carries a KRB-ERROR";
    "H03" reply_content_type: String = "application/kerberos".to_owned(),
        "Content-Type of the proxy's replies";
    "H04" proxy_body_limit: usize = 128 * 1024,
        "largest request body the proxy reads, in bytes";
    "H05" entra_as_req_error: i32 = 12,
        "error code that answers an AS-REQ at the Entra realm: its TGTs come from OAuth";
    "H06" entra_renew_error: i32 = 13,
        "error code that answers renewal and forwarding at the Entra realm";
    "H07" entra_fast: Tolerance = Tolerance::Ignore,
        "what becomes of PA-FX-FAST in a request";
    "H08" wrong_target_domain_error: i32 = 68,
        "error code when target-domain is not the realm behind the URL";
    "H09" wrong_tenant_error: i32 = 35,
        "error code when the TGT's issuer is not federated with the tenant in the URL, or is another \
         tenant";
    "H10" locator_hint: Tolerance = Tolerance::Ignore,
        "what becomes of dclocator-hint in a proxy request";
    "H11" conditional_access_error: i32 = 12,
        "error code where Conditional Access asks for a second factor";
    "H12" echo_request_ids: bool = true,
        "whether the proxy echoes client-request-id and makes an x-ms-request-id";
    "H22" cloud_tgt_etype: i32 = 18,
        "encryption type that a cloud TGT names: 18, or another, such as -1, as a mere label";
    "H23" cloud_tgt_pac: bool = true,
        "whether cloud TGTs have a PAC";
    "H24" entra_full_signatures: bool = true,
        "whether the PAC of a cloud service's ticket has the signatures of the ticket and of the whole \
         PAC, 16 and 19, as domain controllers make them";
    "H25" cloud_only_sid: CloudOnlySid = CloudOnlySid::Extra,
        "where a PAC has the SID of a user who is in the cloud only";
    "H26" entra_service_lifetime: u64 = 3600,
        "lifetime of the Entra realm's service tickets, in seconds";
    "H27" spn_ignores_case: bool = true,
        "whether service names are compared without regard to ASCII case";
    "H28" entra_unknown_service_error: i32 = 7,
        "error code when the tenant has no such service";
    "H29" tgt_type_numbers: [i32; 2] = [0, 2],
        "sessionKeyType and accountType beside a TGT in a token response";
    "H30" unasked_nonce: u32 = 0,
        "the nonce of the reply that comes with a token, to which there was no request";
    "H31" unasked_padata: bool = false,
        "whether the reply that comes with a token has PA-ETYPE-INFO2";
    "H32" tgt_refusal_told: bool = true,
        "whether a token response without a cloud TGT says why, with keyType 0";
    "H33" prt_v3_gets_tickets: bool = true,
        "whether a request with prt_protocol_version 3 and later gets the tickets that it asks for";
    "H34" transited: TransitedStyle = TransitedStyle::Empty,
        "transited field of a ticket got with another realm's TGT";
    "H35" entra_service_flags: u32 = 0x4000_0000,
        "ticket flags that the Entra realm's service tickets may carry";
    "H40" entra_trust_type: u32 = 2,
        "trustType of the trust object towards the Entra realm: 2 (Active Directory) or 5 (Entra)";
    "H41" entra_domain_info: bool = false,
        "whether the trust object towards the Entra realm lists that as a domain, with a SID, beside \
         its top-level names";
    "H43" entra_key_delay: u64 = 0,
        "seconds until the Entra realm accepts a rotated trust key, and issues partial TGTs with a \
         rotated server key";
    "H44" key_versions_before: u64 = 0,
        "what KeyVersion and CloudKeyVersion are ahead of the version that tickets name";
    "H45" foreign_client_error: i32 = 12,
        "error code when a trusted realm vouches for a client outside its namespace";
    "H50" refer_without_canonicalize: bool = false,
        "whether a DC refers to another realm when canonicalize is clear";
    "H51" route_before_lookup: bool = false,
        "whether a DC looks at trusts' names before its own directory";
    "H52" strip_port: bool = true,
        "whether `:port` is dropped from a service name before it is matched to a trust";
    "H54" wrong_direction_error: i32 = 35,
        "error code for a TGT from a realm that this one does not trust";
    "H60" revealed_only: bool = true,
        "whether a partial TGT also needs its account in the revealed list of its issuer, unless \
         that is Microsoft Entra";
    "H61" partial_tgt_key_error: i32 = 31,
        "error code for a TGT that a read-only domain controller's key does not open";
    "H62" partial_tgt_upn_info: bool = false,
        "whether the PAC of a partial TGT has UPN_DNS_INFO beside what a domain controller needs";
    "H63" partial_tgt_lifetimes: [u64; 2] = [10 * 3600, 7 * 24 * 3600],
        "lifetime and renewable lifetime of a partial TGT, in seconds";
    "H64" partial_tgt_needs_pac: bool = true,
        "whether a partial TGT without a PAC is refused";
    "P01" card_outlives_password: bool = true,
        "whether a user whose password has expired may log on with a certificate";
    "P02" credentials_from_user_to_user: bool = true,
        "whether the PAC of a ticket from user to user keeps the credentials of a logon by certificate";
    "P03" fresh_key_sid: bool = true,
        "whether the PAC of a logon with a freshness token has S-1-18-3 beside S-1-18-1";
    "S01" for_user_own_checksum: bool = true,
        "whether PA-FOR-USER may have the checksum of the session key's own type instead of hmac-md5";
    "T01" beyond_trust_error: i32 = 28,
        "error code for a client who comes over a non-transitive trust from beyond its partner";
    "T02" external_names: bool = true,
        "whether names below the partner of an external or a realm trust are referred to it";
    "T03" own_sids_over_external: bool = false,
        "whether own SIDs with relative ids from 1000 on pass an external trust without quarantine";
    "T04" last_trust_version: i32 = 255,
        "the version of a trust's keys after which zero comes";
    "T05" realm_trusts_for_forest: bool = true,
        "whether all domains of a forest know the transitive realm trusts of each of them";
}

/// What becomes of an element that the peer may not expect.
///
/// Example: [`Assumptions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tolerance {
    /// As if it were not there.
    Ignore,
    /// The request is refused.
    Refuse,
}

/// How the transited field of a cross-realm ticket is filled (RFC 4120 §3.3.3.2).
///
/// Example: [`Assumptions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransitedStyle {
    /// Type 0 and no contents between domains of Active Directory, which relies on its trust
    /// checks instead; as in the RFC where a realm trust is involved.
    Empty,
    /// Type 0 and no contents.
    Never,
    /// The issuing realm is appended and the path is checked.
    Rfc4120,
}

/// Where a PAC has the SID of a user who is in the cloud only: S-1-12-1 and four numbers.
///
/// Example: [`Assumptions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CloudOnlySid {
    /// Whole in ExtraSids; LogonDomainId is S-1-12-1 and UserId 0.
    Extra,
    /// In two: the last number is UserId, the rest LogonDomainId.
    Split,
}

/// How a topology file spells a value.
trait Spelled {
    fn spelled(&self) -> String;
}

macro_rules! spelled_as_displayed {
    ($($type:ty),*) => {
        $( impl Spelled for $type {
            fn spelled(&self) -> String {
                self.to_string()
            }
        } )*
    };
}

spelled_as_displayed!(bool, i32, u16, usize, u64);

impl Spelled for u32 {
    fn spelled(&self) -> String {
        format!("{self:#010x}")
    }
}

impl Spelled for String {
    fn spelled(&self) -> String {
        format!("{self:?}")
    }
}

impl Spelled for [i32; 2] {
    fn spelled(&self) -> String {
        format!("{self:?}")
    }
}

impl Spelled for [u64; 2] {
    fn spelled(&self) -> String {
        format!("{self:?}")
    }
}

impl Spelled for CloudOnlySid {
    fn spelled(&self) -> String {
        match self {
            Self::Extra => "\"extra\"".to_owned(),
            Self::Split => "\"split\"".to_owned(),
        }
    }
}

impl Spelled for ClientKeyShape {
    fn spelled(&self) -> String {
        match self {
            Self::JweGcm => "\"jwe-gcm\"".to_owned(),
            Self::JweCbc => "\"jwe-cbc\"".to_owned(),
            Self::Plain => "\"plain\"".to_owned(),
        }
    }
}

impl Spelled for Tolerance {
    fn spelled(&self) -> String {
        match self {
            Self::Ignore => "\"ignore\"".to_owned(),
            Self::Refuse => "\"refuse\"".to_owned(),
        }
    }
}

impl Spelled for TransitedStyle {
    fn spelled(&self) -> String {
        match self {
            Self::Empty => "\"empty\"".to_owned(),
            Self::Never => "\"never\"".to_owned(),
            Self::Rfc4120 => "\"rfc4120\"".to_owned(),
        }
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id,
            name,
            question,
            value,
        } = self;
        write!(f, "# {id}: {question}\n{name} = {value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_itself_a_valid_table() {
        let text: String = Assumptions::default()
            .list()
            .iter()
            .map(|assumption| format!("{assumption}\n"))
            .collect();
        let back: Assumptions = toml::from_str(&text).unwrap();
        assert_eq!(back, Assumptions::default());
    }

    #[test]
    fn switches_are_set_by_name_or_id_and_unknown_ones_are_refused() {
        let set: Assumptions = toml::from_str("H05 = 16\nstrip_port = false").unwrap();
        assert_eq!(set.entra_as_req_error, 16);
        assert!(!set.strip_port);
        assert!(toml::from_str::<Assumptions>("H99 = 1").is_err());
    }

    #[test]
    fn ids_are_unique_and_in_order() {
        let list = Assumptions::default().list();
        assert!(list.is_sorted_by(|a, b| a.id < b.id));
        assert!(DECISIONS.is_sorted_by(|a, b| a.id < b.id));
    }

    /// The uncertain points of the endpoint, of cloud tickets, of the trust and of partial TGTs.
    #[test]
    fn every_uncertain_point_is_a_switch_or_decided_and_not_both() {
        let switches = Assumptions::default().list();
        for id in [1..=13, 20..=35, 40..=54, 60..=64].into_iter().flatten() {
            let id = format!("H{id:02}");
            let switch = switches.iter().any(|switch| switch.id == id);
            let decided = DECISIONS.iter().any(|decision| decision.id == id);
            assert!(switch != decided, "{id}: {switch}, {decided}");
        }
    }
}
