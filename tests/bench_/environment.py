"""What a function finds in its environment."""

import os
from pathlib import Path

from bench_.table import SESSIONS, USERS


# A provider, for the one function that takes one. It is never asked: the call that is measured leads to its logout.
PROVIDER = {
    "SESSION_OIDC_ISSUER": "https://login.example.com",
    "SESSION_OIDC_CLIENT_ID": "shop",
    "SESSION_OIDC_LOGOUT_URL": "https://login.example.com/logout",
}


def environment(engine, folder, program, **more):
    """The variables of a function, `NAME/bootstrap`, and nothing of this shell's that the SDK would read."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    aws = {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
        "AWS_ENDPOINT_URL_DYNAMODB": engine,
    }
    ours = {
        "SESSION_TABLE": SESSIONS,
        "SESSION_USER_TABLE": USERS,
        # One address logs in more often than it may.
        "SESSION_LOGIN_ADDRESS_PER_MINUTE": "10000",
    }
    function = {
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "10",
        "_HANDLER": "handler.handler",
    }
    if Path(program).parent.name == "oidc":
        ours |= PROVIDER
    return kept | {"HOME": folder} | aws | ours | function | more
