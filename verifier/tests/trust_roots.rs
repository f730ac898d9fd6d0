//! What a trust root and a key must be before anything is verified with them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use slsa_verifier::{Code, KeyError, PublicKey, TrustRoot, TrustRootError};

/// Keys made for this test; their private halves were thrown away.
const RSA_1024: &str = "\
-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDb5Ww7vcVt23cgKuSr2JmQ2UVS
tTgsk+4trPcjR6XTlWbheAW6YDHYXSb5+TJPgwpcqKFZ7k+3zSYhvkFzxMfDfcUn
KbNvLXheApyjoKslC6sT2pY5PcltH3AfjWe9hr1WYd6f5dnwB74nhuxGolmtkoeo
h814Tp7bz2/OUCu+1QIDAQAB
-----END PUBLIC KEY-----
";
const RSA_2048: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyeVEIRu2ECMeyrtMLMNw
KlOwoAUOm/6x1xPuHZGhbXfdPF7PNsyy8PePFt4WY0Ghutiw1XY8v5G972BMxU9z
H+zAI93xVJAM5wW0aMUnaG43HCyYe9cvoKC6m0Y7ku5ktXvXa/G8EpB+abxQuwVd
hRUQ4LnKIe5zoNA7wcgInZhUzEh6z7uCaqqMpj8LIv2bubP0znK0uR5lMUecoN1f
/NK9wIk55hdMh7kXnWXRohlE0lLRm+xdUfrbTSZ97yFr6KSGsyNNWAcUYQGzjjIV
IRehEADsQqhL0ochSHx8Fcvufx3ikFsDUJQ66XXfOTg0zFKnc6wwivPKXlNBBjXk
3wIDAQAB
-----END PUBLIC KEY-----
";
const P_224: &str = "\
-----BEGIN PUBLIC KEY-----
ME4wEAYHKoZIzj0CAQYFK4EEACEDOgAE9h2bkOds0wCXM0xQGE7+99UWabDO+G40
F0LruNsixx1B5pAtXBmqip1nlwN+8IESZzYPdvVNLuo=
-----END PUBLIC KEY-----
";

fn public_good() -> Option<Value> {
    let path = support::corpus("trust")?.join("public-good.trusted_root.json");
    Some(serde_json::from_slice(&support::read(&path)).unwrap())
}

fn read(root: &Value) -> Result<TrustRoot, TrustRootError> {
    TrustRoot::from_json("test", root.to_string().as_bytes())
}

#[test]
fn keys_below_2048_bits_or_below_p_256_are_refused() {
    assert!(PublicKey::parse(RSA_2048.as_bytes()).is_ok());
    assert_eq!(
        PublicKey::parse(RSA_1024.as_bytes()).map(|_| ()),
        Err(KeyError::RsaSize { bits: 1024 })
    );
    assert_eq!(
        PublicKey::parse(P_224.as_bytes()).map(|_| ()),
        Err(KeyError::Unsupported {
            algorithm: "1.2.840.10045.2.1 1.3.132.0.33".to_owned()
        })
    );
}

#[test]
fn a_root_in_which_a_log_stands_twice_is_refused() {
    let Some(mut root) = public_good() else { return };
    assert!(read(&root).is_ok());
    let again = root["tlogs"][0].clone();
    root["tlogs"].as_array_mut().unwrap().push(again);
    let log_id = "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d".to_owned();
    let error = read(&root).unwrap_err();
    assert_eq!(error, TrustRootError::DuplicateLog { log_id });
    assert_eq!(error.code(), Code::TrustRootInvalid);
}

#[test]
fn a_root_with_an_empty_chain_is_refused() {
    for (list, authority) in [
        ("certificateAuthorities", "https://fulcio.sigstore.dev"),
        (
            "timestampAuthorities",
            "https://timestamp.sigstore.dev/api/v1/timestamp",
        ),
    ] {
        let Some(mut root) = public_good() else { return };
        root[list][0]["certChain"]["certificates"] = json!([]);
        assert_eq!(
            read(&root).unwrap_err(),
            TrustRootError::Authority {
                authority: authority.to_owned(),
                detail: "its certificate chain is empty"
            }
        );
    }
}

#[test]
fn a_root_whose_validity_ends_before_it_starts_is_refused() {
    let Some(mut root) = public_good() else { return };
    root["tlogs"][0]["publicKey"]["validFor"] =
        json!({ "start": "2021-01-12T11:53:27Z", "end": "2021-01-12T11:53:27Z" });
    assert!(read(&root).is_ok());
    root["tlogs"][0]["publicKey"]["validFor"]["end"] = json!("2021-01-12T11:53:26Z");
    assert_eq!(
        read(&root).unwrap_err(),
        TrustRootError::Authority {
            authority: "https://rekor.sigstore.dev".to_owned(),
            detail: "its validity ends before it starts"
        }
    );
}

#[test]
fn a_root_that_can_establish_no_signing_time_is_refused() {
    let Some(mut root) = public_good() else { return };
    root["timestampAuthorities"] = json!([]);
    assert!(read(&root).is_ok());
    root["tlogs"] = json!([]);
    assert_eq!(read(&root).unwrap_err(), TrustRootError::NoTimeSource);
}
