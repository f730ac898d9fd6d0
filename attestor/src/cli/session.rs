//! Who signs, where, and as which run: from the arguments and the environment to what the library takes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jiff::Timestamp;
use sigstore_trust_root::SigstoreInstance;
use slsa_verifier::{EmbeddedRoot, TrustRoot};
use zeroize::Zeroizing;

use super::Terminal;
use super::args::{CommonArgs, InstanceChoice, RunArgs, SigningArgs};
use super::failure::Failure;
use crate::claims::Claims;
use crate::context::{AUDIENCE, Context, ContextRules, LogVisibility, RunnerRule, SignerWorkflow};
use crate::http::{Http, HttpOptions, Secret};
use crate::oidc::{Issuer, IssuerKind, discover, verify_token};
use crate::sign::{KeyFile, LogVersion, Services, Signer};
use crate::token::{Environment, TokenHost, TokenSource};

/// Bytes of a configuration file: 4 MiB, as for a trust root.
const MAX_CONFIGURATION_BYTES: usize = 4 << 20;

/// The environment of a job: the process's, or the sandbox's.
pub(crate) struct Variables {
    of_process: fn(&str) -> Option<String>,
    of_sandbox: BTreeMap<&'static str, String>,
}

impl Environment for Variables {
    fn get(&self, name: &str) -> Option<String> {
        let found = self.of_sandbox.get(name).cloned();
        found
            .or_else(|| (self.of_process)(name))
            .filter(|value| !value.is_empty())
    }
}

/// A run that may be attested, and who signs for it.
pub(crate) struct Session {
    pub(crate) context: Context,
    pub(crate) http: Http,
    pub(crate) signing: Signing,
    pub(crate) variables: Variables,
    /// Lives as long as its services are needed.
    #[cfg(feature = "sandbox")]
    pub(crate) sandbox: Option<slsa_sandbox::Server>,
}

/// With what is signed.
pub(crate) enum Signing {
    /// A certificate for the run.
    Keyless(Box<Signer>),
    /// A key of one's own.
    Key(KeyFile),
}

impl Session {
    /// Gets and judges the token, and chooses the instance that fits the run.
    pub(crate) fn open(
        args: &CommonArgs,
        of_process: fn(&str) -> Option<String>,
        terminal: &mut Terminal<'_>,
    ) -> Result<Self, Failure> {
        let http = http(&args.signing)?;
        #[cfg(feature = "sandbox")]
        let sandbox = if args.signing.sandbox {
            Some(start_sandbox(terminal)?)
        } else {
            None
        };
        #[cfg(not(feature = "sandbox"))]
        let _ = terminal;
        let variables = Variables {
            of_process,
            #[cfg(feature = "sandbox")]
            of_sandbox: sandbox
                .iter()
                .flat_map(slsa_sandbox::Server::environment)
                .collect(),
            #[cfg(not(feature = "sandbox"))]
            of_sandbox: BTreeMap::new(),
        };
        let issuer = match variables.of_sandbox.get("SLSA_SANDBOX_ISSUER") {
            Some(url) => {
                let server = variables.get("GITHUB_SERVER_URL").unwrap_or_default();
                Issuer::custom(IssuerKind::GitHub, url, &server)?
            }
            None => issuer(&args.run)?,
        };
        let source = token_source(&args.run, &issuer, &variables)?;
        let rules = rules(&args.run)?;
        let token = source.token(&http, AUDIENCE).map_err(crate::ContextError::from)?;
        let jwks = discover(&http, &issuer).map_err(crate::ContextError::from)?;
        // The instance depends on who the repository's name may be told to, which the token says.
        let claims = verify_token(&token, &issuer, AUDIENCE, &jwks, Timestamp::now());
        let claims = claims.map_err(crate::ContextError::from)?;
        let signing = signing(
            args,
            &claims,
            &http,
            &variables,
            &sandbox_files(
                #[cfg(feature = "sandbox")]
                sandbox.as_ref(),
            )?,
        )?;
        let visibility = match &signing {
            Signing::Keyless(signer) if signer.services().log.is_some() => LogVisibility::Public,
            _ => LogVisibility::None,
        };
        let context = Context::of_token(token, &issuer, &jwks, &rules, visibility, Timestamp::now())?;
        Ok(Self {
            context,
            http,
            signing,
            variables,
            #[cfg(feature = "sandbox")]
            sandbox,
        })
    }
}

/// Trust root and signing config of the sandbox, where there is one.
type SandboxFiles = Option<(String, String)>;

#[cfg(feature = "sandbox")]
fn sandbox_files(sandbox: Option<&slsa_sandbox::Server>) -> Result<SandboxFiles, Failure> {
    let Some(sandbox) = sandbox else { return Ok(None) };
    let root = sandbox.trusted_root(slsa_sandbox::Instance::Public)?;
    Ok(Some((root, sandbox.signing_config(Some(2)))))
}

#[cfg(not(feature = "sandbox"))]
#[allow(clippy::unnecessary_wraps, reason = "as with the feature")]
fn sandbox_files() -> Result<SandboxFiles, Failure> {
    Ok(None)
}

/// Starts a sandbox with keys that nobody knows, and says so.
#[cfg(feature = "sandbox")]
pub(crate) fn start_sandbox(terminal: &mut Terminal<'_>) -> Result<slsa_sandbox::Server, Failure> {
    use slsa_sandbox::{Seed, Server, ServerOptions};
    let mut seed = [0; 32];
    aws_lc_rs::rand::fill(&mut seed).map_err(|_| crate::SignError::Key)?;
    let mut options = ServerOptions::default();
    options.seed = Seed::new(seed);
    options.run = sandbox_run();
    let server = Server::start(options)?;
    terminal.say(&format!(
        "sandbox: a Sigstore of its own at {}, which nobody trusts; the run is made up",
        server.url()
    ))?;
    Ok(server)
}

/// The run that a sandbox makes up: a release of an example by a reusable workflow that signs in a job of its own.
#[cfg(feature = "sandbox")]
fn sandbox_run() -> slsa_sandbox::Run {
    let mut run = slsa_sandbox::Run::default();
    run.git_ref = "refs/tags/v1.2.3".to_owned();
    run.reusable_workflow = Some(slsa_sandbox::ReusableWorkflow::new(
        "slsa-sandbox/builder/.github/workflows/build.yml@refs/tags/v1.0.0",
        "b".repeat(40),
    ));
    run
}

fn http(args: &SigningArgs) -> Result<Http, Failure> {
    let roots = args.ca_certificates.as_deref();
    Ok(Http::new(HttpOptions {
        proxy: args.proxy.as_deref().map(Secret::new),
        extra_roots: roots
            .map(|path| read(path, MAX_CONFIGURATION_BYTES))
            .transpose()?,
        ..HttpOptions::default()
    })?)
}

fn issuer(args: &RunArgs) -> Result<Issuer, Failure> {
    if let (Some(url), Some(server)) = (&args.issuer, &args.server_url) {
        let issuer = Issuer::custom(IssuerKind::GitHub, url, server)?;
        return Ok(match &args.issuer_at {
            Some(address) => issuer.reached_at(address)?,
            None => issuer,
        });
    }
    if let Some(url) = &args.gitlab {
        return Ok(Issuer::gitlab(url)?);
    }
    let Some(text) = &args.github else {
        return Ok(Issuer::github());
    };
    Ok(match text.split_once(':') {
        Some(("enterprise", slug)) => Issuer::github_enterprise(slug)?,
        Some(("tenant", tenant)) => Issuer::github_tenant(tenant)?,
        _ => Issuer::github_server(text)?,
    })
}

fn token_source(args: &RunArgs, issuer: &Issuer, variables: &Variables) -> Result<TokenSource, Failure> {
    Ok(match (&args.token_variable, &args.token_file) {
        (Some(name), _) => TokenSource::variable(variables, name)?,
        (None, Some(path)) => TokenSource::file(path)?,
        (None, None) => {
            let mut hosts = issuer.token_hosts().to_vec();
            if !variables.of_sandbox.is_empty() {
                hosts.push(TokenHost::Exactly("127.0.0.1".to_owned()));
            }
            TokenSource::github(variables, &hosts)?
        }
    })
}

fn rules(args: &RunArgs) -> Result<ContextRules, Failure> {
    let mut rules = ContextRules::default().allow_events(args.events.iter().cloned());
    if args.allow_self_hosted {
        rules = rules.runner(RunnerRule::Any);
    }
    if args.allow_public_log {
        rules = rules.allow_public_log();
    }
    if let Some(workflow) = &args.signer_workflow {
        rules = rules.signer(SignerWorkflow::parse(workflow)?);
    }
    Ok(rules)
}

fn signing(
    args: &CommonArgs,
    claims: &Claims,
    http: &Http,
    variables: &Variables,
    sandbox: &SandboxFiles,
) -> Result<Signing, Failure> {
    let args = &args.signing;
    if let Some(path) = &args.key {
        let name = &args.key_password_variable;
        let password = variables
            .get(name)
            .map(Zeroizing::new)
            .ok_or_else(|| Failure::Variable { name: name.clone() })?;
        let pem = Zeroizing::new(read(path, KeyFile::MAX_BYTES)?);
        return Ok(Signing::Key(KeyFile::open(&pem, password.as_bytes())?));
    }
    let log = match args.rekor_version {
        Some(1) => Some(LogVersion::V1),
        Some(_) => Some(LogVersion::V2),
        None => None,
    };
    let now = Timestamp::now();
    let (services, root) = if let Some((root, config)) = sandbox {
        let root = TrustRoot::from_json("sandbox", root.as_bytes())?;
        (Services::from_signing_config(config, log, now)?, root)
    } else if let (Some(config), Some(root)) = (&args.signing_config, &args.trusted_root) {
        let config = read(config, MAX_CONFIGURATION_BYTES)?;
        let config = String::from_utf8_lossy(&config);
        let name = root.display().to_string();
        let root = TrustRoot::from_json(name, &read(root, MAX_CONFIGURATION_BYTES)?)?;
        (Services::from_signing_config(&config, log, now)?, root)
    } else if is_private(args.instance, claims) {
        (Services::github(), TrustRoot::embedded(EmbeddedRoot::GitHub)?)
    } else {
        let config = SigstoreInstance::PublicGood
            .embedded_signing_config_json()
            .unwrap_or_default();
        let root = TrustRoot::embedded(EmbeddedRoot::PublicGood)?;
        (Services::from_signing_config(config, log, now)?, root)
    };
    let http = clone_of(http, args)?;
    Ok(Signing::Keyless(Box::new(Signer::new(
        http,
        services,
        vec![root],
    )?)))
}

/// The signer has a client of its own, of the same options.
fn clone_of(_: &Http, args: &SigningArgs) -> Result<Http, Failure> {
    http(args)
}

fn is_private(instance: InstanceChoice, claims: &Claims) -> bool {
    match (instance, claims) {
        (InstanceChoice::Github, _) => true,
        (InstanceChoice::PublicGood, _) => false,
        (InstanceChoice::Auto, Claims::GitHub(claims)) => claims.repository_visibility != "public",
        // GitHub's instance is for GitHub's repositories.
        (InstanceChoice::Auto, Claims::GitLab(_)) => false,
    }
}

/// Reads a file that is not larger than it may be.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| Failure::file(path, &error))?;
    if bytes.len() > limit {
        return Err(Failure::FileTooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(bytes)
}
