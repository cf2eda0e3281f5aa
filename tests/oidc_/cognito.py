"""Cognito, as MiniStack has it: its issuer is AWS's, and everything else of it is on this machine."""

import secrets
from contextlib import contextmanager

from deploy_local import ministack

from oidc_.place import FOLDER


@contextmanager
def running(app, secret=False):
    """Starts it for the application at an origin, whose client has a secret or proves itself by PKCE alone."""
    with ministack.running(FOLDER, enforce_iam=False) as port:
        yield Cognito(port, app, secret)


class Cognito:
    """A pool with one user, and a client for the application at an origin.

    MiniStack keeps no session of its own, and asks at every login.
    """

    name = "Cognito"
    tells_the_time = True
    shown = "ada@example.org"

    def __init__(self, port, app, secret):
        idp = ministack.client("cognito-idp", port)
        self.origin = f"http://127.0.0.1:{port}"
        self.user, self.password = "ada", f"{secrets.token_urlsafe(16)}-Aa1"
        pool = idp.create_user_pool(PoolName=f"pool-{secrets.token_hex(4)}")["UserPool"]["Id"]
        idp.create_user_pool_domain(Domain=f"domain-{secrets.token_hex(4)}", UserPoolId=pool)
        known = [{"Name": "email", "Value": self.shown}, {"Name": "email_verified", "Value": "true"}]
        idp.admin_create_user(UserPoolId=pool, Username=self.user, UserAttributes=known, MessageAction="SUPPRESS")
        idp.admin_set_user_password(UserPoolId=pool, Username=self.user, Password=self.password, Permanent=True)
        client = idp.create_user_pool_client(
            UserPoolId=pool,
            ClientName="application",
            GenerateSecret=secret,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email"],
            SupportedIdentityProviders=["COGNITO"],
            CallbackURLs=[f"{app}/login/oidc/callback"],
            LogoutURLs=[f"{app}/"],
        )["UserPoolClient"]
        self.settings = {
            "SESSION_OIDC_NAME": self.name,
            "SESSION_OIDC_ISSUER": f"https://cognito-idp.{ministack.REGION}.amazonaws.com/{pool}",
            "SESSION_OIDC_DISCOVERY_URL": f"{self.origin}/{pool}/.well-known/openid-configuration",
            "SESSION_OIDC_CLIENT_ID": client["ClientId"],
            "SESSION_OIDC_SCOPES": "openid,email",
            "SESSION_OIDC_CLAIMS": "email",
            "SESSION_OIDC_REDIRECT_URI": f"{app}/login/oidc/callback",
            "SESSION_OIDC_LOGOUT_URL": f"{self.origin}/logout",
            "SESSION_OIDC_LOGOUT_FORM": "cognito",
            "SESSION_OIDC_POST_LOGOUT_URI": f"{app}/",
        }
        if secret:
            self.settings["SESSION_OIDC_CLIENT_SECRET"] = client["ClientSecret"]

    def asks(self, browser):
        browser.until("asks who it is", f"location.origin === '{self.origin}' && document.querySelector('#username')")

    def admits(self, browser):
        """Is told who it is."""
        self.asks(browser)
        browser.type("#username", self.user)
        browser.type("#password", self.password)
        browser.click("button")

    def lets_out(self, browser):
        """It asks nobody."""
