//! The token endpoint of the tenants: nonces, sign-ins with a password, and with a refresh token.
//!
//! A simulation: a request with a password may be unsigned, and then the client keys come plain,
//! since there is no device with a key to wrap a session key with.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::transport_key::DeviceCertificate;
use super::{SignInError, TokenRequest};
use crate::admin::Password;
use crate::forest::Forest;
use crate::kdc::CloudTgtError;

/// The parts of the path behind the tenant, of both versions.
const PATHS: [&str; 2] = ["oauth2/token", "oauth2/v2.0/token"];

/// What stands for the tenant of whoever signs in.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

/// The grant type of requests in a JWT (RFC 7523 §2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The grant type that asks for a nonce ([MS-OAPXBC] §3.1.5.1.1).
const NONCE: &str = "srv_challenge";

/// The version of the API from which tickets come unasked.
const VERSION_WITH_TICKETS: &str = "2.2";

/// Base64 of JWTs; some writers pad it.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether this part of a path, behind the tenant, is the endpoint's.
pub(crate) fn is_path(rest: &str) -> bool {
    PATHS.iter().any(|path| path.eq_ignore_ascii_case(rest))
}

/// Whether this part of a path is a tenant, or stands for all.
pub(crate) fn is_tenant(id: &str, forest: &Forest) -> bool {
    is_any(id) || forest.tenant(id).is_some()
}

fn is_any(id: &str) -> bool {
    ANY_TENANT.iter().any(|any| any.eq_ignore_ascii_case(id))
}

/// What the token endpoint answers.
///
/// Example: [`Forest::answer_token_request`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// JSON, or such JSON sealed.
    pub body: String,
    /// Whether the body is a compact JWE under the session key of the refresh token.
    pub sealed: bool,
}

impl std::fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl TokenAnswer {
    fn json(value: &impl Serialize) -> Result<Self, Refused> {
        Ok(Self {
            status: 200,
            body: serde_json::to_string(value).map_err(SignInError::from)?,
            sealed: false,
        })
    }
}

/// The header of a request's JWT, as far as it says whose key signed it.
#[derive(Deserialize)]
struct Header {
    alg: String,
    x5c: Option<Certificates>,
}

/// A list, as RFC 7515 §4.1.6 has it, or what Windows' own clients send: one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Certificates {
    One(String),
    Chain(Vec<String>),
}

impl Certificates {
    fn device(&self) -> Option<&str> {
        match self {
            Self::One(text) => Some(text),
            Self::Chain(texts) => texts.first().map(String::as_str),
        }
    }
}

/// The payload of a JWT with a password.
#[derive(Deserialize)]
struct Claims {
    username: String,
    password: Password,
    #[serde(default)]
    request_nonce: String,
}

/// What a nonce is told in.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Challenge {
    nonce: String,
}

/// A refusal, as JSON.
#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: String,
    error_codes: [u32; 1],
}

impl Refused {
    fn new(error: &'static str, code: u32, why: &str) -> Self {
        Self {
            error,
            error_description: format!("AADSTS{code}: {why}"),
            error_codes: [code],
        }
    }

    fn invalid(code: u32, why: &str) -> Self {
        Self::new("invalid_request", code, why)
    }
}

impl From<SignInError> for Refused {
    fn from(error: SignInError) -> Self {
        let (kind, code) = match &error {
            SignInError::Password { .. } => ("invalid_grant", 50126),
            SignInError::Expired { .. } => ("invalid_grant", 700_082),
            SignInError::Stale { .. } => ("invalid_grant", 50173),
            SignInError::SecondFactor { .. } => ("interaction_required", 50076),
            SignInError::Device { .. } | SignInError::Request { .. } => ("invalid_request", 50027),
            SignInError::TransportKey => ("invalid_request", 50027),
            SignInError::User(CloudTgtError::UnknownTenant) => ("invalid_request", 90002),
            SignInError::User(CloudTgtError::UnknownUser { .. }) => ("invalid_grant", 50034),
            SignInError::User(CloudTgtError::Refused { .. }) => ("invalid_grant", 50057),
            _ => ("server_error", 90033),
        };
        Self::new(kind, code, &error.to_string())
    }
}

impl Forest {
    /// What the token endpoint of a tenant, or of `common`, answers to a form.
    ///
    /// A nonce is told (`srv_challenge`); a JWT with user name and password is answered with a
    /// refresh token, a JWT with a refresh token and signed with its session key with another,
    /// sealed; and with tickets where `tgt=true` asks for them. A JWT that a device has signed
    /// (RS256, with its certificate in `x5c`) is verified, and the session key wrapped with the
    /// key of that certificate (`session_key_jwe`).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use kerberos_core::entropy::SeededEntropy;
    /// # use kerberos_core::time::Timestamp;
    /// # use realm_sim::forest::Forest;
    /// # let now = Timestamp::from_seconds(1_767_225_600);
    /// let forest = Forest::demo(Arc::new(SeededEntropy::new(7)))?;
    /// let answer = forest.answer_token_request("common", b"grant_type=srv_challenge", now);
    /// assert_eq!(answer.status, 200);
    /// assert!(answer.body.starts_with(r#"{"Nonce":""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [MS-OAPXBC] §3.2.5.1
    pub fn answer_token_request(&self, tenant: &str, form: &[u8], now: Timestamp) -> TokenAnswer {
        answer(tenant, form, self, now).unwrap_or_else(|refused| {
            tracing::debug!(why = refused.error_description, "no sign-in");
            TokenAnswer {
                status: 400,
                body: serde_json::to_string(&refused).unwrap_or_default(),
                sealed: false,
            }
        })
    }
}

fn answer(
    tenant: &str,
    form: &[u8],
    forest: &Forest,
    now: Timestamp,
) -> Result<TokenAnswer, Refused> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(form);
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    };
    let missing = |name| {
        let why = format!("the request body must contain the parameter '{name}'");
        Refused::invalid(900_144, &why)
    };
    let grant = value("grant_type").ok_or_else(|| missing("grant_type"))?;
    if grant == NONCE {
        let nonce = forest.sign_in_nonce(now)?;
        return TokenAnswer::json(&Challenge { nonce });
    }
    if grant != JWT_BEARER {
        let why = "only requests in a JWT are simulated";
        return Err(Refused::new("unsupported_grant_type", 70003, why));
    }
    let asks_for_tickets = value("tgt").is_some_and(|tgt| tgt.eq_ignore_ascii_case("true"));
    let has_tickets = value("windows_api_version").is_some_and(|v| v == VERSION_WITH_TICKETS);
    let is_v3 = value("prt_protocol_version").is_some_and(|version| is_third(&version));
    let may_have = !is_v3 || forest.assumptions().prt_v3_gets_tickets;
    let tgt = may_have && (asks_for_tickets || has_tickets);
    let tenant = (!is_any(tenant)).then_some(tenant);

    let request = value("request").ok_or_else(|| missing("request"))?;
    let jwt = Jwt::parse(&request).ok_or_else(|| {
        let why = "the request is no JWT";
        Refused::invalid(50027, why)
    })?;
    if jwt.header.alg == "HS256" {
        let sign_in = forest.renew_sign_in(tenant, &request, tgt, now)?;
        return Ok(TokenAnswer {
            status: 200,
            body: forest.sealed_response(&sign_in)?,
            sealed: true,
        });
    }
    let claims: Claims = serde_json::from_slice(&jwt.payload).map_err(|_| {
        let why = "the request is no JWT with username and password";
        Refused::invalid(50027, why)
    })?;
    let mut wish = TokenRequest::new(&claims.username);
    wish.tenant = tenant.map(str::to_owned);
    wish.tgt = tgt;
    if let Some(certificate) = jwt.device()? {
        forest.expect_fresh(&claims.request_nonce, now)?;
        wish.transport_key = Some(certificate.pem());
        wish.client_key = forest.assumptions().device_client_key;
    }
    let sign_in = forest.sign_in_with_password(&wish, claims.password.expose(), now)?;
    TokenAnswer::json(&sign_in.response)
}

/// Whether a prt_protocol_version is 3.0 or later.
fn is_third(version: &str) -> bool {
    let (major, _) = version.split_once('.').unwrap_or((version, ""));
    major.parse().is_ok_and(|major: u32| major >= 3)
}

/// The JWT of a request, apart.
struct Jwt<'a> {
    header: Header,
    payload: Vec<u8>,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        Some(Self {
            header: serde_json::from_slice(&URL_SAFE.decode(header).ok()?).ok()?,
            payload: URL_SAFE.decode(payload).ok()?,
            signed,
            signature: URL_SAFE.decode(signature).ok()?,
        })
    }

    /// The device that signed it, where it says one.
    fn device(&self) -> Result<Option<DeviceCertificate>, SignInError> {
        let Some(text) = self.header.x5c.as_ref().and_then(Certificates::device) else {
            return Ok(None);
        };
        let certificate = DeviceCertificate::from_base64(text)?;
        certificate.expect_signed(self.signed.as_bytes(), &self.signature)?;
        Ok(Some(certificate))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kdc::tests::{NOW, TENANT, demo, demo_with};

    const UPN: &str = "alice@contoso.com";

    fn form(user: &str, password: &str, more: &str) -> String {
        let payload = json!({ "username": user, "password": password }).to_string();
        let jwt = ["{\"alg\":\"RS256\"}", &payload, "unsigned"].map(|part| URL_SAFE.encode(part));
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let jwt = jwt.join(".").replace('=', "%3D");
        format!("{grant}&client_info=1&request={jwt}{more}")
    }

    fn ask(tenant: &str, form: &str) -> (u16, Value) {
        let answer = demo().answer_token_request(tenant, form.as_bytes(), NOW);
        (answer.status, serde_json::from_str(&answer.body).unwrap())
    }

    #[test]
    fn the_right_password_is_answered_with_a_tgt() {
        for (tenant, more) in [
            (TENANT, "&tgt=true"),
            ("common", "&tgt=true"),
            (TENANT, "&windows_api_version=2.2"),
        ] {
            let (status, response) = ask(tenant, &form(UPN, "Passw0rd!", more));
            assert_eq!(status, 200, "{response}");
            let tgt: Value = serde_json::from_str(response["tgt_cloud"].as_str().unwrap()).unwrap();
            assert_eq!((&tgt["keyType"], &tgt["cn"]), (&json!(18), &json!(UPN)));
        }
    }

    #[test]
    fn the_third_version_of_the_protocol_has_tickets_unless_the_switch_says_otherwise() {
        let without = demo_with(|b| b.assumptions(|a| a.prt_v3_gets_tickets = false));
        for (version, told) in [("3.0", false), ("4.0", false), ("2.9", true), ("x", true)] {
            let more = format!("&tgt=true&prt_protocol_version={version}");
            let form = form(UPN, "Passw0rd!", &more);
            let (status, response) = ask(TENANT, &form);
            assert_eq!((status, response["tgt_cloud"].is_string()), (200, true));
            let answer = without.answer_token_request(TENANT, form.as_bytes(), NOW);
            let response: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(
                (answer.status, response["tgt_cloud"].is_string()),
                (200, told)
            );
            assert!(response["refresh_token"].is_string(), "{response}");
        }
    }

    #[test]
    fn everything_else_is_answered_with_its_number() {
        let right = form(UPN, "Passw0rd!", "&tgt=true");
        for (form, code) in [
            (form(UPN, "wrong", "&tgt=true"), 50126),
            (form("nobody@contoso.com", "x", "&tgt=true"), 50034),
            (right.replace("jwt-bearer", "saml"), 70003),
            (right.replace("request=", "other="), 900_144),
            (right.replace('.', ""), 50027),
            (String::new(), 900_144),
        ] {
            let (status, refused) = ask(TENANT, &form);
            assert_eq!(status, 400);
            assert_eq!(refused["error_codes"], json!([code]), "{refused}");
            let text = refused["error_description"].as_str().unwrap();
            assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
            assert!(!text.contains("Passw0rd!"));
        }
    }
}
