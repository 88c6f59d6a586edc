import { quote } from '../files/quote.js';

/** A hub's answer that it does not give what was asked for, or that there was none. */
export class HubError extends Error {
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

interface Asked {
  repository: string;
  revision: string;
  /** The hub. */
  where: string;
  hasToken: boolean;
}

/** Says why a hub refused: for a missing repository it answers as for a private one. */
export function refusal(
  { status, headers }: Response,
  { repository, revision, where, hasToken }: Asked,
): HubError {
  const error = (message: string) => new HubError(message, status);
  const token = hasToken
    ? 'an access token that may read it'
    : 'an access token, as accessToken, in HF_TOKEN or by `hf auth login`';
  switch (headers.get('x-error-code')) {
    case 'RevisionNotFound':
      return error(`${repository} has no revision ${quote(revision)} at ${where}`);
    case 'GatedRepo':
      return error(`${repository} is gated: accept its terms at ${where}/${repository}, and give ${token}`);
    case 'DisabledRepo':
      return error(`${repository} is disabled at ${where}`);
  }
  if (status === 401 || status === 404) {
    return error(`there is no repository ${repository} at ${where}, or it is private: if so, give ${token}`);
  }
  const said = headers.get('x-error-message');
  const forbidden =
    status === 403 ? `${repository} may not be read: give ${token}: ` : `${repository} cannot be read: `;
  return error(`${forbidden}HTTP status ${status}${said ? `, ${quote(said)}` : ''} of ${where}`);
}
