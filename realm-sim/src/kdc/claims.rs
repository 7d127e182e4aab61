//! Claims about a client, and what is said of its device ([MS-KILE] §3.3.5.6.4.6, §3.3.5.7.4).

use kerberos_core::flags::PacOptions;
use kerberos_core::name::Realm;
use kerberos_core::pac::{
    AccountControl, Claim, Claims, ClaimsArray, ClaimsSet, ClaimsSource, DeviceInfo, DomainGroups,
    LogonInfo, PacBufferType, PacBuilder, Sid, SidAndAttributes, VerifiedPac,
};
use kerberos_core::wire::{KdcReq, SupportedEnctypes};

use super::pac::broken;
use super::refusal::Refusal;
use super::s4u_proxy::pac_options;
use super::server_key::ServerKey;
use super::user_to_user::SecondTgt;
use super::{Directory, Kdc};
use crate::topology::ClaimsSupport;

/// The device whose TGT is the armor of a request.
pub(super) struct Device {
    issuer: Realm,
    pac: VerifiedPac,
}

impl<D: Directory> Kdc<D> {
    /// Whether this KDC knows of claims.
    pub(super) fn knows_claims(&self) -> bool {
        self.policy.claims != ClaimsSupport::None
    }

    /// Whether a client with these options gets claims.
    ///
    /// [MS-KILE] §3.3.5.6.4.6
    pub(super) fn gives_claims(&self, asked: PacOptions) -> bool {
        match self.policy.claims {
            ClaimsSupport::None => false,
            ClaimsSupport::OnRequest => asked.contains(PacOptions::CLAIMS),
            ClaimsSupport::Always => true,
        }
    }

    /// With the buffer that says that there are no claims, where a ticket that a service got to
    /// itself leads on without one. The document does not have it; Windows writes it.
    pub(super) fn with_claims(
        &self,
        builder: PacBuilder,
        evidence: &VerifiedPac,
        request: &KdcReq<'_>,
    ) -> Result<PacBuilder, Refusal> {
        let has_claims = evidence.buffer(PacBufferType::CLIENT_CLAIMS).is_some();
        if has_claims || !self.gives_claims(pac_options(request)?) {
            return Ok(builder);
        }
        Ok(builder.with_octets(PacBufferType::CLIENT_CLAIMS, Vec::new()))
    }

    /// What the bearer of an armor ticket's PAC says of him, if he is a computer.
    ///
    /// [MS-KILE] §3.3.5.7.4
    pub(super) fn device(&self, armor: SecondTgt) -> Result<Option<Device>, Refusal> {
        let Some(pac) = armor.pac.filter(|_| self.knows_claims()) else {
            return Ok(None);
        };
        let logon: Option<LogonInfo> = pac.content().map_err(|error| broken(&error))?;
        let is_machine = logon.is_some_and(|logon| {
            [
                AccountControl::WORKSTATION_TRUST,
                AccountControl::SERVER_TRUST,
            ]
            .into_iter()
            .any(|kind| logon.account_control.contains(kind))
        });
        Ok(is_machine.then_some(Device {
            issuer: armor.ticket.issuer,
            pac,
        }))
    }

    /// A PAC on its way to a service, with what the armor says of the client's device where the
    /// service wants to know.
    ///
    /// [MS-KILE] §3.3.5.7.4
    pub(super) fn compounded(
        &self,
        builder: PacBuilder,
        logon: &mut LogonInfo,
        device: &Device,
        server: &ServerKey,
    ) -> Result<PacBuilder, Refusal> {
        if !server.wants_device() {
            return Ok(builder);
        }
        let own = self.directory.realm();
        let issuer = &device.issuer;
        let mut of_device = device.pac.logon_info().map_err(|error| broken(&error))?;
        if !issuer.eq_ignore_case(own) {
            of_device = self.directory.believed(issuer, of_device)?;
        }
        logon.add_extra_sid(SidAndAttributes::new(Sid::COMPOUNDED_AUTHENTICATION));
        let builder = builder.with(&self.device_info(of_device))?;
        let claims = device
            .pac
            .buffer(PacBufferType::CLIENT_CLAIMS)
            .filter(|_| self.keeps_claims_of(issuer));
        Ok(match claims {
            Some(claims) => builder.with_octets(PacBufferType::DEVICE_CLAIMS, claims.to_vec()),
            None => builder,
        })
    }

    fn device_info(&self, logon: LogonInfo) -> DeviceInfo {
        let sids: Vec<Sid> = logon.sids().iter().map(|entry| entry.sid).collect();
        let mut info = DeviceInfo {
            user_id: logon.user_id,
            primary_group_id: logon.primary_group_id,
            account_domain_id: logon.logon_domain_id,
            account_groups: logon.groups,
            extra_sids: Vec::new(),
            domain_groups: Vec::new(),
        };
        let Some(local) = self.directory.resource_groups(&sids) else {
            return info;
        };
        let DomainGroups { domain, groups } = &local;
        let single = match groups.as_slice() {
            [group] => domain.with_relative_id(group.relative_id).ok().map(|sid| {
                let attributes = group.attributes;
                SidAndAttributes { sid, attributes }
            }),
            _ => None,
        };
        match single {
            Some(sid) => info.extra_sids.push(sid),
            None => info.domain_groups.push(local),
        }
        info
    }
}

impl ServerKey {
    /// Whether the server wants to know of its clients' devices.
    ///
    /// [MS-KILE] §2.2.7
    const fn wants_device(&self) -> bool {
        SupportedEnctypes(self.supported).contains(SupportedEnctypes::COMPOUND_IDENTITY)
    }
}

/// The buffer of claims of the directory's ([MS-ADTS] §3.1.1.11.2.1, §3.1.1.11.2.5).
///
/// A choice: it is not compressed; from what size on Windows compresses is not documented.
pub(super) fn claims_buffer(claims: &[Claim]) -> Result<Vec<u8>, Refusal> {
    let set = ClaimsSet {
        arrays: vec![ClaimsArray {
            source: ClaimsSource::DIRECTORY,
            claims: claims.to_vec(),
        }],
        ..ClaimsSet::default()
    };
    Ok(Claims::of(&set)?.encode()?)
}
