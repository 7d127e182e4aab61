//! The refresh token of a sign-in: what Windows does with it every four hours, and a user by hand.
//!
//! Both sides' clocks are told the time; forms go from one library into the other.

use kerberos_core::ccache::{CredentialCache, MemoryCache};
use kerberos_core::entropy::SeededEntropy;
use kerberos_core::exchange::ExchangeError;
use kerberos_core::time::Timestamp;
use kerberos_tests::forests::{grown, hybrid};
use kerberos_tests::loopback::{BEGIN, Loopback, principal};
use kerberos_tests::simulator::{ENTRA, SQL, TENANT};
use kkdcp_client::sign_in::{
    PrimaryRefreshToken, PrtSessionKey, REFRESH_INTERVAL, Refreshed, SignInError, WhichTgt,
};
use kkdcp_client::{AcquireError, Situation, Symptom};
use realm_sim::clock::Clock;
use realm_sim::entra::{SignIn, TokenRequest};
use realm_sim::forest::UserAccountControl;
use realm_sim::topology::ConditionalAccessEntry;

const UPN: &str = "alice@contoso.com";
const HOUR: u64 = 3600;

/// A device on which a user has signed in.
struct Device<'a> {
    loopback: &'a Loopback,
    token: PrimaryRefreshToken,
    session_key: PrtSessionKey,
    refreshed_at: Timestamp,
    cache: MemoryCache,
}

impl<'a> Device<'a> {
    /// Signs in, with tickets or as a client that does not ask for them.
    fn signed_in(loopback: &'a Loopback, tgt: bool) -> Self {
        let mut request = TokenRequest::new(UPN);
        request.tgt = tgt;
        let now = loopback.kdc_clock.now();
        let sign_in: SignIn = loopback.forest.sign_in(&request, now).unwrap();
        let file = serde_json::to_vec(&sign_in.response).unwrap();
        let mut device = Self {
            loopback,
            token: PrimaryRefreshToken::parse(&file).unwrap(),
            session_key: PrtSessionKey::parse(&sign_in.session_key).unwrap(),
            refreshed_at: now,
            cache: MemoryCache::new(principal(&format!("alice\\@contoso.com@{ENTRA}"))),
        };
        assert_eq!(sign_in.response.tgt_cloud.is_some(), tgt);
        if tgt {
            device.refresh().unwrap();
        }
        device
    }

    fn post(&self, form: &str) -> Vec<u8> {
        let now = self.loopback.kdc_clock.now();
        let answer = self
            .loopback
            .forest
            .answer_token_request(TENANT, form.as_bytes(), now);
        answer.body.into_bytes()
    }

    fn ask(&self) -> Result<Refreshed, SignInError> {
        let request = self.token.refresh(&self.session_key);
        let nonce = self.post(request.form());
        let request = request.receive(&nonce, &SeededEntropy::new(3))?;
        let answer = self.post(request.form());
        request.receive(&answer)
    }

    /// What `kkdcp refresh` and `dsregcmd /RefreshPrt` do.
    fn refresh(&mut self) -> Result<(), SignInError> {
        let refreshed = self.ask()?;
        let tgt = refreshed.tickets()?;
        for which in [WhichTgt::Cloud, WhichTgt::OnPremises] {
            let Some(tgt) = tgt.tgt(which) else { continue };
            for credential in tgt.open(Some(&self.session_key))? {
                self.cache.store(credential);
            }
        }
        let file = self.token.replaced_by(&refreshed)?;
        self.token = PrimaryRefreshToken::parse(&file)?;
        self.refreshed_at = self.loopback.client_clock.now();
        Ok(())
    }

    /// What Windows does in the background of a session: nothing until the time has come.
    fn refresh_when_due(&mut self) -> Result<bool, SignInError> {
        let due = self.refreshed_at.plus(REFRESH_INTERVAL);
        let is_due = self.loopback.client_clock.now() >= due;
        if is_due {
            self.refresh()?;
        }
        Ok(is_due)
    }

    fn service_ticket(&self) -> Result<(), ExchangeError> {
        let wanted = principal(&format!("{SQL}@{ENTRA}"));
        let acquired = self.loopback.acquire_from(&self.cache, None, &wanted)?;
        assert_eq!(acquired.path.len(), 1, "the cloud's KDC was asked");
        Ok(())
    }

    fn is_expired(&self) -> bool {
        let now = self.loopback.client_clock.now().time();
        self.cache
            .credentials()
            .iter()
            .all(|tgt| tgt.is_expired_at(now))
    }
}

/// The policy for cloud tickets comes after the logon: nothing has asked for tickets yet, and the
/// next time that Windows asks is up to four hours away.
#[test]
fn a_logon_without_tickets_lasts_until_the_token_is_refreshed() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut waiting = Device::signed_in(&loopback, false);
    loopback.advance(4 * HOUR - 1);
    assert!(!waiting.refresh_when_due().unwrap());
    let error = waiting.service_ticket().unwrap_err();
    assert!(matches!(error, ExchangeError::NoIdentity { .. }), "{error}");

    // By hand it is a matter of one command, at any time.
    let mut at_once = Device::signed_in(&loopback, false);
    assert!(at_once.service_ticket().is_err());
    at_once.refresh().unwrap();
    at_once.service_ticket().unwrap();

    loopback.advance(1);
    assert!(waiting.refresh_when_due().unwrap());
    waiting.service_ticket().unwrap();
}

/// A device that was asleep wakes with a cloud TGT that has expired, and a token that is good.
#[test]
fn an_expired_cloud_tgt_is_replaced_by_a_refresh() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut device = Device::signed_in(&loopback, true);
    loopback.advance(10 * HOUR - 1);
    device.service_ticket().unwrap();
    loopback.advance(1);
    let error = device.service_ticket().unwrap_err();
    let error = AcquireError::from(error);
    let mut situation = Situation::IN_CLOUD;
    situation.cloud_tgt_expired = device.is_expired();
    let explanation = error.explain(situation).unwrap();
    assert_eq!(explanation.symptom, Symptom::CloudTgtExpired);
    assert!(explanation.next_step.contains("kkdcp refresh"));
    device.refresh().unwrap();
    assert!(!device.is_expired());
    device.service_ticket().unwrap();
}

/// Every refresh gives the token another fortnight: a session lasts as long as it is used.
#[test]
fn a_session_lasts_for_months_of_refreshing() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut device = Device::signed_in(&loopback, true);
    for _ in 0..6 * 60 {
        loopback.advance(4 * HOUR);
        assert!(device.refresh_when_due().unwrap());
        device.service_ticket().unwrap();
    }
    let fortnight = 14 * 24 * HOUR;
    loopback.advance(fortnight - 1);
    device.refresh().unwrap();
    loopback.advance(fortnight);
    let refused = device.refresh().unwrap_err();
    assert_eq!(
        symptom(&refused),
        Some(Symptom::RefreshTokenSpent),
        "{refused}"
    );
}

fn symptom(error: &SignInError) -> Option<Symptom> {
    error.explain().map(|explanation| explanation.symptom)
}

#[test]
fn refusals_of_the_token_endpoint_are_explained() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut device = Device::signed_in(&loopback, true);
    let domain = loopback.forest.domains().next().unwrap();
    let later = BEGIN.plus(std::time::Duration::from_secs(60));
    loopback.advance(120);
    for (change, refusal, expected) in [
        (None, "AADSTS50173", Symptom::RefreshTokenSpent),
        (
            Some(UserAccountControl::ACCOUNT_DISABLED),
            "AADSTS50057",
            Symptom::UserUnknown,
        ),
    ] {
        domain
            .change("alice", |alice| match change {
                None => alice.password_set = later,
                Some(flag) => {
                    alice.password_set = BEGIN;
                    alice.control |= flag;
                }
            })
            .unwrap();
        let refused = device.refresh().unwrap_err();
        assert!(refused.to_string().contains(refusal), "{refused}");
        assert_eq!(symptom(&refused), Some(expected));
    }
    domain.remove("alice").unwrap();
    let refused = device.refresh().unwrap_err();
    assert!(refused.to_string().contains("AADSTS50034"), "{refused}");
    assert_eq!(symptom(&refused), Some(Symptom::UserUnknown));
}

/// Whether the token is refreshed is a matter of policies for signing in; what tickets are given
/// for it, of those for the service.
#[test]
fn conditional_access_refuses_the_token_or_the_service() {
    for (app, of_token) in [("Windows Sign In", true), ("All", false)] {
        let guarded = hybrid().change_tenant(TENANT, |tenant| {
            let mut policy = ConditionalAccessEntry::new("Require MFA");
            policy.include_apps = vec![app.to_owned()];
            tenant.conditional_access.push(policy);
        });
        let (open, guarded) = (
            Loopback::new(grown(hybrid())),
            Loopback::new(grown(guarded)),
        );
        // The token is from before the policy: both forests have the same keys.
        let mut device = Device::signed_in(&open, true);
        device.loopback = &guarded;
        match device.refresh() {
            Err(refused) => {
                assert!(of_token, "{refused}");
                assert!(refused.to_string().contains("AADSTS50076"), "{refused}");
                assert_eq!(symptom(&refused), Some(Symptom::SignInRefusedByPolicy));
            }
            Ok(()) => {
                assert!(!of_token);
                let refused = device.service_ticket().unwrap_err();
                assert!(
                    matches!(refused, ExchangeError::Refused { .. }),
                    "{refused}"
                );
            }
        }
    }
}

/// Whoever has the token but not its session key, or the other way round, gets nothing.
#[test]
fn a_token_is_of_no_use_without_its_session_key() {
    let loopback = Loopback::new(grown(hybrid()));
    let mut device = Device::signed_in(&loopback, true);
    let right = std::mem::replace(&mut device.session_key, PrtSessionKey::new([9; 32]));
    let refused = device.refresh().unwrap_err();
    assert!(refused.to_string().contains("AADSTS50027"), "{refused}");
    device.session_key = right;
    // Nor is an answer for another session key read.
    let request = device.token.refresh(&device.session_key);
    let nonce = device.post(request.form());
    let request = request.receive(&nonce, &SeededEntropy::new(3)).unwrap();
    let answer = device.post(request.form());
    let other = PrtSessionKey::new([9; 32]);
    let stolen = device.token.refresh(&other);
    let stolen = stolen.receive(&nonce, &SeededEntropy::new(3)).unwrap();
    let error = stolen.receive(&answer).unwrap_err();
    assert!(matches!(error, SignInError::Sealed { .. }), "{error}");
    request.receive(&answer).unwrap();
}
