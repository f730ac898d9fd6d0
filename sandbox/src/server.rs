//! All services on one port of loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::error::SandboxError;
use crate::fault::Faults;
use crate::github::GitHubApi;
use crate::oidc::{OidcIssuer, OidcService};
use crate::run::Run;
use crate::sandbox::{Instance, Sandbox};
use crate::seed::Seed;
use crate::service::{Shared, fulcio, rekor_v1, rekor_v2, timestamp};
use crate::trusted_root::signing_config;
use crate::tuf::{TufError, TufRepository};

/// What a job shows to get its identity token, and GitHub's API to store: no secrets, they are known to everybody.
const REQUEST_TOKEN: &str = "sandbox-request-token";
const GITHUB_TOKEN: &str = "sandbox-github-token";

/// What a server is made of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerOptions {
    /// The seed of all keys.
    pub seed: Seed,
    /// The time.
    pub clock: Clock,
    /// The run that asks for tokens.
    pub run: Run,
    /// The issuer that tokens and certificates name, where it is not to be the sandbox's own.
    pub issuer: Option<String>,
    /// The port; 0 for one that is free.
    pub port: u16,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            seed: Seed::new("slsa-sandbox"),
            clock: Clock::System,
            run: Run::default(),
            issuer: None,
            port: 0,
        }
    }
}

/// Why a server did not start, or its files were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The port, a thread or a file cannot be had.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The sandbox cannot be made.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The trust roots cannot be published.
    #[error(transparent)]
    Tuf(#[from] TufError),
}

/// A running sandbox. It ends when this value is dropped.
pub struct Server {
    url: String,
    sandbox: Arc<Sandbox>,
    issuer: OidcIssuer,
    oidc: OidcService,
    github: GitHubApi,
    tuf: TufRepository,
    faults: Faults,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts all services, in threads of their own, on 127.0.0.1 and nowhere else.
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn start(options: ServerOptions) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let faults = Faults::new();
        let sandbox = Arc::new(Sandbox::new(options.seed.clone(), options.clock)?);
        let mut issuer = OidcIssuer::new(&options.seed, format!("{url}/oidc"));
        if let Some(name) = &options.issuer {
            issuer = issuer.standing_in_for(name);
        }
        let run = &options.run;
        let oidc = OidcService::new(issuer.clone(), options.clock, REQUEST_TOKEN, run.clone(), &faults);
        let github = GitHubApi::new(format!("{url}/github"), GITHUB_TOKEN, run, &faults);
        let targets = vec![
            (
                "trusted_root.json".to_owned(),
                bytes(&sandbox.trusted_root(Instance::Public)?),
            ),
            (
                "signing_config.v0.2.json".to_owned(),
                bytes(&config(&url, issuer.url(), Some(2))),
            ),
        ];
        let tuf = TufRepository::new(&options.seed, options.clock, targets)?;
        let shared = |instance| Shared {
            sandbox: Arc::clone(&sandbox),
            instance,
            faults: faults.clone(),
        };
        let (public, private) = (shared(Instance::Public), shared(Instance::Private));
        let fulcio = fulcio::router(&public, &issuer, &run.server_url);
        let router = Router::new()
            .nest("/oidc", oidc.router())
            .nest("/fulcio", fulcio.clone())
            // sigstore-python asks below the host, whatever path the signing config gives.
            .merge(fulcio)
            .nest("/rekor", rekor_v1::router(&public))
            .nest("/rekor2", rekor_v2::router(&public))
            .nest("/tsa", timestamp::router(&public))
            .nest(
                "/private/fulcio",
                fulcio::router(&private, &issuer, &run.server_url),
            )
            .nest("/private/tsa", timestamp::router(&private))
            .nest("/github", github.router())
            .nest("/tuf", tuf.router(&faults));
        let (stop, stopped) = oneshot::channel();
        let thread = serve(listener, router, stopped)?;
        Ok(Self {
            url,
            sandbox,
            issuer,
            oidc,
            github,
            tuf,
            faults,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Returns the URL below which all services are.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the same without HTTP.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Returns the issuer of tokens.
    #[must_use]
    pub fn issuer(&self) -> &OidcIssuer {
        &self.issuer
    }

    /// Returns the store of attestations.
    #[must_use]
    pub fn github(&self) -> &GitHubApi {
        &self.github
    }

    /// Returns the handle that makes services fail.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Gives tokens of this run from now on.
    pub fn set_run(&self, run: Run) {
        self.oidc.set_run(run);
    }

    /// Returns a token of the run for Sigstore.
    #[must_use]
    pub fn token(&self) -> String {
        self.issuer
            .token(&self.oidc.run(), "sigstore", self.sandbox.now())
    }

    /// Returns `trusted_root.json` of an instance.
    ///
    /// # Errors
    /// [`ServerError::Sandbox`].
    pub fn trusted_root(&self, instance: Instance) -> Result<String, ServerError> {
        Ok(self.sandbox.trusted_root(instance)?.to_string())
    }

    /// Returns the signing config: of the instance without logs, or of the other one with its log of version 1 or 2.
    #[must_use]
    pub fn signing_config(&self, log: Option<u32>) -> String {
        config(&self.url, self.issuer.url(), log).to_string()
    }

    /// Returns the environment variables of a job in the sandbox: those that GitHub's runner sets, as far as the
    /// sandbox knows them.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let run = self.oidc.run();
        vec![
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/oidc/token", self.url)),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", REQUEST_TOKEN.to_owned()),
            ("GITHUB_SERVER_URL", run.server_url.clone()),
            ("GITHUB_API_URL", format!("{}/github", self.url)),
            ("GITHUB_REPOSITORY", run.repository),
            ("GITHUB_TOKEN", GITHUB_TOKEN.to_owned()),
            ("SLSA_SANDBOX_URL", self.url.clone()),
            ("SLSA_SANDBOX_ISSUER", self.issuer.url().to_owned()),
            ("SLSA_SANDBOX_ISSUER_AT", self.issuer.address().to_owned()),
            ("SLSA_SANDBOX_TUF_URL", format!("{}/tuf", self.url)),
        ]
    }

    /// Writes what clients need into a folder: `trusted_root.json` and `signing_config.json`, each also for the
    /// instance without logs (`.private`), the signing config also for Rekor v1 (`.rekor-v1`), the first TUF root
    /// (`tuf_root.json`), and the environment (`sandbox.env`).
    ///
    /// # Errors
    /// [`ServerError`].
    pub fn write_files(&self, directory: &Path) -> Result<(), ServerError> {
        std::fs::create_dir_all(directory)?;
        let write = |name: &str, content: &[u8]| std::fs::write(directory.join(name), content);
        write(
            "trusted_root.json",
            self.trusted_root(Instance::Public)?.as_bytes(),
        )?;
        write(
            "trusted_root.private.json",
            self.trusted_root(Instance::Private)?.as_bytes(),
        )?;
        write("signing_config.json", self.signing_config(Some(2)).as_bytes())?;
        write(
            "signing_config.rekor-v1.json",
            self.signing_config(Some(1)).as_bytes(),
        )?;
        write(
            "signing_config.private.json",
            self.signing_config(None).as_bytes(),
        )?;
        write("tuf_root.json", self.tuf.root_json())?;
        let lines = self.environment();
        let lines: String = lines
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        Ok(write("sandbox.env", lines.as_bytes())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn config(url: &str, issuer: &str, log: Option<u32>) -> serde_json::Value {
    match log {
        None => signing_config(
            issuer,
            &format!("{url}/private/fulcio"),
            None,
            &format!("{url}/private/tsa/api/v1/timestamp"),
        ),
        Some(version) => {
            let rekor = if version == 2 {
                format!("{url}/rekor2")
            } else {
                format!("{url}/rekor")
            };
            signing_config(
                issuer,
                &format!("{url}/fulcio"),
                Some((&rekor, version)),
                &format!("{url}/tsa/api/v1/timestamp"),
            )
        }
    }
}

fn bytes(json: &serde_json::Value) -> Vec<u8> {
    json.to_string().into_bytes()
}

/// Serves until told to stop. What is still being answered then, slowly or for ever, is cut off.
fn serve(
    listener: TcpListener,
    router: Router,
    stopped: oneshot::Receiver<()>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let listener = {
        let _guard = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    thread::Builder::new()
        .name("slsa-sandbox".to_owned())
        .spawn(move || {
            runtime.block_on(async move {
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })
}
