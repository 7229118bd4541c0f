import { EtlError } from '@etl/core';
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { type Refusal, SignInRefused } from './refusals.ts';

/** Errors of the provider that say nothing about the person. */
const OF_THE_PROVIDER = ['server_error', 'temporarily_unavailable'];

/** Errors of the provider that this system's configuration causes. */
const OF_THE_CONFIGURATION = [
  'invalid_client',
  'unauthorized_client',
  'invalid_request',
  'invalid_scope',
  'unsupported_response_type',
];

/** Codes of openid-client: no valid answer came. */
const WITHOUT_AN_ANSWER = [
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
];

/**
 * Why the provider's answer begins no session. The errors of openid-client hold codes, states and tokens: only known
 * words of them get into the log.
 */
export function refusalOf(error: unknown): SignInRefused {
  if (error instanceof SignInRefused) return error;
  if (error instanceof EtlError) return new SignInRefused('invalid', error.message);
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return new SignInRefused(reasonOf(error), `the provider answers ${word(error.error)}`);
  }
  // It does not accept the client's secret, or the access token for userinfo.
  if (error instanceof WWWAuthenticateChallengeError) {
    const said = error.cause.map(({ parameters }) => parameters.error).find((text) => text !== undefined);
    return new SignInRefused(
      'provider',
      `the provider answers ${said === undefined ? error.status : word(said)}`,
    );
  }
  if (error instanceof ClientError) {
    const code = word(error.code);
    return WITHOUT_AN_ANSWER.includes(code)
      ? new SignInRefused('provider', code)
      : new SignInRefused('invalid', `${code} ${claimOf(error)}`.trim());
  }
  const { code } = ((error as Error | undefined)?.cause ?? {}) as { code?: unknown };
  return new SignInRefused('provider', `no answer: ${word(code ?? (error as Error | undefined)?.name)}`);
}

function reasonOf(error: AuthorizationResponseError | ResponseBodyError): Refusal {
  if ([...OF_THE_PROVIDER, ...OF_THE_CONFIGURATION].includes(error.error)) return 'provider';
  return error instanceof AuthorizationResponseError ? 'refused' : 'invalid';
}

/** The claim or the attribute that is not the right one. */
function claimOf({ cause }: ClientError): string {
  const { cause: inner = cause } = (cause ?? {}) as { cause?: unknown };
  const { claim, attribute } = (inner ?? {}) as { claim?: unknown; attribute?: unknown };
  const name = claim ?? attribute;
  return name === undefined ? '' : `(${word(name)})`;
}

/** The provider chooses these texts. */
function word(text: unknown): string {
  return typeof text === 'string' && /^[\w.:-]{1,64}$/.test(text) ? text : 'something unknown';
}
