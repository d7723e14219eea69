/** What to do about errors of credentials and connections. */

interface Known {
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly advice: (profile: string) => string;
}

/** The first that fits both the code and the message counts. */
const KNOWN: readonly Known[] = [
  {
    message: /\bSSO\b|sso login/i,
    advice: (profile) => `Log in again with "aws sso login${profile}"`,
  },
  {
    code: /CredentialsProvider|CredentialsError/,
    message: /could not load credentials|unable to resolve|no credentials|could not be found|not found/i,
    advice: () =>
      'There are no credentials: set AWS_PROFILE or --profile to a profile of ~/.aws/config, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached',
  },
  {
    code: /Expired/i,
    advice: (profile) =>
      `The credentials have expired: get new ones (with SSO "aws sso login${profile}"; else new keys and session token)`,
  },
  {
    code: /InvalidClientTokenId|UnrecognizedClient|AuthFailure/i,
    advice: () => 'AWS does not know the access key, or the region is not enabled in the account: check both',
  },
  {
    code: /SignatureDoesNotMatch|IncompleteSignature/i,
    advice: () => "The secret access key does not fit the access key, or this machine's clock is wrong: check both",
  },
  { code: /CredentialsProvider/, advice: () => 'Check the profile with "aws sts get-caller-identity"' },
  {
    code: /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|Timeout|NetworkingError/i,
    advice: () => 'AWS was not reached: check the network, the proxy and AWS_ENDPOINT_URL',
  },
];

/**
 * What the user can do about an error that any call could have ended with; undefined when it is about the call itself.
 *
 * @param profile the one that was asked for by name
 */
export function adviceOn(code: string, message: string, profile?: string): string | undefined {
  const found = KNOWN.find((one) => (one.code?.test(code) ?? true) && (one.message?.test(message) ?? true));
  return found?.advice(profile === undefined ? '' : ` --profile ${profile}`);
}
