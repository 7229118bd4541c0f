/**
 * Why a sign-in at the university failed. The sign-in page has a sentence for each:
 * - `expired`: the person took longer than ten minutes
 * - `state`: this browser has not begun this sign-in, or has finished it
 * - `provider`: the provider cannot be reached, or does not accept this system
 * - `refused`: the provider refused the person, or the person stopped
 * - `invalid`: the provider's answer is not valid
 * - `proxy`: the headers of the proxy are not valid
 * - `no-scope`: the person has neither a role nor a category here
 * - `too-long`: the claims do not fit into a cookie
 * - `address`: the page is open at an address to which the provider cannot lead back
 * - `failed`: the gateway could not read the warehouse
 */
export const REFUSALS = [
  'expired',
  'state',
  'provider',
  'refused',
  'invalid',
  'proxy',
  'no-scope',
  'too-long',
  'address',
  'failed',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** A sign-in that failed. The message is for the log: it has nothing of a code, a state or a token. */
export class SignInRefused extends Error {
  override name = 'SignInRefused';
  readonly reason: Refusal;

  constructor(reason: Refusal, why: string) {
    super(why);
    this.reason = reason;
  }
}
