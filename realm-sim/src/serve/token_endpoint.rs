//! The token endpoint of a tenant, as far as sign-ins with a password and `tgt=true` go.
//!
//! A simulation in two ways: nobody verifies the signature of the request, since there is no
//! device whose key could be known, and the client key comes plain, since there is no transport
//! key to wrap a session key with.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hyper::StatusCode;
use kerberos_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::admin::Password;
use crate::entra::{SignInError, TokenRequest};
use crate::forest::Forest;
use crate::kdc::CloudTgtError;

/// The parts of the path behind the tenant, of both versions.
const PATHS: [&str; 2] = ["oauth2/token", "oauth2/v2.0/token"];

/// What stands for the tenant of whoever signs in.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

/// The grant type of requests in a JWT (RFC 7523 §2.1).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The version of the API from which tickets come unasked.
const VERSION_WITH_TICKETS: &str = "2.2";

/// Base64 of JWTs; some writers pad it.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Whether this part of a path, behind the tenant, is the endpoint's.
pub(super) fn is_path(rest: &str) -> bool {
    PATHS.iter().any(|path| path.eq_ignore_ascii_case(rest))
}

/// Whether this part of a path is a tenant, or stands for all.
pub(super) fn is_tenant(id: &str, forest: &Forest) -> bool {
    is_any(id) || forest.tenant(id).is_some()
}

fn is_any(id: &str) -> bool {
    ANY_TENANT.iter().any(|any| any.eq_ignore_ascii_case(id))
}

/// The payload of the JWT.
#[derive(Deserialize)]
struct Claims {
    username: String,
    password: Password,
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
            SignInError::User(CloudTgtError::UnknownTenant) => ("invalid_request", 90002),
            SignInError::User(CloudTgtError::UnknownUser { .. }) => ("invalid_grant", 50034),
            SignInError::User(CloudTgtError::Refused { .. }) => ("invalid_grant", 50057),
            _ => ("server_error", 90033),
        };
        Self::new(kind, code, &error.to_string())
    }
}

/// Status and JSON of the response to a form.
pub(super) fn answer(
    tenant: &str,
    form: &[u8],
    forest: &Forest,
    now: Timestamp,
) -> (StatusCode, String) {
    let answered = sign_in(tenant, form, forest, now).map(|json| (StatusCode::OK, json));
    answered.unwrap_or_else(|refused| {
        tracing::debug!(why = refused.error_description, "no sign-in");
        let json = serde_json::to_string(&refused).unwrap_or_default();
        (StatusCode::BAD_REQUEST, json)
    })
}

fn sign_in(tenant: &str, form: &[u8], forest: &Forest, now: Timestamp) -> Result<String, Refused> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(form);
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    };
    let missing = |name| {
        let why = format!("the request body must contain the parameter '{name}'");
        Refused::invalid(900_144, &why)
    };
    if value("grant_type").ok_or_else(|| missing("grant_type"))? != JWT_BEARER {
        let why = "only requests in a JWT are simulated";
        return Err(Refused::new("unsupported_grant_type", 70003, why));
    }
    let wants_tgt = value("tgt").is_some_and(|tgt| tgt.eq_ignore_ascii_case("true"));
    let has_tickets = value("windows_api_version").is_some_and(|v| v == VERSION_WITH_TICKETS);
    if !wants_tgt && !has_tickets {
        let why = "only sign-ins with tgt=true are simulated";
        return Err(Refused::invalid(900_144, why));
    }
    let request = value("request").ok_or_else(|| missing("request"))?;
    let claims = claims(&request).ok_or_else(|| {
        let why = "the request is no JWT with username and password";
        Refused::invalid(50027, why)
    })?;
    let mut wish = TokenRequest::new(&claims.username);
    wish.tenant = (!is_any(tenant)).then(|| tenant.to_owned());
    let password = claims.password.expose();
    let sign_in = forest.sign_in_with_password(&wish, password, now)?;
    let json = serde_json::to_string(&sign_in.response).map_err(SignInError::from);
    json.map_err(Refused::from)
}

fn claims(jwt: &str) -> Option<Claims> {
    let mut parts = jwt.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    serde_json::from_slice(&URL_SAFE.decode(payload).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::kdc::tests::{NOW, TENANT, demo};

    const UPN: &str = "alice@contoso.com";

    fn form(user: &str, password: &str, more: &str) -> String {
        let payload = json!({ "username": user, "password": password }).to_string();
        let jwt = ["{\"alg\":\"RS256\"}", &payload, "unsigned"].map(|part| URL_SAFE.encode(part));
        let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        let jwt = jwt.join(".").replace('=', "%3D");
        format!("{grant}&client_info=1&request={jwt}{more}")
    }

    fn ask(tenant: &str, form: &str) -> (StatusCode, Value) {
        let (status, body) = answer(tenant, form.as_bytes(), &demo(), NOW);
        (status, serde_json::from_str(&body).unwrap())
    }

    #[test]
    fn the_right_password_is_answered_with_a_tgt() {
        for (tenant, more) in [
            (TENANT, "&tgt=true"),
            ("common", "&tgt=true"),
            (TENANT, "&windows_api_version=2.2"),
        ] {
            let (status, response) = ask(tenant, &form(UPN, "Passw0rd!", more));
            assert_eq!(status, StatusCode::OK, "{response}");
            let tgt: Value = serde_json::from_str(response["tgt_cloud"].as_str().unwrap()).unwrap();
            assert_eq!((&tgt["keyType"], &tgt["cn"]), (&json!(18), &json!(UPN)));
        }
    }

    #[test]
    fn everything_else_is_answered_with_its_number() {
        let right = form(UPN, "Passw0rd!", "&tgt=true");
        for (form, code) in [
            (form(UPN, "wrong", "&tgt=true"), 50126),
            (form("nobody@contoso.com", "x", "&tgt=true"), 50034),
            (form(UPN, "Passw0rd!", ""), 900_144),
            (right.replace("jwt-bearer", "saml"), 70003),
            (right.replace("request=", "other="), 900_144),
            (right.replace('.', ""), 50027),
            (String::new(), 900_144),
        ] {
            let (status, refused) = ask(TENANT, &form);
            assert_eq!(status, StatusCode::BAD_REQUEST);
            assert_eq!(refused["error_codes"], json!([code]), "{refused}");
            let text = refused["error_description"].as_str().unwrap();
            assert!(text.starts_with(&format!("AADSTS{code}: ")), "{text}");
            assert!(!text.contains("Passw0rd!"));
        }
    }
}
