//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use kerberos_core::assigned::EncryptionType;
use kerberos_core::preauth::pkinit::AgreementGroup;
use kkdcp_client::{EntraCloud, HostMapping};

use crate::secret::CLIENT_KEYTAB;

/// Kerberos tickets over KDC proxies, UDP and TCP.
///
/// Works on the same credential caches and krb5.conf as MIT's kinit, kvno and klist, and reaches
/// KDCs directly or through KDC proxies over HTTPS, such as that of a Microsoft Entra tenant.
#[derive(Debug, Parser)]
#[command(name = "kkdcp", version, after_help = EXAMPLES, after_long_help = LONG_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Global {
    /// Credential cache: FILE:PATH or PATH [default: default_ccache_name of krb5.conf, else
    /// FILE:/tmp/krb5cc_UID]
    #[arg(
        long,
        short = 'c',
        global = true,
        value_name = "CACHE",
        env = "KRB5CCNAME"
    )]
    pub(crate) cache: Option<String>,

    /// krb5.conf, or a list of files and directories separated by colons [default:
    /// /etc/krb5.conf]
    #[arg(
        long,
        global = true,
        value_name = "FILES",
        env = "KRB5_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<String>,

    /// Reach KERBEROS.MICROSOFTONLINE.COM through the KDC proxy of this Microsoft Entra tenant:
    /// its GUID or one of its domain names
    #[arg(long, global = true, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,

    /// The Microsoft cloud of --tenant: public, usgov or china
    #[arg(
        long,
        global = true,
        value_name = "CLOUD",
        default_value = "public",
        requires = "tenant"
    )]
    pub(crate) cloud: EntraCloud,

    /// Reach REALM (or .suffix, or *) through a KDC proxy, given as a URL or as a Windows policy
    /// value such as `<https HOST:443:PATH />`; may be repeated
    #[arg(long, global = true, value_name = "REALM=PROXY")]
    pub(crate) proxy: Vec<String>,

    /// Services on these hosts are in REALM, whatever krb5.conf and a sign-in say: a list such as
    /// host.example;.suffix, as in Windows' policy for host names; may be repeated
    #[arg(long, global = true, value_name = "REALM=HOSTS")]
    pub(crate) host_realm: Vec<HostMapping>,

    /// Leave aside the cloud ticket-granting ticket of a sign-in and what came of it, as Windows
    /// does where retrieving it is not allowed: ask as the user of the domain
    #[arg(long, global = true)]
    pub(crate) no_cloud: bool,

    /// Trust only the authorities in this PEM file for --tenant and --proxy [default:
    /// http_anchors of the realm in krb5.conf, else what the system trusts]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,

    /// Accept any certificate from the proxies of --tenant and --proxy
    #[arg(long, global = true, conflicts_with = "ca_file")]
    pub(crate) danger_accept_any_certificate: bool,

    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Say on standard error, or in FILE, what is sent where and what comes back
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "KRB5_TRACE",
        hide_env_values = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "/dev/stderr"
    )]
    pub(crate) trace: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Get a ticket-granting ticket with a password or a keytab
    Kinit(Kinit),
    /// Get service tickets and print the version of the services' keys
    Kvno(Kvno),
    /// Put the tickets that came with a Microsoft Entra sign-in into the credential cache
    Import(Import),
    /// Refresh the token of a Microsoft Entra sign-in and put the tickets that come with it into
    /// the credential cache, as dsregcmd /RefreshPrt does
    Refresh(Refresh),
    /// Exchange the partial ticket-granting ticket that came with a sign-in, or from a read-only
    /// domain controller, for a full one at the user's domain
    FullTgt(FullTgt),
    /// List the tickets in the credential cache
    Klist(Klist),
    /// Show the state of a sign-in: which tickets there are for the cloud realm and how it is
    /// reached, as dsregcmd and klist cloud_debug do
    Status(Status),
    /// Destroy the credential cache
    Kdestroy,
}

#[derive(Debug, Args)]
pub(crate) struct Kinit {
    /// USER@REALM; without @REALM the default_realm of krb5.conf; with --keytab the keytab's
    /// first principal when left out; with --renew that of the cache
    #[arg(required_unless_present_any = ["keytab", "renew"])]
    pub(crate) principal: Option<String>,

    /// Read the password from the first line of FILE; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "keytab")]
    pub(crate) password_file: Option<PathBuf>,

    /// Use the principal's key from this keytab instead of a password
    #[arg(
        long,
        short = 't',
        value_name = "FILE",
        env = CLIENT_KEYTAB,
        hide_env = true
    )]
    pub(crate) keytab: Option<String>,

    /// Log on with this certificate in PEM form (PKINIT), instead of a password
    #[arg(
        long,
        short = 'C',
        value_name = "FILE",
        requires = "anchors",
        conflicts_with_all = ["password_file", "renew"]
    )]
    pub(crate) certificate: Option<PathBuf>,

    /// The certificate's private key, if it is in another file
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) private_key: Option<PathBuf>,

    /// The authorities that may have issued the KDC's certificate, in PEM form
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) anchors: Option<PathBuf>,

    /// Take a KDC's certificate for this host, too; it has to name the realm otherwise. May be
    /// repeated
    #[arg(long, value_name = "HOST", requires = "certificate")]
    pub(crate) kdc_host: Vec<String>,

    /// Agree on the key in this group only: 2048, 4096 (bits), P-256, P-384, P-521 (curves), or
    /// 1024. May be repeated, the one to begin with first. All but 1024 by default
    #[arg(long, value_name = "GROUP", requires = "certificate")]
    pub(crate) dh_group: Vec<AgreementGroup>,

    /// Treat the name as an enterprise name, USER@UPN-SUFFIX, to be found by the default realm
    #[arg(long, short = 'E')]
    pub(crate) enterprise: bool,

    /// Ask for this lifetime, such as 10h or 1d12h
    #[arg(long, short = 'l', value_name = "TIME", value_parser = duration)]
    pub(crate) lifetime: Option<Duration>,

    /// Ask for a ticket that can be renewed for this long
    #[arg(long, short = 'r', value_name = "TIME", value_parser = duration)]
    pub(crate) renewable: Option<Duration>,

    /// Ask for a forwardable ticket
    #[arg(long, short = 'f', overrides_with = "not_forwardable")]
    pub(crate) forwardable: bool,

    /// Do not ask for a forwardable ticket
    #[arg(long, short = 'F')]
    pub(crate) not_forwardable: bool,

    /// Armor the exchange with the ticket-granting ticket in this cache, such as the machine's, and
    /// take no answer without armor (FAST)
    #[arg(long, short = 'T', value_name = "CACHE", conflicts_with = "renew")]
    pub(crate) armor: Option<String>,

    /// Renew the ticket-granting ticket in the cache
    #[arg(long, short = 'R', conflicts_with_all = ["password_file", "keytab"])]
    pub(crate) renew: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Kvno {
    /// Service names as they are registered, such as
    /// MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433, or host names with --service
    #[arg(required = true, value_name = "SPN")]
    pub(crate) services: Vec<String>,

    /// Take every argument for a host that offers this service class, such as cifs
    #[arg(long, short = 'S', value_name = "CLASS")]
    pub(crate) service: Option<String>,

    /// Where a host is named by its private endpoint, ask for its public name, under which the
    /// service is registered
    #[arg(long)]
    pub(crate) public_endpoint: bool,

    /// Print nothing but errors
    #[arg(long, short = 'q')]
    pub(crate) quiet: bool,

    /// Do not put the tickets into the cache
    #[arg(long)]
    pub(crate) no_store: bool,

    /// Armor the requests with the tickets that they present, and take no answer without armor
    /// (FAST)
    #[arg(long)]
    pub(crate) armor: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The JSON that the token endpoint sent for a refresh token with tgt=true, roadtx's file of
    /// it, or one ticket in that form, such as the KRB-CRED that MSAL hands out; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) prt_response: PathBuf,

    #[command(flatten)]
    pub(crate) key: SessionKey,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The response of a sign-in, or roadtx's file of it, whose refresh token counts: one that came
    /// without tickets is in no cache
    #[arg(long, value_name = "FILE")]
    pub(crate) prt_response: Option<PathBuf>,
}

/// Where the session key of a refresh token is.
#[derive(Debug, Args)]
pub(crate) struct SessionKey {
    /// The session key of the refresh token, in hexadecimal or base64, where the tickets' keys
    /// are wrapped under it
    #[arg(long, value_name = "FILE", conflicts_with = "unwrap_with")]
    pub(crate) session_key: Option<PathBuf>,

    /// Have COMMAND unwrap the session key (session_key_jwe) with the device's transport key: it
    /// reads the encrypted key and writes the key, such as `openssl pkeyutl -decrypt -inkey FILE
    /// -pkeyopt rsa_padding_mode:oaep`
    #[arg(long, value_name = "COMMAND")]
    pub(crate) unwrap_with: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Refresh {
    /// The response of the sign-in, or roadtx's file of it; the new response takes its place
    #[arg(long, value_name = "FILE")]
    pub(crate) prt_response: PathBuf,

    #[command(flatten)]
    pub(crate) key: SessionKey,
}

#[derive(Debug, Args)]
pub(crate) struct FullTgt {
    /// Ask for the user's long-term keys of these encryption types too, such as
    /// aes256-cts,aes128-cts,rc4-hmac: they are as good as the password
    #[arg(long, value_name = "ETYPES", value_parser = EtypeList::parse, requires = "key_output")]
    pub(crate) key_list: Option<EtypeList>,

    /// Add the keys to this keytab, as version 0: the domain does not tell theirs
    #[arg(
        long,
        short = 't',
        value_name = "FILE",
        requires = "key_list",
        group = "key_output"
    )]
    pub(crate) keytab: Option<String>,

    /// Print the keys, in hexadecimal
    #[arg(long, requires = "key_list", group = "key_output")]
    pub(crate) show_keys: bool,
}

/// Encryption types as a command line names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EtypeList(pub(crate) Vec<EncryptionType>);

impl EtypeList {
    /// Unlike a file that serves many programs, a command line has no names that are passed over.
    fn parse(text: &str) -> Result<Self, String> {
        let mut list = Vec::new();
        for word in text.split([',', ' ']) {
            let named = kkdcp_client::krb5_conf::parse_etypes(word);
            if named.is_empty() {
                return Err(format!("no encryption type is called {word:?}"));
            }
            list.extend(named);
        }
        Ok(Self(list))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Klist {
    /// Show flags: F forwardable, f forwarded, P proxiable, p proxy, D may be postdated,
    /// d postdated, R renewable, I initial, i invalid, A pre-authenticated, H by hardware,
    /// T transited policy checked, O delegation advised, a anonymous
    #[arg(long, short = 'f')]
    pub(crate) flags: bool,

    /// Show the encryption types of session key and ticket
    #[arg(long, short = 'e')]
    pub(crate) etypes: bool,

    /// List in the format of Windows' klist
    #[arg(long, conflicts_with_all = ["flags", "etypes", "silent"])]
    pub(crate) windows: bool,

    /// Print nothing; succeed when there is a usable ticket-granting ticket
    #[arg(long, short = 's', action = ArgAction::SetTrue)]
    pub(crate) silent: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    kkdcp_client::krb5_conf::parse_duration(text)
        .ok_or_else(|| "expected a time such as 3600, 10h or 1d12h".to_owned())
}

const EXAMPLES: &str = "\
Examples:
  kkdcp kinit alice@CONTOSO.COM
  kkdcp --tenant 11111111-2222-3333-4444-555555555555 \\
        kvno MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433
  kkdcp klist";

const LONG_HELP: &str = "\
Examples:
  kkdcp kinit alice@CONTOSO.COM
  kkdcp --tenant 11111111-2222-3333-4444-555555555555 \\
        kvno MSSQLSvc/mi01.0a1b2c3d4e5f.database.windows.net:1433
  kkdcp --proxy 'CONTOSO.COM=https://proxy.contoso.com/KdcProxy' kinit alice@CONTOSO.COM
  kkdcp --proxy 'CONTOSO.COM=<https proxy.contoso.com:443:KdcProxy />' kinit alice@CONTOSO.COM
  kkdcp kvno --service cifs account.file.core.windows.net
  kkdcp --host-realm 'CONTOSO.COM=own.file.core.windows.net;.corp.example' kvno cifs/own.file.core.windows.net
  kkdcp import --prt-response response.json --session-key session.key
  kkdcp refresh --prt-response response.json --session-key session.key
  kkdcp full-tgt --key-list aes256-cts --keytab alice.keytab
  kkdcp klist --json

A password is asked for on the terminal, or read with --password-file; it is never an argument.

Exit status, by what has to change:
  0  success
  1  this machine: a file or the terminal failed
  2  the command line
  3  the configuration: krb5.conf, a proxy, certificates, the keytab, the kind of cache
  4  the client: wrong password, unknown or locked user, no usable ticket
  5  the service: unknown name, or refused by policy
  6  the network: no KDC or proxy could be asked
  7  the KDC: it broke the protocol or refused for a reason of its own
  8  the clock";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn common_options_go_before_or_after_the_command() {
        let before = parse("kkdcp --json --trace --proxy R=https://p/k kvno a/b c/d").unwrap();
        let after = parse("kkdcp kvno a/b c/d --json --trace --proxy R=https://p/k").unwrap();
        for arguments in [before, after] {
            assert!(arguments.global.json && arguments.global.trace.is_some());
            assert_eq!(arguments.global.proxy.len(), 1);
            let Command::Kvno(kvno) = arguments.command else {
                panic!("{arguments:?}")
            };
            assert_eq!(kvno.services, ["a/b", "c/d"]);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "kkdcp kinit",
            "kkdcp kvno",
            "kkdcp kinit a@R --password secret",
            "kkdcp kinit a@R --renew --keytab k",
            "kkdcp kinit a@R -l soon",
            "kkdcp --cloud mars --tenant x.y klist",
            "kkdcp --host-realm R klist",
            "kkdcp --danger-accept-any-certificate --ca-file f klist",
            "kkdcp refresh",
            "kkdcp import --prt-response f --session-key k --unwrap-with c",
            "kkdcp full-tgt --key-list aes256-cts",
            "kkdcp full-tgt --key-list no-such-type --keytab k",
            "kkdcp full-tgt --show-keys",
            "kkdcp full-tgt --keytab k",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        assert!(parse("kkdcp kinit --keytab k").is_ok());
        assert!(parse("kkdcp kinit --renew").is_ok());
        assert!(parse("kkdcp full-tgt").is_ok());
        assert!(parse("kkdcp --json full-tgt --key-list rc4-hmac --show-keys").is_ok());
        assert!(parse("kkdcp full-tgt --key-list aes256-cts,rc4 --keytab k").is_ok());
    }
}
