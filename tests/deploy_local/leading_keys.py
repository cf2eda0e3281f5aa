"""MiniStack with the condition key `dynamodb:LeadingKeys`, which its IAM does not know: without it, the conditions of the
functions' roles would refuse everything. Started in the place of `ministack`.

As on AWS, the key has the partition keys of every item that a call names, and is absent where it names none.
"""

import json
import sys

PARTITION_KEY = "id"


def leading_keys(body):
    """The partition keys in the body of a call."""
    try:
        call = json.loads(body or b"{}")
    except ValueError:
        return []
    named = [call]
    for item in call.get("TransactItems", []):
        named += item.values()
    for request in call.get("RequestItems", {}).values():
        named += [{"Key": key} for key in request.get("Keys", [])]
    keys = [item[part] for item in named for part in ("Key", "Item") if part in item]
    return [next(iter(key[PARTITION_KEY].values())) for key in keys if PARTITION_KEY in key]


def main():
    from ministack import app
    from ministack.core import iam_actions

    known = iam_actions.dynamodb_service_context

    def with_leading_keys(body):
        keys = leading_keys(body)
        return known(body) | ({"dynamodb:LeadingKeys": keys} if keys else {})

    iam_actions.dynamodb_service_context = with_leading_keys
    return app.main()


if __name__ == "__main__":
    sys.exit(main())
