"""The axum application of sdk/rust/examples/lambda behind the deployed authorizer: built, deployed, and called."""

from deploy_local import architecture
from deploy_local.attached import expect
from deploy_local.client import call, log_in
from deploy_local.stack import deploy
from deploy_local.steps import run

SOURCE = "sdk/rust/examples/lambda"
NAME = "shop"


def build(root, folder, env):
    """Builds the application with `sam build` for this machine's processor, and gives the built template."""
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / "template.yaml"
    architecture.write_template(root / SOURCE / "template.yaml", template)
    source = root / SOURCE
    command = ["sam", "build", "--template-file", template, "--base-dir", source, "--config-file", source / "samconfig.toml"]
    run([*command, "--build-dir", folder / "build"], env, log=folder / "build.log", cwd=source)
    architecture.check(folder / "build")
    return folder / "build/template.yaml"


def deploy_beside(stack, template, port, env, folder):
    """Deploys the built application behind the authorizer of the session stack."""
    parameters = {
        "AuthorizerArn": stack.outputs["AuthorizerArn"],
        "SessionTableName": stack.outputs["SessionTableName"],
    }
    return deploy(NAME, template, port, env, folder, parameters)


def check(shop, api, user, password):
    """A cart is kept over calls, is the session's own, and ends with it."""
    session, other = (log_in(api, user, password) for _ in range(2))
    url = shop.url()
    expect(NAME, "no cookie", call("GET", f"{url}/")[0], (401,))
    expect(NAME, "a forged cookie", call("GET", f"{url}/", {"Cookie": "__Host-id=" + "A" * 43})[0], (403,))
    expect(NAME, "the cart of a new session", cart(url, session, user), ("",))
    for item in ("bread", "tea"):
        expect(NAME, f"{item} into the cart", call("POST", f"{url}/cart/{item}", session)[0], (303,))
    expect(NAME, "an item that it does not have", call("POST", f"{url}/cart/gold", session)[0], (404,))
    foreign = session | {"Sec-Fetch-Site": "cross-site"}
    expect(NAME, "a page of another site", call("POST", f"{url}/cart/milk", foreign)[0], (401, 403))
    expect(NAME, "the cart", cart(url, session, user), ("bread, tea",))
    expect(NAME, "the cart of another session", cart(url, other, user), ("",))
    status, headers, _ = call("POST", f"{url}/logout", session)
    expect(NAME, "a logout", status, (204,))
    expect(NAME, "the cookie after it", headers["set-cookie"].split(";")[0], ("__Host-id=",))
    expect(NAME, "a call after it", call("GET", f"{url}/", session)[0], (403,))
    expect(NAME, "the other session", call("GET", f"{url}/", other)[0], (200,))


def cart(url, session, user):
    """What the page shows as the cart."""
    status, _, text = call("GET", f"{url}/", session)
    expect(NAME, f"the page ({text})", status, (200,))
    expect(NAME, "the greeting", f"Hello, {user}!" in text, (True,))
    return text.partition("Your cart: ")[2].partition("</p>")[0]
