//! The pages that people see: plain HTML, without scripts.

use crate::user::User;

/// The login page. Its form goes to the very address that the browser has, so the request goes on with it.
pub(crate) fn login(users: &[User], client_id: &str) -> String {
    let button = |user: &User| {
        let name = escape(&user.name);
        format!("<button name=user value=\"{name}\">Continue as {name}</button>\n")
    };
    let buttons: String = users.iter().map(button).collect();
    page(
        "Log in",
        &format!(
            "<p>{} asks who you are. This provider is for trying: nobody has a password here.</p>\n\
             <form method=post>\n{buttons}<button name=deny value=yes>Cancel</button>\n</form>",
            escape(client_id)
        ),
    )
}

/// The first page: who is logged in, and a way to log out here, of which the client is told.
pub(crate) fn home(user: Option<&User>) -> String {
    let body = match user {
        Some(user) => format!(
            "<p>You are logged in here as {}.</p>\n\
             <form method=post action=\"/logout\"><button>Log out at the provider</button></form>\n\
             <p>The client is told by a logout token: its session ends as well.</p>",
            escape(&user.name)
        ),
        None => "<p>Nobody is logged in here.</p>".to_owned(),
    };
    page("OpenID provider", &body)
}

/// The page after a logout without a way back.
pub(crate) fn logged_out() -> String {
    page("Logged out", "<p>You are logged out here.</p>")
}

/// The page of a request that leads nowhere.
pub(crate) fn refused(why: &str) -> String {
    page("That does not work", &format!("<p>{}.</p>", escape(why)))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n\
         <meta name=viewport content=\"width=device-width\">\n<title>{title}</title>\n\
         <style>:root{{color-scheme:light dark;font:1rem/1.5 system-ui}}main{{max-width:24rem;margin:10vh auto;padding:0 1rem}}\
         button{{display:block;width:100%;margin:.5rem 0;padding:.6rem;font:inherit}}</style>\n\
         <main>\n<h1>{title}</h1>\n{body}\n</main>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
