//! Which services sign: from a signing config
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>, `SigningConfig` v0.2).

use jiff::Timestamp;
use sigstore_trust_root::SigningConfig;
use sigstore_trust_root::signing_config::{ServiceConfiguration, ServiceEndpoint, ServiceSelector};

/// Where GitHub's own instance is, for repositories that are not public. It has no log.
const GITHUB_FULCIO: &str = "https://fulcio.githubapp.com";
const GITHUB_TIMESTAMPS: &str = "https://timestamp.githubapp.com/api/v1/timestamp";

/// The services that a signature needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Services {
    /// The certificate authority's URL.
    pub fulcio: String,
    /// The log, if the instance has one.
    pub log: Option<LogService>,
    /// The timestamp authority's URL.
    pub timestamps: Option<String>,
}

/// A transparency log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogService {
    /// Its URL.
    pub url: String,
    /// Its version, which is another service, not another way to ask.
    pub version: LogVersion,
}

/// The versions of Rekor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogVersion {
    /// Version 1, which promises and signs the time.
    V1,
    /// Version 2, which needs a timestamp beside it.
    V2,
}

impl LogVersion {
    fn major(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }
}

/// Why no services can be taken from a signing config.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServicesError {
    /// It is not a signing config of version 0.2.
    #[error("not a signing config: {detail}")]
    Malformed {
        /// What the parser said.
        detail: String,
    },
    /// It names no service of this kind that is in use now.
    #[error("the signing config names no {kind} that is in use now and spoken to here")]
    Missing {
        /// The kind.
        kind: &'static str,
    },
    /// It demands more services of this kind at once than one.
    #[error("the signing config demands {selector} of its {kind}, and one is asked here")]
    Selector {
        /// The kind.
        kind: &'static str,
        /// What it demands.
        selector: String,
    },
}

impl ServicesError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "signing-config"
    }
}

impl Services {
    /// Returns GitHub's instance, which signs for repositories that are not public and logs nothing.
    #[must_use]
    pub fn github() -> Self {
        Self {
            fulcio: GITHUB_FULCIO.to_owned(),
            log: None,
            timestamps: Some(GITHUB_TIMESTAMPS.to_owned()),
        }
    }

    /// Chooses from a signing config what is in use now: the newest version of each service, or the log of the version
    /// that is asked for. A config without logs and with timestamps is one of an instance that logs nothing.
    ///
    /// # Errors
    /// [`ServicesError`].
    pub fn from_signing_config(
        json: &str,
        log: Option<LogVersion>,
        now: Timestamp,
    ) -> Result<Self, ServicesError> {
        let config = SigningConfig::from_json(json).map_err(|error| ServicesError::Malformed {
            detail: error.to_string(),
        })?;
        let fulcio = newest(&config.ca_urls, &[1], now).ok_or(ServicesError::Missing {
            kind: "certificate authority",
        })?;
        let versions: Vec<u32> = log.map_or(vec![1, 2], |version| vec![version.major()]);
        let chosen = newest(&config.rekor_tlog_urls, &versions, now);
        if chosen.is_none() && (log.is_some() || !config.rekor_tlog_urls.is_empty()) {
            return Err(ServicesError::Missing {
                kind: "transparency log",
            });
        }
        if chosen.is_some() {
            one_is_enough("transparency logs", &config.rekor_tlog_config)?;
        }
        let timestamps = newest(&config.tsa_urls, &[1], now);
        if timestamps.is_some() {
            one_is_enough("timestamp authorities", &config.tsa_config)?;
        }
        let log = chosen.map(|endpoint| LogService {
            url: base(&endpoint.url),
            version: if endpoint.major_api_version == 2 {
                LogVersion::V2
            } else {
                LogVersion::V1
            },
        });
        let needs_time = log.as_ref().is_none_or(|log| log.version == LogVersion::V2);
        if needs_time && timestamps.is_none() {
            return Err(ServicesError::Missing {
                kind: "timestamp authority",
            });
        }
        Ok(Self {
            fulcio: base(&fulcio.url),
            log,
            timestamps: timestamps.map(|endpoint| endpoint.url.clone()),
        })
    }
}

/// URLs are given with or without a slash at the end.
fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// Of the services in use, the one of the newest version, and of these the one that was put to use last.
fn newest<'a>(
    endpoints: &'a [ServiceEndpoint],
    versions: &[u32],
    now: Timestamp,
) -> Option<&'a ServiceEndpoint> {
    endpoints
        .iter()
        .filter(|endpoint| versions.contains(&endpoint.major_api_version))
        .filter(|endpoint| endpoint.valid_for.start <= now)
        .filter(|endpoint| endpoint.valid_for.end.is_none_or(|end| now <= end))
        .max_by_key(|endpoint| (endpoint.major_api_version, endpoint.valid_for.start))
}

fn one_is_enough(kind: &'static str, config: &ServiceConfiguration) -> Result<(), ServicesError> {
    match (config.selector, config.count) {
        (ServiceSelector::Any, _) | (ServiceSelector::Exact, Some(1)) => Ok(()),
        (selector, count) => Err(ServicesError::Selector {
            kind,
            selector: match count {
                Some(count) => format!("{selector:?} {count}"),
                None => format!("{selector:?}"),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn now() -> Timestamp {
        "2026-07-01T00:00:00Z".parse().unwrap()
    }

    fn service(url: &str, version: u32, start: &str, end: Option<&str>) -> Value {
        let mut range = json!({ "start": start });
        if let Some(end) = end {
            range["end"] = end.into();
        }
        json!({ "url": url, "majorApiVersion": version, "validFor": range, "operator": "test" })
    }

    fn config() -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service("https://ca/", 1, "2025-01-01T00:00:00Z", None)],
            "oidcUrls": [],
            "rekorTlogUrls": [
                service("https://log1", 1, "2025-01-01T00:00:00Z", None),
                service("https://log2", 2, "2025-01-01T00:00:00Z", Some("2026-06-30T00:00:00Z")),
                service("https://log3", 2, "2026-06-01T00:00:00Z", None),
                service("https://log4", 2, "2027-01-01T00:00:00Z", None),
            ],
            "tsaUrls": [service("https://tsa/api/v1/timestamp", 1, "2025-01-01T00:00:00Z", None)],
            "rekorTlogConfig": { "selector": "ANY" },
            "tsaConfig": { "selector": "ANY" },
        })
    }

    fn read(config: &Value, log: Option<LogVersion>) -> Result<Services, ServicesError> {
        Services::from_signing_config(&config.to_string(), log, now())
    }

    #[test]
    fn the_newest_log_in_use_is_chosen_or_the_one_of_the_version_that_is_asked_for() {
        let log = |services: Services| services.log.unwrap().url;
        assert_eq!(log(read(&config(), None).unwrap()), "https://log3");
        assert_eq!(
            log(read(&config(), Some(LogVersion::V1)).unwrap()),
            "https://log1"
        );
        assert_eq!(read(&config(), None).unwrap().fulcio, "https://ca");
        let mut without_v1 = config();
        without_v1["rekorTlogUrls"].as_array_mut().unwrap().remove(0);
        let kind = "transparency log";
        assert_eq!(
            read(&without_v1, Some(LogVersion::V1)),
            Err(ServicesError::Missing { kind })
        );
    }

    #[test]
    fn an_instance_without_logs_needs_timestamps_and_so_does_rekor_v2() {
        let mut without_logs = config();
        without_logs["rekorTlogUrls"] = json!([]);
        assert_eq!(read(&without_logs, None).unwrap().log, None);
        let kind = "timestamp authority";
        for mut config in [config(), without_logs] {
            config["tsaUrls"] = json!([]);
            assert_eq!(read(&config, None), Err(ServicesError::Missing { kind }));
        }
        let mut v1 = config();
        v1["tsaUrls"] = json!([]);
        assert_eq!(read(&v1, Some(LogVersion::V1)).unwrap().timestamps, None);
    }

    #[test]
    fn a_config_that_demands_more_than_one_log_is_refused_and_not_reduced() {
        for selector in [
            json!({ "selector": "ALL" }),
            json!({ "selector": "EXACT", "count": 2 }),
        ] {
            let mut config = config();
            config["rekorTlogConfig"] = selector;
            assert!(matches!(read(&config, None), Err(ServicesError::Selector { .. })));
        }
        let mut one = config();
        one["rekorTlogConfig"] = json!({ "selector": "EXACT", "count": 1 });
        assert!(read(&one, None).is_ok());
    }

    #[test]
    fn the_public_instances_config_is_understood() {
        let json = sigstore_trust_root::SigstoreInstance::PublicGood
            .embedded_signing_config_json()
            .unwrap();
        let services = Services::from_signing_config(json, None, now()).unwrap();
        assert_eq!(services.fulcio, "https://fulcio.sigstore.dev");
    }
}
