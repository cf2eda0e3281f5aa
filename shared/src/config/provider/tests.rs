use super::*;
use crate::config::tests::parse;

const ISSUER: (&str, &str) = ("SESSION_OIDC_ISSUER", "https://login.example/tenant");
const CLIENT: (&str, &str) = ("SESSION_OIDC_CLIENT_ID", "shop");

fn provider(more: &[(&str, &str)]) -> Result<Option<Provider>, String> {
    let variables = [&[ISSUER, CLIENT], more].concat();
    let parsed = parse(&variables);
    parsed
        .map(|config| config.provider)
        .map_err(|error| error.to_string())
}

#[test]
fn an_issuer_and_a_client_are_enough() {
    assert_eq!(parse(&[]).unwrap().provider, None);
    let expected = Provider {
        issuer: "https://login.example/tenant".to_owned(),
        discovery: "https://login.example/tenant/.well-known/openid-configuration".to_owned(),
        client_id: "shop".to_owned(),
        secret: None,
        name: "login.example".to_owned(),
        scopes: vec!["openid".to_owned()],
        email_domains: Vec::new(),
        claims: Vec::new(),
        redirect_uri: None,
        end_session: None,
        trust_prompt: false,
    };
    assert_eq!(provider(&[]), Ok(Some(expected)));
    // A slash at the end is the issuer's own, and belongs into none of the two.
    let slash = parse(&[("SESSION_OIDC_ISSUER", "https://a.auth0.example/"), CLIENT]);
    let slash = slash.unwrap().provider.unwrap();
    assert_eq!(slash.issuer, "https://a.auth0.example/");
    assert_eq!(
        slash.discovery,
        "https://a.auth0.example/.well-known/openid-configuration"
    );
}

#[test]
fn what_is_set_is_taken_over() {
    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:client-AbCdEf";
    let read = provider(&[
        ("SESSION_OIDC_DISCOVERY_URL", "http://127.0.0.1:4000/d"),
        ("SESSION_OIDC_CLIENT_SECRET_ARN", arn),
        ("SESSION_OIDC_NAME", "Firma \u{dc}"),
        ("SESSION_OIDC_SCOPES", "openid, email,openid"),
        ("SESSION_OIDC_EMAIL_DOMAINS", "a.example,b.example"),
        (
            "SESSION_OIDC_CLAIMS",
            "name,cognito:groups,https://a.example/roles",
        ),
        (
            "SESSION_OIDC_REDIRECT_URI",
            "https://api.example/login/oidc/callback",
        ),
        ("SESSION_OIDC_LOGOUT_URL", "https://login.example/logout"),
        ("SESSION_OIDC_LOGOUT_FORM", "cognito"),
        ("SESSION_OIDC_POST_LOGOUT_URI", "https://app.example/"),
        ("SESSION_OIDC_TRUST_PROMPT", "on"),
    ]);
    let read = read.unwrap().unwrap();
    assert_eq!(read.discovery, "http://127.0.0.1:4000/d");
    assert_eq!(
        read.secret,
        Some(ClientSecret::Kept(SecretArn::parse(arn).unwrap()))
    );
    assert_eq!(
        (read.name.as_str(), read.trust_prompt),
        ("Firma \u{dc}", true)
    );
    assert_eq!(read.scopes, ["openid", "email"]);
    assert_eq!(read.email_domains, ["a.example", "b.example"]);
    assert_eq!(
        read.claims,
        ["name", "cognito:groups", "https://a.example/roles"]
    );
    assert_eq!(read.end_session.unwrap().form, LogoutForm::Cognito);
}

#[test]
fn what_is_wrong_is_told() {
    #[rustfmt::skip]
    let cases: [(&[(&str, &str)], &str); 15] = [
        (&[("SESSION_OIDC_EMAIL_DOMAINS", "@a.example")],       "SESSION_OIDC_EMAIL_DOMAINS: \"@a.example\" is not a domain"),
        (&[("SESSION_OIDC_EMAIL_DOMAINS", "A.example")],        "SESSION_OIDC_EMAIL_DOMAINS: \"A.example\" is not a domain"),
        (&[("SESSION_OIDC_EMAIL_DOMAINS", "example")],          "SESSION_OIDC_EMAIL_DOMAINS: \"example\" is not a domain"),
        (&[("SESSION_OIDC_CLAIMS", "name,,email")],             "SESSION_OIDC_CLAIMS: \"\" is not a claim"),
        (&[("SESSION_OIDC_CLAIMS", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q")], "SESSION_OIDC_CLAIMS has more than 16 entries"),
        (&[("SESSION_OIDC_SCOPES", "email")],                   "SESSION_OIDC_SCOPES lacks openid"),
        (&[("SESSION_OIDC_SCOPES", "openid email")],            "SESSION_OIDC_SCOPES: \"openid email\" is not a scope"),
        (&[("SESSION_OIDC_NAME", "a\nb")],                      "SESSION_OIDC_NAME is \"a\\nb\", not 1 to 64 characters"),
        (&[("SESSION_OIDC_DISCOVERY_URL", "http://a.example")], "SESSION_OIDC_DISCOVERY_URL is \"http://a.example\", not a URL"),
        (&[("SESSION_OIDC_REDIRECT_URI", "/callback")],         "SESSION_OIDC_REDIRECT_URI is \"/callback\", not a URL"),
        (&[("SESSION_OIDC_POST_LOGOUT_URI", "https://a.example")], "SESSION_OIDC_POST_LOGOUT_URI takes SESSION_OIDC_LOGOUT_URL"),
        (&[("SESSION_OIDC_LOGOUT_URL", "https://a.example"), ("SESSION_OIDC_LOGOUT_FORM", "cognito")],
                                                                "SESSION_OIDC_LOGOUT_FORM is cognito, which takes SESSION_OIDC_POST_LOGOUT_URI"),
        (&[("SESSION_OIDC_TRUST_PROMPT", "yes")],               "SESSION_OIDC_TRUST_PROMPT is \"yes\", not on or off"),
        (&[("SESSION_OIDC_CLIENT_SECRET_ARN", "canary")],       "SESSION_OIDC_CLIENT_SECRET_ARN is not the ARN of a secret"),
        (&[("SESSION_TRANSPORT", "header")],                    "SESSION_OIDC_ISSUER takes SESSION_TRANSPORT to be cookie or both"),
    ];
    for (variables, expected) in cases {
        let error = provider(variables).unwrap_err();
        assert!(error.contains(expected), "{expected}\n{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn an_issuer_is_one_tenants_and_takes_a_client() {
    let error = |issuer| {
        parse(&[("SESSION_OIDC_ISSUER", issuer), CLIENT])
            .unwrap_err()
            .to_string()
    };
    #[rustfmt::skip]
    let cases = [
        ("http://login.example",                           "not an issuer"),
        ("https://login.example?x",                        "not an issuer"),
        ("https://login.example#x",                        "not an issuer"),
        ("https://login.example/{tenantid}/v2.0",          "give the issuer of one"),
        ("login.example",                                  "not an issuer"),
    ];
    for (issuer, expected) in cases {
        let error = error(issuer);
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("has no meaning"), "{error}");
    }
    let alone = parse(&[ISSUER]).unwrap_err().to_string();
    assert!(
        alone.contains("SESSION_OIDC_ISSUER takes SESSION_OIDC_CLIENT_ID"),
        "{alone}"
    );
    for name in NEEDS_ISSUER {
        let error = parse(&[(name, "https://a.example")])
            .unwrap_err()
            .to_string();
        let expected = "SESSION_OIDC_ISSUER is not set, and ";
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
    // As the template leaves them.
    let alone = [
        ("SESSION_OIDC_TRUST_PROMPT", "off"),
        ("SESSION_OIDC_LOGOUT_FORM", "standard"),
    ];
    assert_eq!(parse(&alone).unwrap().provider, None);
}

#[test]
fn a_secret_is_in_one_place_and_shown_nowhere() {
    let both = [
        ("SESSION_OIDC_CLIENT_SECRET", "canary"),
        (
            "SESSION_OIDC_CLIENT_SECRET_ARN",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a",
        ),
    ];
    let error = provider(&both).unwrap_err();
    assert!(
        error.contains("are both set") && !error.contains("canary"),
        "{error}"
    );
    let read = provider(&both[..1]).unwrap().unwrap();
    assert_eq!(read.secret, Some(ClientSecret::Text("canary".to_owned())));
    assert!(!format!("{read:?}").contains("canary"));
}
