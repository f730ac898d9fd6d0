//! Who issues the tokens: a setting of the caller, compared letter by letter.

use url::{Host, Url};

use crate::http::excerpt;
use crate::token::TokenHost;

/// Whose claims the tokens have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerKind {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
}

/// An identity provider, and where the repositories are that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    url: String,
    /// Where it is reached, if that is not its URL.
    address: Option<String>,
    server_url: String,
    kind: IssuerKind,
    token_hosts: Vec<TokenHost>,
}

/// Why something names no issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// An issuer is an `https` URL (`http` on loopback) as browsers write it, without slash at the end, query,
    /// fragment, user name and password: any other spelling would be another issuer.
    #[error("not the URL of an issuer or server: \"{found}\"")]
    Url {
        /// What it is.
        found: String,
    },
    /// An enterprise's or a tenant's name has letters, digits and hyphens only.
    #[error("not a name of an enterprise or tenant: \"{found}\"")]
    Name {
        /// What it is.
        found: String,
    },
}

impl IssuerError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } => "issuer-url",
            Self::Name { .. } => "issuer-name",
        }
    }
}

impl Issuer {
    /// GitHub Actions on github.com.
    #[must_use]
    pub fn github() -> Self {
        Self {
            url: "https://token.actions.githubusercontent.com".to_owned(),
            address: None,
            server_url: "https://github.com".to_owned(),
            kind: IssuerKind::GitHub,
            token_hosts: vec![TokenHost::github()],
        }
    }

    /// GitHub Actions on github.com, of an enterprise that has its own issuer there.
    ///
    /// # Errors
    /// [`IssuerError::Name`].
    pub fn github_enterprise(slug: &str) -> Result<Self, IssuerError> {
        let slug = name(slug)?;
        let mut issuer = Self::github();
        issuer.url = format!("{}/{slug}", issuer.url);
        Ok(issuer)
    }

    /// GitHub Actions of a tenant of ghe.com.
    ///
    /// # Errors
    /// [`IssuerError::Name`].
    pub fn github_tenant(tenant: &str) -> Result<Self, IssuerError> {
        let tenant = name(tenant)?;
        Ok(Self {
            url: format!("https://token.actions.{tenant}.ghe.com"),
            address: None,
            server_url: format!("https://{tenant}.ghe.com"),
            kind: IssuerKind::GitHub,
            token_hosts: vec![TokenHost::Below(format!("actions.{tenant}.ghe.com"))],
        })
    }

    /// GitHub Actions of the server with this address: github.com, a tenant's, or a GitHub Enterprise Server.
    ///
    /// Take the address from a setting and not from `GITHUB_SERVER_URL`: it decides whom to believe.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn github_server(server_url: &str) -> Result<Self, IssuerError> {
        let url = checked(server_url)?;
        let host = url.host_str().unwrap_or_default();
        if server_url == "https://github.com" {
            return Ok(Self::github());
        }
        if let Some(tenant) = host.strip_suffix(".ghe.com") {
            return match Self::github_tenant(tenant) {
                Ok(issuer) if issuer.server_url == server_url => Ok(issuer),
                _ => Err(not_a_url(server_url)),
            };
        }
        if url.path() != "/" || matches!(host, "github.com" | "ghe.com") {
            return Err(not_a_url(server_url));
        }
        Ok(Self {
            url: format!("{server_url}/_services/token"),
            address: None,
            server_url: server_url.to_owned(),
            kind: IssuerKind::GitHub,
            token_hosts: vec![TokenHost::Exactly(host.to_owned())],
        })
    }

    /// GitLab CI of the instance with this address.
    ///
    /// # Errors
    /// [`IssuerError::Url`].
    pub fn gitlab(url: &str) -> Result<Self, IssuerError> {
        Self::custom(IssuerKind::GitLab, url, url)
    }

    /// An issuer at an address of its own, such as the sandbox's.
    ///
    /// # Errors
    /// [`IssuerError::Url`].
    pub fn custom(kind: IssuerKind, url: &str, server_url: &str) -> Result<Self, IssuerError> {
        let host = checked(url)?.host_str().unwrap_or_default().to_owned();
        checked(server_url)?;
        Ok(Self {
            url: url.to_owned(),
            address: None,
            server_url: server_url.to_owned(),
            kind,
            token_hosts: vec![TokenHost::Exactly(host)],
        })
    }

    /// The same issuer, reached on this machine: for tests in which something stands in for it.
    ///
    /// # Errors
    /// [`IssuerError::Url`], also where the address is not one of loopback: what another machine says under an issuer's
    /// name is not the issuer's.
    pub fn reached_at(self, address: &str) -> Result<Self, IssuerError> {
        let url = checked(address)?;
        if !is_loopback(&url) {
            return Err(not_a_url(address));
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self {
            address: Some(address.to_owned()),
            token_hosts: vec![TokenHost::Exactly(host)],
            ..self
        })
    }

    /// Returns the URL, as `iss` has it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns where it is reached: at its URL, unless something [stands in](Self::reached_at) for it.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.url)
    }

    /// Returns where the repositories are.
    #[must_use]
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Returns whose claims the tokens have.
    #[must_use]
    pub fn kind(&self) -> IssuerKind {
        self.kind
    }

    /// Returns the hosts at which tokens of this issuer are asked for.
    #[must_use]
    pub fn token_hosts(&self) -> &[TokenHost] {
        &self.token_hosts
    }
}

fn name(text: &str) -> Result<&str, IssuerError> {
    // 64: longer than GitHub's own limit of 39.
    let good = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-');
    good.then_some(text).ok_or_else(|| IssuerError::Name {
        found: excerpt(text, 64),
    })
}

fn not_a_url(text: &str) -> IssuerError {
    IssuerError::Url {
        found: excerpt(text, 200),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn checked(text: &str) -> Result<Url, IssuerError> {
    let url = Url::parse(text).map_err(|_| not_a_url(text))?;
    let scheme = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
    let bare = url.username().is_empty() && url.password().is_none();
    let bare = bare && url.query().is_none() && url.fragment().is_none();
    // The parser writes lower case, no usual port, no dot segments; and a slash where there is no path.
    let written = url.as_str();
    let as_written = written == text || url.path() == "/" && written.strip_suffix('/') == Some(text);
    if scheme && bare && as_written && !text.ends_with('/') {
        Ok(url)
    } else {
        Err(not_a_url(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_its_issuer() {
        for (server, issuer) in [
            (
                "https://github.com",
                "https://token.actions.githubusercontent.com",
            ),
            ("https://octo.ghe.com", "https://token.actions.octo.ghe.com"),
            (
                "https://git.example.com",
                "https://git.example.com/_services/token",
            ),
            (
                "https://git.example.com:8443",
                "https://git.example.com:8443/_services/token",
            ),
        ] {
            let found = Issuer::github_server(server).unwrap();
            assert_eq!((found.url(), found.server_url()), (issuer, server));
        }
        assert_eq!(
            Issuer::github_enterprise("octo-corp").unwrap().url(),
            "https://token.actions.githubusercontent.com/octo-corp"
        );
        let gitlab = Issuer::gitlab("https://gitlab.com").unwrap();
        assert_eq!(
            (gitlab.url(), gitlab.server_url()),
            ("https://gitlab.com", "https://gitlab.com")
        );
        assert_eq!(gitlab.kind(), IssuerKind::GitLab);
    }

    #[test]
    fn a_name_that_looks_like_githubs_is_another_server() {
        for server in [
            "https://github.com.evil",
            "https://githubxcom",
            "https://evil-github.com",
        ] {
            let issuer = Issuer::github_server(server).unwrap();
            assert_eq!(issuer.url(), format!("{server}/_services/token"));
        }
    }

    #[test]
    fn other_spellings_are_no_issuer() {
        for url in [
            "",
            "github.com",
            "http://github.com",
            "https://github.com/",
            "https://GitHub.com",
            "https://github.com:443",
            "https://github.com?x",
            "https://github.com#x",
            "https://user@github.com",
            "https://example.com/a/../b",
            "https://example.com/a/",
            " https://example.com",
        ] {
            assert_eq!(Issuer::gitlab(url), Err(not_a_url(url)), "{url}");
            assert_eq!(Issuer::github_server(url), Err(not_a_url(url)), "{url}");
        }
        assert!(Issuer::gitlab("https://example.com/b").is_ok());
        assert!(Issuer::gitlab("http://127.0.0.1:4000").is_ok());
        for url in [
            "https://ghe.com",
            "https://a.b.ghe.com",
            "https://octo.ghe.com:8443",
            "https://github.com:8443",
            "https://git.example.com/sub",
        ] {
            assert_eq!(Issuer::github_server(url), Err(not_a_url(url)), "{url}");
        }
    }

    #[test]
    fn what_stands_in_for_an_issuer_is_on_this_machine() {
        let issuer = Issuer::github().reached_at("http://127.0.0.1:4000/oidc").unwrap();
        assert_eq!(
            (issuer.url(), issuer.address()),
            (
                "https://token.actions.githubusercontent.com",
                "http://127.0.0.1:4000/oidc"
            )
        );
        assert_eq!(issuer.token_hosts(), [TokenHost::Exactly("127.0.0.1".to_owned())]);
        for address in [
            "https://example.com",
            "http://127.0.0.1.example.com",
            "https://10.0.0.1",
            "oidc",
        ] {
            assert_eq!(
                Issuer::github().reached_at(address),
                Err(not_a_url(address)),
                "{address}"
            );
        }
    }

    #[test]
    fn a_slug_is_one_segment() {
        for slug in ["", "a/b", "..", "a.b", "-a", "a b", "a?b"] {
            let found = slug.to_owned();
            assert_eq!(
                Issuer::github_enterprise(slug),
                Err(IssuerError::Name { found }),
                "{slug}"
            );
        }
    }
}
