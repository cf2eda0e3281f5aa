"""What a function finds in its environment."""

import os

from bench_.table import SESSIONS, USERS


def environment(engine, folder, **more):
    """A function's variables, and nothing of this shell's that the SDK would read."""
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
    return kept | {"HOME": folder} | aws | ours | function | more
