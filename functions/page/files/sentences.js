// A sentence for each thing that can go wrong: by action and status, and by the words that a redirect brings.

const byAction = {
  login: {
    401: "The user name or the password is wrong, or this user may not log in.",
    429: "There were too many tries. Wait WAIT, then log in again.",
  },
  read: {},
  list: {},
  logout: {
    400: "Nothing was ended: the browser showed no session. Load the page again.",
  },
  end: {
    403: "Ending other sessions takes a recent login. Log out here, log in again, and end them then.",
  },
  end_at_provider: {
    403: "Ending other sessions takes a recent login. Prove who you are at the provider, and end them then.",
  },
};

const byStatus = {
  0: "There was no answer. Check your connection and try again.",
  400: "The server could not read what the page sent. Load the page again.",
  401: "Your session has ended. Log in to go on.",
  403: "The server took this for another site's request. Load the page again.",
  404: "The server does not have this route. Tell whoever runs it.",
  405: "The server does not have this route. Tell whoever runs it.",
  412: "The data has changed meanwhile. Load the page again.",
  413: "That was too long.",
  415: "The server does not take what the page sent. Tell whoever runs it.",
  429: "Too many calls. Wait WAIT, then try again.",
  503: "The server can't reach its store: nothing was changed, and you are still logged in if you were. Try again in WAIT.",
};

const otherwise = "Something went wrong at the server. Nobody was logged out. Try again in a moment.";

const byWord = {
  credentials: "The user name or the password is wrong, or this user may not log in.",
  wait: "There were too many tries. Wait a moment, then log in again.",
  fields: "The form lacked the user name or the password.",
  denied: "The login was called off at the provider. Try again if you want to log in.",
  login_required: "The provider wants you to log in on its own page first. Try again.",
  expired: "That login took too long, or began in another browser. Begin again here.",
  again: "The provider did not ask who you are, which is needed after your sessions were ended. Log out there, then log in again.",
  barred: "This user may not log in here.",
  email: "Your e-mail address is not one that may log in here, or the provider has not verified it.",
  provider: "The provider can't be reached. Try again in a moment.",
  fault: "Something went wrong at the server, and you are not logged in. Try again in a moment.",
  rejected: "What the provider answered can't be trusted, and you are not logged in. If it happens again, tell whoever runs this page.",
};

const wait = seconds => (seconds === null ? "a moment" : seconds === "1" ? "a second" : `${seconds} seconds`);

// `retryAfter`: seconds, as the header has them, or null.
export function ofAnswer(action, status, retryAfter) {
  const text = byAction[action][status] ?? byStatus[status] ?? otherwise;
  return text.replace("WAIT", wait(retryAfter));
}

export const ofWord = word => (Object.hasOwn(byWord, word) ? byWord[word] : "Logging in did not work. Try again.");
